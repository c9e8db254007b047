"""Who may do what: one table (domain.md 1.4). Services check it; screens only hide what it refuses."""

from domain.case import Actor
from domain.errors import NotPermitted
from domain.words import N_, Label, Role


class Action(Label):
    """Everything that changes something, each with the name people know it by."""

    TAKE_CALL = "take_call", N_("Menerima laporan")
    PROPOSE_CLASS = "propose_class", N_("Mengusulkan jenis panggilan")
    CLASSIFY = "classify", N_("Menetapkan jenis panggilan")
    LOG_CALLBACK = "log_callback", N_("Mencatat upaya telepon balik")
    CLOSE_CALL = "close_call", N_("Menutup panggilan")
    RECLASSIFY = "reclassify", N_("Mengubah jenis panggilan yang sudah ditutup")
    UPDATE_DETAILS = "update_details", N_("Memperbarui data kejadian")
    FORWARD = "forward", N_("Meneruskan ke Perwira")
    VERIFY = "verify", N_("Menyelesaikan verifikasi")
    PRE_ALERT = "pre_alert", N_("Memberi peringatan awal")
    NOTIFY = "notify", N_("Menghubungi instansi")
    ANSWER_NOTICE = "answer_notice", N_("Mencatat jawaban instansi")
    WAIVE_AGENCY = "waive_agency", N_("Mengecualikan instansi")
    COORDINATE = "coordinate", N_("Menyelesaikan koordinasi")
    PROPOSE_UNITS = "propose_units", N_("Mengusulkan unit")
    WITHDRAW_UNIT = "withdraw_unit", N_("Menarik usulan unit")
    RAISE_ALARM = "raise_alarm", N_("Mengubah tingkat alarm")
    APPROVE_UNITS = "approve_units", N_("Menyetujui dan mengerahkan unit")
    NAME_COMMANDER = "name_commander", N_("Menunjuk Komandan Lapangan")
    UNIT_PROGRESS = "unit_progress", N_("Mencatat gerak unit")
    SITREP = "sitrep", N_("Mencatat laporan situasi")
    CREW_WORD = "crew_word", N_("Mencatat kabar regu")
    SET_WELFARE = "set_welfare", N_("Mengatur jarak kabar regu")
    ACKNOWLEDGE_ALARM = "acknowledge_alarm", N_("Menanggapi alarm")
    ATTACH = "attach", N_("Menambah dokumentasi")
    GIVE_REASON = "give_reason", N_("Mencatat alasan")
    UPDATE_CONDITION = "update_condition", N_("Memperbarui kondisi terkini")
    FINISH_MONITORING = "finish_monitoring", N_("Mengakhiri pemantauan")
    REGISTER = "register", N_("Memberi nomor register")
    RECORD_OUTCOME = "record_outcome", N_("Mencatat hasil dan korban")
    PRINT_FORM = "print_form", N_("Mencetak formulir")
    DELIVER = "deliver", N_("Mengirim data ke DKISP")
    RECORD_RECEIPT = "record_receipt", N_("Mencatat bukti terima")
    OVERRIDE_RECEIPT = "override_receipt", N_("Menutup tanpa bukti terima")
    CLOSE = "close", N_("Menyatakan pekerjaan selesai")
    MERGE = "merge", N_("Menggabungkan kasus")
    CANCEL = "cancel", N_("Membatalkan kasus")
    HAND_OVER = "hand_over", N_("Mengalihkan penanganan")
    REOPEN = "reopen", N_("Membuka kembali kasus")
    REVEAL_IDENTITY = "reveal_identity", N_("Membuka identitas pelapor")
    SET_UNIT_SERVICE = "set_unit_service", N_("Mengubah kesiapan unit")
    SET_WEATHER = "set_weather", N_("Mencatat cuaca")
    EDIT_REGISTRY = "edit_registry", N_("Mengubah registri")
    EDIT_DEVICES = "edit_devices", N_("Membuat dan mencabut alat posisi")
    RUN_RETENTION = "run_retention", N_("Menganonimkan data pribadi yang lewat masa simpan")
    LEGAL_HOLD = "legal_hold", N_("Menahan kasus dari penghapusan (penahanan hukum)")
    SUBJECT_REQUEST = "subject_request", N_("Melayani permintaan pemilik data pribadi")
    SEE_ACCESS_LOG = "see_access_log", N_("Melihat siapa membuka data pribadi")
    EDIT_ACCOUNTS = "edit_accounts", N_("Membuat dan mengubah akun")
    EDIT_TOKENS = "edit_tokens", N_("Membuat dan mencabut token API")
    CHECK_TRAIL = "check_trail", N_("Memeriksa jejak audit")
    EXPORT_TRAIL = "export_trail", N_("Mengekspor jejak audit")
    BACK_UP = "back_up", N_("Membuat dan memeriksa cadangan")
    EDIT_ROSTER = "edit_roster", N_("Menyusun jadwal piket")
    HAND_OVER_DUTY = "hand_over_duty", N_("Serah terima piket")
    ACT_ON_BEHALF = "act_on_behalf", N_("Bertindak atas nama petugas lain")
    OPEN_INTAKE = "open_intake", N_("Membuka Penerimaan")
    OPEN_CASES = "open_cases", N_("Membuka Pemantauan dan Kasus")
    OPEN_DISPATCH = "open_dispatch", N_("Membuka Pengerahan")
    OPEN_REVIEW = "open_review", N_("Membuka Pimpinan")
    OPEN_EXPORT = "open_export", N_("Membuka Ekspor")
    OPEN_REGISTRY = "open_registry", N_("Membuka Registri")
    OPEN_DUTY = "open_duty", N_("Membuka Piket")
    OPEN_ACCESS = "open_access", N_("Membuka Akses")


