// Every text of the page: Indonesian first, English beside it.
export const WORDS = {
  title: ["Regu", "Crew"],
  language: ["EN", "ID"],
  language_hint: ["Show in English", "Tampilkan dalam bahasa Indonesia"],
  connected: ["Terhubung", "Connected"],
  connecting: ["Menghubungi …", "Connecting …"],
  offline: ["Tanpa jaringan", "No network"],
  revoked: ["Token ditolak", "Token refused"],
  revoked_text: [
    "Alat ini tidak dikenal atau sudah dicabut. Minta tautan baru ke pusat kendali. Yang menunggu kirim tetap disimpan.",
    "This device is unknown or was revoked. Ask the control room for a new link. What waits to be sent is kept.",
  ],
  no_token: ["Halaman ini belum dipasangkan", "This page is not paired yet"],
  no_token_text: [
    "Pindai QR dari pusat kendali (Registri, Alat posisi), atau tempel tautannya di sini.",
    "Scan the QR code of the control room (Registri, Alat posisi), or paste its link here.",
  ],
  token_label: ["Tautan atau token", "Link or token"],
  token_bad: ["Ini bukan tautan alat. Salin seluruhnya.", "This is no device link. Copy all of it."],
  pair: ["Pasangkan", "Pair"],
  no_order: ["Belum ada perintah tugas", "No order"],
  no_order_text: [
    "Perintah muncul di sini dengan sendirinya. Biarkan halaman ini terbuka.",
    "An order appears here by itself. Keep this page open.",
  ],
  returning: ["Perjalanan kembali", "On the way back"],
  returning_text: ["Tekan Siaga begitu sampai di pos.", "Press Available when you are at the station."],
  seen: ["dilihat {age} lalu", "seen {age} ago"],
  seen_now: ["terbaru", "up to date"],
  seconds: ["{n} dtk", "{n} s"],
  minutes: ["{n} mnt", "{n} min"],
  hours: ["{n} jam", "{n} h"],
  victims: ["Korban: {n}", "Casualties: {n}"],
  no_place: ["Lokasi belum berkoordinat", "The place has no coordinates yet"],
  eta: ["{low}–{high} mnt", "{low}–{high} min"],
  eta_estimate: ["perkiraan", "estimate"],
  mode_land: ["jalan", "road"],
  mode_sea: ["laut", "sea"],
  mode_air: ["udara", "air"],
  mode_foot: ["kaki", "on foot"],
  launch: ["turunkan perahu", "launch the boat"],
  no_way: ["Tidak ada rute: {why}", "No route: {why}"],
  pier: ["Titik temu", "Meeting point"],
  hospital: ["Rumah sakit", "Hospital"],
  station: ["Pos", "Station"],
  commander: ["Komandan lapangan", "On-scene commander"],
  note: ["Catatan rencana", "Note of the plan"],
  others: ["Unit lain", "Other units"],
  report_of: ["Laporan", "Report"],
  open_map: ["Buka di aplikasi peta", "Open in the map app"],
  map_incident: ["Kejadian", "Incident"],
  map_own: ["Posisi HP ini", "This phone"],
  acknowledge: ["Terima", "Accept"],
  depart: ["Berangkat", "Depart"],
  arrive: ["Tiba", "Arrive"],
  return: ["Kembali", "Return"],
  free: ["Siaga", "Available"],
  help: ["Butuh bantuan", "Need help"],
  help_ask: ["Panggil bantuan sekarang?", "Call for help now?"],
  help_text: [
    "Seluruh pusat kendali diberi tahu dengan posisi HP ini.",
    "The whole control room is told, with the position of this phone.",
  ],
  help_yes: ["Ya, butuh bantuan", "Yes, need help"],
  help_no: ["Batal", "Cancel"],
  help_waits: [
    "BANTUAN BELUM TERKIRIM. Pakai radio atau telepon 112.",
    "HELP IS NOT SENT YET. Use the radio or call 112.",
  ],
  help_sent: ["Panggilan bantuan diterima pusat kendali {time}.", "The control room has the call for help, {time}."],
  call: ["Telepon 112", "Call 112"],
  well: ["Kabar aman", "We are well"],
  sitrep: ["Laporan situasi", "Situation report"],
  sitrep_label: ["Keadaan di lokasi", "What it is like there"],
  sitrep_send: ["Kirim laporan", "Send report"],
  chip_found: ["Korban ditemukan", "Casualty found"],
  chip_evacuated: ["Korban dievakuasi", "Casualty evacuated"],
  chip_controlled: ["Keadaan terkendali", "Under control"],
  chip_worse: ["Keadaan memburuk", "Getting worse"],
  chip_blocked: ["Akses terhalang", "Access blocked"],
  chip_searching: ["Masih mencari", "Still searching"],
  photo: ["Foto", "Photo"],
  photo_big: ["Foto ini tidak dapat dikecilkan sampai 10 MB.", "This photo cannot be made smaller than 10 MB."],
  photo_place: ["Foto diambil di {place}. Laporkan tempat itu?", "The photo was taken at {place}. Report that place?"],
  photo_report: ["Foto diambil di {place}", "Photo taken at {place}"],
  use: ["Laporkan", "Report"],
  dismiss: ["Tutup", "Dismiss"],
  waiting: ["menunggu kirim ({n})", "waiting to be sent ({n})"],
  sent: ["semua terkirim", "all sent"],
  refused: ["Ditolak", "Refused"],
  other_unit: ["HP ini sekarang dipakai unit lain; tidak dikirim.", "This phone is now another unit's; not sent."],
  done_at: ["✓ {time}", "✓ {time}"],
  position_start: ["Nyalakan posisi", "Turn position on"],
  position_on: ["Posisi dikirim, ± {accuracy} m, {age} lalu", "Position sent, ± {accuracy} m, {age} ago"],
  position_kept: ["Posisi disimpan ({n}), dikirim bila ada jaringan", "Positions kept ({n}), sent with network"],
  position_search: ["Mencari satelit …", "Looking for satellites …"],
  position_off: ["Posisi belum dinyalakan", "Position is off"],
  position_insecure: [
    "Browser hanya memberi posisi lewat HTTPS. Pakai aplikasi gratis Traccar Client atau OwnTracks dengan QR-nya.",
    "Browsers give the position over HTTPS only. Use the free apps Traccar Client or OwnTracks with their QR codes.",
  ],
  position_denied: [
    "Izin lokasi ditolak. Izinkan di setelan browser, atau pakai Traccar Client atau OwnTracks.",
    "Location is not allowed. Allow it in the browser's settings, or use Traccar Client or OwnTracks.",
  ],
  position_failed: [
    "HP tidak mendapat posisi. Nyalakan lokasi dan keluar ke tempat terbuka.",
    "The phone gets no position. Turn location on and go into the open.",
  ],
  position_refused: ["Posisi ditolak: {why}", "Position refused: {why}"],
  no_offline: [
    "Tanpa HTTPS halaman ini tidak dapat dibuka kembali saat tanpa jaringan. Jangan ditutup.",
    "Without HTTPS this page cannot be opened again while there is no network. Do not close it.",
  ],
  no_store: [
    "Browser ini tidak dapat menyimpan antrean (mode privat?). Buka di jendela biasa.",
    "This browser cannot keep the queue (private mode?). Open it in a normal window.",
  ],
};

const LANGUAGES = ["id", "en"];
let place = 0;

export function language() {
  return LANGUAGES[place];
}

export function speak(code) {
  place = Math.max(0, LANGUAGES.indexOf(code));
  document.documentElement.lang = LANGUAGES[place];
}

export function t(key, values = {}) {
  return WORDS[key][place].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

// How long ago, in words, from seconds.
export function span(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return t("seconds", { n: s });
  if (s < 3600) return t("minutes", { n: Math.floor(s / 60) });
  return t("hours", { n: Math.floor(s / 3600) });
}

export function clock(milliseconds) {
  const at = new Date(milliseconds);
  const two = (n) => String(n).padStart(2, "0");
  return two(at.getHours()) + (place === 0 ? "." : ":") + two(at.getMinutes());
}
