"""Words of the trade: every code's Indonesian label, marked for translation (domain.md 5)."""

from enum import StrEnum


def N_(text: str) -> str:
    """Mark `text` for the gettext catalogue and return it unchanged; the screen translates it."""
    return text


class Label(StrEnum):
    """A StrEnum whose members carry an Indonesian label beside the stored code."""

    label: str

    def __new__(cls, code: str, label: str = "") -> "Label":
        """Make a member whose value is `code` and whose `label` is what people read."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.label = label
        return member


class Role(Label):
    """Who acts (SOP columns; permissions in `domain.permissions`)."""

    CALL_TAKER = "call_taker", N_("Call Taker")
    DISPATCHER = "dispatcher", N_("Dispatcher")
    DUTY_OFFICER = "duty_officer", N_("Perwira Piket")
    FIELD_OFFICER = "field_officer", N_("Petugas Lapangan")
    SUPERVISOR = "supervisor", N_("Penyelia")
    ADMIN = "admin", N_("Admin")
    AUDITOR = "auditor", N_("Auditor")


class CaseStatus(Label):
    """Where a case stands (domain.md 1.4). `merged` and `closed` are ends."""

    RECEIVED = "received", N_("Diterima")
    CLASSIFIED = "classified", N_("Diklasifikasi")
    VERIFIED = "verified", N_("Terverifikasi")
    COORDINATED = "coordinated", N_("Terkoordinasi")
    RESPONDING = "responding", N_("Pengerahan")
    MONITORING = "monitoring", N_("Pemantauan")
    UPDATING = "updating", N_("Kondisi Terkini")
    REGISTERED = "registered", N_("Teregister")
    CLOSED = "closed", N_("Selesai")
    MERGED = "merged", N_("Digabung")


class StepState(Label):
    """State of one of the nine SOP steps."""

    PENDING = "pending", N_("Belum")
    IN_PROGRESS = "in_progress", N_("Berjalan")
    DONE = "done", N_("Selesai")
    SKIPPED = "skipped", N_("Dilewati")


class CallClass(Label):
    """SOP step 2; `information` is Cilegon's fourth class (domain.md 1.3)."""

    NORMAL = "normal", N_("Normal")
    PRANK = "prank", N_("Prank")
    GHOST = "ghost", N_("Ghost")
    INFORMATION = "information", N_("Informasi")


class Channel(Label):
    """How a report reaches the center."""

    CALL_112 = "112", N_("Telepon 112")
    PANIC_BUTTON = "panic_button", N_("Panic Button")
    RADIO = "radio", N_("Radio")
    WALK_IN = "walk_in", N_("Datang langsung")
    WHATSAPP = "whatsapp", N_("WhatsApp")
    AGENCY = "agency", N_("Instansi")
    CCTV = "cctv", N_("CCTV")


class Domain(Label):
    """Matra: over what the rescue happens."""

    LAND = "land", N_("Darat")
    SEA = "sea", N_("Laut")
    AIR = "air", N_("Udara")


class Mode(Label):
    """By what a unit moves."""

    LAND = "land", N_("Darat")
    SEA = "sea", N_("Laut")
    AIR = "air", N_("Udara")
    FOOT = "foot", N_("Jalan kaki")


class SarClass(Label):
    """Basarnas typology of SAR operations."""

    SHIP = "ship", N_("Kecelakaan kapal")
    AIRCRAFT = "aircraft", N_("Kecelakaan pesawat")
    SPECIAL = "special", N_("Penanganan khusus")
    DISASTER = "disaster", N_("Bencana")
    KMM = "kmm", N_("Kondisi membahayakan manusia")


class Outcome(Label):
    """How a case ended."""

    RESCUED = "rescued", N_("Diselamatkan")
    EVACUATED = "evacuated", N_("Dievakuasi")
    FOUND_DEAD = "found_dead", N_("Ditemukan meninggal")
    NOT_FOUND = "not_found", N_("Tidak ditemukan")
    NO_ACTION = "no_action", N_("Tanpa tindakan")
    CANCELLED = "cancelled", N_("Dibatalkan")
    FALSE_REPORT = "false_report", N_("Laporan Palsu")
    PRANK = "prank", N_("Prank")
    GHOST = "ghost", N_("Ghost")
    INFORMATION = "information", N_("Informasi")
    HANDED_OVER = "handed_over", N_("Dialihkan")


HANDLED_OUTCOMES = (
    Outcome.RESCUED,
    Outcome.EVACUATED,
    Outcome.FOUND_DEAD,
    Outcome.NOT_FOUND,
    Outcome.NO_ACTION,
    Outcome.HANDED_OVER,
)
"""The outcomes that step 7 may record; the others come from closing a call or calling a case off."""


class NoticeResult(Label):
    """What an agency answered when it was notified (SOP step 4)."""

    ACKNOWLEDGED = "acknowledged", N_("Menyanggupi")
    DECLINED = "declined", N_("Menolak")
    ESCALATED = "escalated", N_("Tak terjawab, diteruskan ke atasan")


class NoticeMethod(Label):
    """By what an agency was notified."""

    SCREEN = "screen", N_("Layar")
    PHONE = "phone", N_("Telepon")
    RADIO = "radio", N_("Radio")
    WHATSAPP = "whatsapp", N_("WhatsApp")
    IN_PERSON = "in_person", N_("Langsung")


class UnitStatus(Label):
    """What a unit is doing."""

    AVAILABLE = "available", N_("Siaga")
    PROPOSED = "proposed", N_("Diusulkan")
    DISPATCHED = "dispatched", N_("Dikerahkan")
    EN_ROUTE = "en_route", N_("Menuju Lokasi")
    ON_SCENE = "on_scene", N_("Tiba di Lokasi")
    RETURNING = "returning", N_("Kembali")
    OUT_OF_SERVICE = "out_of_service", N_("Tidak Siap")


class Urgency(Label):
    """How a clock stands against its standard: green to 80 %, yellow to 100 %, red beyond."""

    SAFE = "safe", N_("Sisa waktu")
    SOON = "soon", N_("Segera habis")
    LATE = "late", N_("Terlambat")


PRIORITIES = {
    1: N_("Mengancam jiwa"),
    2: N_("Darurat"),
    3: N_("Mendesak"),
    4: N_("Tidak mendesak"),
}
