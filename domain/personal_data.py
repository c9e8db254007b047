"""What personal data Sigap holds, why, where, for how long, and who may see it: one table (UU 27/2022).

[M] after an article and `contoh` after a number: to be checked by the center's own data protection officer.
Every column of the database is either in `COLUMNS` under the kind it belongs to, or in `NOT_PERSONAL`; a test
asks the database itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.permissions import PERMISSIONS, Action
from domain.words import N_, Label, Role


class Kind(Label):
    """A kind of personal data."""

    REPORTER = "reporter", N_("Nama dan nomor pelapor")
    WORDS = "words", N_("Kronologi dan kalimat bebas")
    HASH = "hash", N_("Sidik nomor dan tiga angka akhirnya")
    FACTS = "facts", N_("Tempat, jenis, waktu, dan jumlah korban")
    PHOTOS = "photos", N_("Foto dan dokumen")
    SENT = "sent", N_("Record yang dikirim ke DKISP")
    OFFICERS = "officers", N_("Nama petugas pada pekerjaannya")
    ACCOUNTS = "accounts", N_("Akun petugas, juga yang tidak aktif lagi")
    SESSIONS = "sessions", N_("Peramban yang sedang masuk")
    POSITIONS = "positions", N_("Posisi unit dan regunya")
    DRAFTS = "drafts", N_("Isian yang belum disimpan")
    LOOKS = "looks", N_("Catatan siapa melihat data pribadi")
    REQUESTS = "requests", N_("Permintaan pemilik data")


class Whose(Label):
    """Whose data it is."""

    PUBLIC = "public", N_("pelapor, korban, saksi")
    STAFF = "staff", N_("petugas dan regu")


@dataclass(frozen=True, slots=True)
class Kept:
    """How long: `days` names the period of the city pack; `words` say from when, or why without an end."""

    words: str
    days: str = ""
    prank_days: str = ""


@dataclass(frozen=True, slots=True)
class Holding:
    """One line of the page. `counted`: which count of `database.access_log` tells how many there are."""

    kind: Kind
    whose: Whose
    purpose: str
    basis: str
    where: str
    kept: Kept
    leaves: str
    seen_by: tuple[Action, ...]
    counted: str = ""

    @property
    def roles(self) -> tuple[Role, ...]:
        """Return who may see it, by the table of permissions."""
        allowed = {role for action in self.seen_by for role in PERMISSIONS[action]}
        return tuple(role for role in Role if role in allowed)


_VITAL = N_("kepentingan vital dan pelayanan publik, Pasal 20 [M]")
_DUTY = N_("kewajiban hukum dan pelayanan publik, Pasal 20 [M]")
_PROOF = N_("kewajiban pengendali membuktikan pemrosesan, Pasal 20 dan 31 [M]")
_NOWHERE = N_("tidak keluar")
_IDENTITY = Kept(N_("sesudah kasus selesai"), "identity_days", "prank_identity_days")
_FACTS_STAY = Kept(N_("tetap: fakta kasus, tanpa identitas sesudah masa simpan"))

HOLDINGS: tuple[Holding, ...] = (
    Holding(
        Kind.REPORTER,
        Whose.PUBLIC,
        N_("menelepon balik selama kasus aktif, dan mengenali panggilan berulang"),
        _VITAL,
        "case_private",
        _IDENTITY,
        _NOWHERE,
        (Action.LOG_CALLBACK, Action.REVEAL_IDENTITY),
        "reporters",
    ),
    Holding(
        Kind.WORDS,
        Whose.PUBLIC,
        N_("menolong: apa yang terjadi dan di mana, seperti diceritakan"),
        _VITAL,
        "case_private, case_open, case_archive, event, notice_delivery, alarm, legal_hold, handover",
        _IDENTITY,
        N_("instansi dan regu yang dikerahkan, nama dan nomor disamarkan"),
        (Action.OPEN_CASES,),
        "words",
    ),
    Holding(
        Kind.HASH,
        Whose.PUBLIC,
        N_("mengenali nomor yang sama tanpa menyimpan nomornya"),
        _VITAL,
        "case_open, case_archive",
        _IDENTITY,
        N_("DKISP, di dalam record"),
        (Action.OPEN_CASES,),
        "hashes",
    ),
    Holding(
        Kind.FACTS,
        Whose.PUBLIC,
        N_("penanganan, pertanggungjawaban, dan statistik"),
        _DUTY,
        "case_open, case_archive",
        _FACTS_STAY,
        N_("DKISP (record); statistik tanpa jumlah 1 dan 2"),
        (Action.OPEN_CASES, Action.OPEN_REVIEW),
        "cases",
    ),
    Holding(
        Kind.PHOTOS,
        Whose.PUBLIC,
        N_("dokumentasi penanganan (SOP langkah 6)"),
        _DUTY,
        N_("folder attachments, menurut SHA-256"),
        Kept(N_("menunggu jadwal retensi arsip (JRA); dihapus dengan keputusan sendiri")),
        N_("Laporan Penanganan yang dicetak"),
        (Action.OPEN_CASES,),
        "photos",
    ),
    Holding(
        Kind.SENT,
        Whose.PUBLIC,
        N_("pendataan oleh DKISP (SOP langkah 8) dan buktinya"),
        _DUTY,
        "outbox, outbox_state",
        Kept(N_("tetap: sudah disamarkan, dan bukti terima merujuk sidik jari isinya")),
        N_("DKISP"),
        (Action.OPEN_EXPORT,),
        "sent",
    ),
    Holding(
        Kind.OFFICERS,
        Whose.STAFF,
        N_("pertanggungjawaban: siapa berbuat apa dan kapan"),
        _PROOF,
        N_("event dan kolom “oleh” di tabel lain"),
        Kept(N_("tetap: bagian dari jejak audit")),
        N_("kertas dan ekspor jejak audit"),
        (Action.OPEN_CASES, Action.CHECK_TRAIL),
        "events",
    ),
    Holding(
        Kind.ACCOUNTS,
        Whose.STAFF,
        N_("masuk dan berwenang"),
        _DUTY,
        "account, api_token",
        Kept(
            N_(
                "selama bertugas; sesudahnya dinonaktifkan, dan nama masuk tidak pernah diberikan "
                "kepada orang lain"
            )
        ),
        _NOWHERE,
        (Action.EDIT_ACCOUNTS,),
        "accounts",
    ),
    Holding(
        Kind.SESSIONS,
        Whose.STAFF,
        N_("keamanan: peramban dan alamat yang sedang masuk"),
        _DUTY,
        "session",
        Kept(N_("sampai sesi berakhir")),
        _NOWHERE,
        (Action.EDIT_ACCOUNTS,),
        "sessions",
    ),
    Holding(
        Kind.POSITIONS,
        Whose.STAFF,
        N_("memilih unit terdekat dan memutar ulang penanganan"),
        _VITAL,
        "position, device",
        Kept(N_("sesudah diterima"), "position_days"),
        _NOWHERE,
        (Action.OPEN_CASES, Action.OPEN_DISPATCH, Action.OPEN_REVIEW),
        "positions",
    ),
    Holding(
        Kind.DRAFTS,
        Whose.PUBLIC,
        N_("isian tidak hilang bila peramban dimuat ulang"),
        _VITAL,
        N_("berkas draf terenkripsi milik satu akun, di luar basis data dan cadangan"),
        Kept(N_("sampai formulirnya disimpan, paling lama 12 jam")),
        _NOWHERE,
        (Action.TAKE_CALL,),
    ),
    Holding(
        Kind.LOOKS,
        Whose.STAFF,
        N_("menjawab siapa yang melihat data, dan menemukan penyalahgunaan"),
        _PROOF,
        "access_log",
        Kept(N_("sesudah dilihat (contoh)"), "access_log_days"),
        N_("pemilik data, atas permintaannya"),
        (Action.SEE_ACCESS_LOG,),
        "looks",
    ),
    Holding(
        Kind.REQUESTS,
        Whose.PUBLIC,
        N_("bukti bahwa permintaan dijawab pada waktunya"),
        _PROOF,
        "subject_request",
        Kept(N_("sesudah dijawab (contoh)"), "access_log_days"),
        _NOWHERE,
        (Action.SUBJECT_REQUEST, Action.SEE_ACCESS_LOG),
        "requests",
    ),
)

BACKUPS = N_(
    "Cadangan dan server siaga memuat semua di atas, terenkripsi, sampai rotasinya habis: yang sudah "
    "dihapus di "
    "sini masih ada di cadangan lama sampai saat itu. Sesudah memulihkan cadangan lama, ulangi "
    "penghapusan yang "
    "dilakukan sejak tanggalnya."
)


def _named(kind: Kind, table: str, columns: str) -> dict[tuple[str, str], Kind]:
    return {(table, column): kind for column in columns.split()}


_PLACES = (
    "lon lat adm_code kelurahan kecamatan water_area received_at type_code h3_6 h3_7 h3_8 h3_9 victims_total "
    "victims_safe victims_injured_minor victims_injured_severe victims_dead victims_missing"
)

COLUMNS: Mapping[tuple[str, str], Kind] = {
    **_named(Kind.REPORTER, "case_private", "reporter_name callback_number"),
    **_named(Kind.WORDS, "case_private", "narrative"),
    **_named(Kind.WORDS, "event", "before after"),
    **_named(Kind.WORDS, "notice_delivery", "told detail"),
    **_named(Kind.WORDS, "alarm", "note"),
    **_named(Kind.WORDS, "legal_hold", "reason released_why"),
    **_named(Kind.WORDS, "handover", "document reason"),
    **{
        (table, column): kind
        for table in ("case_open", "case_archive")
        for kind, columns in (
            (Kind.WORDS, "state overrun_reasons"),
            (Kind.HASH, "reporter_ref"),
            (Kind.FACTS, _PLACES),
            (Kind.OFFICERS, "changed_by"),
        )
        for column in columns.split()
    },
    **_named(Kind.SENT, "outbox", "body"),
    **_named(Kind.SENT, "outbox_state", "detail"),
    **_named(Kind.OFFICERS, "event", "actor account on_behalf_of role"),
    **_named(Kind.OFFICERS, "alarm", "acknowledged_by acknowledged_role"),
    **_named(Kind.OFFICERS, "legal_hold", "placed_by released_by"),
    **_named(Kind.OFFICERS, "notice_delivery", "told_by"),
    **_named(Kind.OFFICERS, "emergency_form", "issued_by entered_by"),
    **_named(Kind.OFFICERS, "weather", "observed_by"),
    **_named(Kind.OFFICERS, "unit_hold", "held_by"),
    **_named(Kind.OFFICERS, "unit_state", "out_of_service_reason"),
    **_named(Kind.OFFICERS, "device", "made_by"),
    **_named(Kind.OFFICERS, "registry", "row"),
    **_named(Kind.OFFICERS, "crew_action", "device_id unit_code happened_at"),
    **_named(Kind.OFFICERS, "roster", "login name role day shift"),
    **_named(Kind.OFFICERS, "handover", "taker"),
    **_named(
        Kind.ACCOUNTS,
        "account",
        "account_id login name roles made_by password_hash password_at totp_secret totp_used "
        "failures failed_at "
        "disabled_at subject",
    ),
    **_named(Kind.ACCOUNTS, "api_token", "label made_by"),
    **_named(
        Kind.SESSIONS,
        "session",
        "session_id token_hash account_id role started_at seen_at address agent on_behalf_of",
    ),
    **_named(Kind.POSITIONS, "device", "label unit_code"),
    **_named(
        Kind.POSITIONS,
        "position",
        "unit_code device_id lon lat reported_at received_at accuracy_m speed_kn heading_deg battery",
    ),
    **_named(Kind.LOOKS, "access_log", "seen_at name role account on_behalf_of seen way case_id reason"),
    **_named(Kind.REQUESTS, "subject_request", "subject checked_how taken_by case_ids done_by outcome"),
}
"""Every column of the database with personal data, by table and name."""

_STEPS = " ".join(f"step{n}_s target{n}_s" for n in range(1, 10))
_CASE = (
    "case_id call_no version status closed_at call_class channel domain priority outcome register_no "
    "response_s "
    "alarm_answering_s alarm_processing_s alarm_handling_s turnout_s travel_s on_scene_s n_units "
    "unit_busy_s units "
    f"missing_stamps late_entries changed_at first_seq last_seq {_STEPS}"
)

NOT_PERSONAL: Mapping[str, frozenset[str]] = {
    table: frozenset(columns.split())
    for table, columns in {
        "access_log": "cases since until",
        "account": "source made_at must_change",
        "alarm": "key kind case_id call_no step unit_code roles counts_from limit_s due_at raised_at "
        "acknowledged_at repeats",
        "anonymised": "case_id rule done_at number_hash_gone",
        "api_token": "token_id scopes unit_code expires_at revoked_at token_hash made_at used_at",
        "case_archive": _CASE,
        "case_open": _CASE,
        "case_private": "case_id",
        "counter": "name value",
        "crew_action": "id case_id action received_at result",
        "device": "device_id token_hash priority max_age_s made_at revoked_at",
        "emergency_form": "serial issued_at case_id entered_at",
        "event": "seq occurred_at entered_at entity entity_id action salt digest prev_hash hash",
        "handover": "handover_id starts_at written_at sha256 state answered_at",
        "legal_hold": "case_id placed_at released_at",
        "migration": "name applied_at",
        "notice_delivery": "id case_id agency kind channel rank state queued_at next_at attempts sent_at "
        "delivered_at acknowledged_at error",
        "outbox": "record_id revision digest size_bytes day path queued_at",
        "outbox_state": "record_id revision state next_at attempts last_at trouble receipt_id receipt_digest "
        "receipt_at",
        "position": "source",
        "registry": "kind code version retired_at",
        "setting": "name value",
        "subject_request": "request_id kind state asked_at due_at done_at",
        "unit_hold": "unit_code case_id call_no held_at expires_at status",
        "unit_state": "unit_code returning_since changed_at",
        "weather": "observed_at wave_m wind_from_deg wind_kn",
    }.items()
}
"""Every other column, by table: somebody looked at it and decided that it tells of no person."""


def holding(kind: Kind) -> Holding:
    """Return the line of a kind."""
    return next(one for one in HOLDINGS if one.kind is kind)


@dataclass(frozen=True, slots=True)
class BreachStep:
    """One step after personal data may have got out: who does it, and by when after it became known."""

    what: str
    who: str
    within: str


NOTICE_HOURS = 72
"""3×24 hours after a breach became known: the written notice to people and authority (Pasal 46 [M])."""
_AT_ONCE = N_("segera")
_IN_TIME = N_("dalam 3×24 jam (Pasal 46 [M])")

BREACH_STEPS: tuple[BreachStep, ...] = (
    BreachStep(
        N_("Catat kapan kebocoran diketahui dan oleh siapa: sejak itu 3×24 jam berjalan."),
        N_("Penyelia"),
        _AT_ONCE,
    ),
    BreachStep(
        N_(
            "Hentikan: akhiri sesi, nonaktifkan akun, cabut token, tarik cadangan yang hilang dari peredaran."
        ),
        N_("Admin"),
        _AT_ONCE,
    ),
    BreachStep(
        N_("Amankan bukti: periksa rantai jejak audit lalu ekspor; jangan hapus apa pun."),
        N_("Penyelia atau Auditor"),
        _AT_ONCE,
    ),
    BreachStep(
        N_(
            "Tentukan jangkauan: kasus dan jenis data yang terlihat oleh akun atau token itu (di "
            "samping ini)."
        ),
        N_("Penyelia"),
        _AT_ONCE,
    ),
    BreachStep(
        N_("Beri tahu pimpinan UPTD, pejabat pelindungan data, dan DKISP persandian."),
        N_("Penyelia"),
        _AT_ONCE,
    ),
    BreachStep(
        N_("Beri tahu tertulis orang yang datanya bocor dan lembaga pelindungan data pribadi."),
        N_("Pimpinan UPTD"),
        _IN_TIME,
    ),
    BreachStep(
        N_("Umumkan kepada masyarakat bila pelayanan terganggu atau dampaknya serius (Pasal 46 [M])."),
        N_("Pimpinan UPTD"),
        _IN_TIME,
    ),
    BreachStep(
        N_("Pulihkan, perbaiki penyebabnya, dan perbarui penilaian dampak (Pasal 34 [M])."),
        N_("Admin dan pejabat pelindungan data"),
        N_("sesudahnya"),
    ),
)