_C, _D, _P, _F, _S, _A, _U = (
    Role.CALL_TAKER,
    Role.DISPATCHER,
    Role.DUTY_OFFICER,
    Role.FIELD_OFFICER,
    Role.SUPERVISOR,
    Role.ADMIN,
    Role.AUDITOR,
)

PERMISSIONS: dict[Action, tuple[Role, ...]] = {
    Action.TAKE_CALL: (_C, _D),
    Action.PROPOSE_CLASS: (_C, _D),
    Action.CLASSIFY: (_D,),
    Action.LOG_CALLBACK: (_C, _D),
    Action.CLOSE_CALL: (_D,),
    Action.RECLASSIFY: (_D, _S),
    Action.UPDATE_DETAILS: (_C, _D, _P),
    Action.FORWARD: (_C, _D),
    Action.VERIFY: (_C, _D),
    Action.PRE_ALERT: (_C, _D),
    Action.NOTIFY: (_C, _D),
    Action.ANSWER_NOTICE: (_C, _D),
    Action.WAIVE_AGENCY: (_D, _P),
    Action.COORDINATE: (_D,),
    Action.PROPOSE_UNITS: (_P,),
    Action.WITHDRAW_UNIT: (_P,),
    Action.RAISE_ALARM: (_P,),
    Action.APPROVE_UNITS: (_P,),
    Action.NAME_COMMANDER: (_P,),
    Action.UNIT_PROGRESS: (_F, _D),
    Action.SITREP: (_F, _D),
    Action.CREW_WORD: (_F, _D),
    Action.SET_WELFARE: (_P,),
    Action.ACKNOWLEDGE_ALARM: (_D, _P, _S),
    Action.ATTACH: (_F, _D),
    Action.GIVE_REASON: (_C, _D, _P),
    Action.UPDATE_CONDITION: (_D, _P),
    Action.FINISH_MONITORING: (_D,),
    Action.RECORD_OUTCOME: (_D, _P),
    Action.REGISTER: (_C,),
    Action.PRINT_FORM: (_C,),
    Action.DELIVER: (_C, _D, _S, _A),
    Action.RECORD_RECEIPT: (_C, _D),
    Action.OVERRIDE_RECEIPT: (_S,),
    Action.CLOSE: (_D,),
    Action.MERGE: (_D,),
    Action.CANCEL: (_P, _D),
    Action.HAND_OVER: (_P,),
    Action.REOPEN: (_S,),
    Action.REVEAL_IDENTITY: (_S,),
    Action.SET_UNIT_SERVICE: (_D, _P),
    Action.SET_WEATHER: (_D, _P),
    Action.EDIT_REGISTRY: (_A,),
    Action.EDIT_DEVICES: (_D, _A),
    Action.RUN_RETENTION: (_S, _A),
    Action.LEGAL_HOLD: (_S,),
    Action.SUBJECT_REQUEST: (_S,),
    Action.SEE_ACCESS_LOG: (_S, _U),
    Action.EDIT_ACCOUNTS: (_A,),
    Action.EDIT_TOKENS: (_A,),
    Action.CHECK_TRAIL: (_S, _A, _U),
    Action.EXPORT_TRAIL: (_S, _U),
    Action.BACK_UP: (_A,),
    Action.EDIT_ROSTER: (_S,),
    Action.HAND_OVER_DUTY: (_C, _D, _P, _S),
    Action.ACT_ON_BEHALF: (_S,),
    Action.OPEN_INTAKE: (_C, _D, _S, _U),
    Action.OPEN_CASES: (_C, _D, _P, _F, _S, _U),
    Action.OPEN_DISPATCH: (_D, _P, _S, _U),
    Action.OPEN_REVIEW: (_D, _P, _S, _U),
    Action.OPEN_EXPORT: (_C, _D, _S, _A, _U),
    Action.OPEN_REGISTRY: (_D, _P, _S, _A, _U),
    Action.OPEN_DUTY: (_C, _D, _P, _S, _A, _U),
    Action.OPEN_ACCESS: (_S, _A, _U),
}


def may(role: Role, action: Action) -> bool:
    """Return whether `role` may do `action`."""
    return role in PERMISSIONS[action]


def require(actor: Actor, action: Action) -> None:
    """Raise NotPermitted unless the actor's role may do `action`."""
    if not may(actor.role, action):
        raise NotPermitted(role=actor.role, action=action, allowed=PERMISSIONS[action])
