"""Pimpinan, reach, in words: the answer in one sentence, what is counted, the kelurahan one by one."""

from collections.abc import Sequence
from html import escape

from domain.coverage import ZoneReach
from services import posts
from services.posts import Crew, Past, Question, Reached, Site
from ui.i18n import _, format_number, format_percent
from ui.parts import here
from ui.review_coverage_map import Colours, gained, look, percent, points
from ui.review_figures import NOTHING, minutes, whole_minutes


def sentence(past: Past, question: Question, found: Reached, site: Site | None) -> str:
    """Return the answer in one sentence."""
    reach = found.reach
    since = (
        _("Dalam {standard} menit sejak laporan")
        if question.since_report
        else _("Dalam {standard} menit sejak perintah")
    ).format(standard=whole_minutes(question.standard.standard_s))
    words = {
        "since": since,
        "now": _about(reach.now, is_estimate=reach.is_estimate),
        "label": _(question.standard.label),
        "all": len(reach.zones),
        "n": _("n = {places} titik, {cases} kasus").format(
            places=format_number(found.places), cases=format_number(past.n)
        ),
    }
    if site is None:
        return _(
            "{since}, {now} kota terjangkau ({label}): dari {all} kelurahan {nobody} seluruhnya di luar "
            "standar, {part} sebagian; {n}."
        ).format(
            **words,
            nobody=sum(1 for zone in reach.zones if zone.now == 0),
            part=sum(1 for zone in reach.zones if 0 < zone.now < 1),
        )
    if reach.after <= reach.now:
        return _(
            "{since}, {now} kota terjangkau ({label}) sekarang; pos di {kelurahan} tidak menambahnya; {n}."
        ).format(**words, kelurahan=site.kelurahan)
    return _(
        "{since}, {now} kota terjangkau ({label}) sekarang; dengan pos di {kelurahan} naik menjadi {after} "
        "({points} poin), {gaining} dari {all} kelurahan membaik; {n}."
    ).format(
        **words,
        kelurahan=site.kelurahan,
        after=_about(reach.after, is_estimate=reach.is_estimate),
        points=points(reach.after - reach.now),
        gaining=sum(1 for zone in reach.zones if zone.gain > 0),
    )


def basis(past: Past, question: Question, found: Reached, crew: Crew | None) -> str:
    """Return what is in the number and what it is counted from."""
    counted = [_processing_words(past)] if question.since_report else []
    if found.turnouts_s is not None:
        counted.append(
            _("waktu siap {minutes} mnt ({time})").format(
                minutes="–".join(dict.fromkeys(minutes(turnout) for turnout in found.turnouts_s)),
                time=_("siang") if question.is_day else _("malam"),
            )
        )
    counted.append(_travel_words(found))
    units = _(
        "{units} unit terdaftar dihitung di {stations} posnya masing-masing, bukan di posisinya saat ini."
    ).format(units=sum(one.units for one in found.stations), stations=len(found.stations))
    words = [_("Dihitung: {counted}.").format(counted=" + ".join(counted)), units]
    if out := sum(one.out for one in found.stations):
        words.append(_("{out} di antaranya sedang tidak siap, dan tetap dihitung.").format(out=out))
    if crew is not None:
        words.append(
            _("Pos baru: {vehicle}, {speed} km/jam, waktu siap {turnout} mnt.").format(
                vehicle=vehicle(crew),
                speed=format_number(crew.cruise_kmh),
                turnout=minutes(crew.turnout_s(is_day=question.is_day)),
            )
        )
    return " ".join(words)


def _processing_words(past: Past) -> str:
    source = (
        _("median dari kasus terpilih, n = {n}")
        if past.processing.is_measured
        else _("standar kota; kasus terpilih yang waktunya diketahui hanya n = {n}")
    ).format(n=format_number(past.processing.n))
    return _("pengolahan laporan {minutes} mnt ({source})").format(
        minutes=minutes(past.processing.seconds), source=source
    )


def _travel_words(found: Reached) -> str:
    if not found.reach.is_estimate:
        return _("perjalanan dari pos lewat jalan")
    factor = format_number(here().pack.city.land_detour_factor, 1)
    if posts.knows_roads(here()):
        words = _("perjalanan dari pos lewat jalan, yang jauh dari jalan perkiraan garis lurus × {factor}")
    else:
        words = _("perjalanan dari pos, perkiraan garis lurus × {factor} (data jalan belum dipasang)")
    return words.format(factor=factor)


def rows(zones: Sequence[ZoneReach], past: Past, *, with_post: bool) -> str:
    """Return the kelurahan as an HTML table: those that gain most first, else the worst first."""
    heads = [
        (_("Kelurahan"), ""),
        (_("Terjangkau"), _("Isi batang: sekarang. Garis tegak: dengan pos baru.")),
    ]
    heads.append(
        (_("Sekarang"), _("Bagian titik kelurahan yang terjangkau dalam standar oleh unit terdaftar."))
    )
    if with_post:
        heads.append((_("Dengan pos"), _("Bagian yang sama bila pos baru ditambahkan.")))
        heads.append((_("Naik"), _("Selisih keduanya, dalam poin persen.")))
    heads.append(
        (_("Menit"), _("Median waktu sampai unit terdekat tiba di titik-titik kelurahan, dihitung sama."))
    )
    if with_post:
        heads.append((_("Menit dengan pos"), _("Median yang sama bila pos baru ditambahkan.")))
    heads.append((_("Kasus (n)"), _("Permintaan penyelamatan di kelurahan ini dalam pilihan di atas.")))
    head = "".join(f'<th scope="col" title="{escape(help_)}">{escape(text)}</th>' for text, help_ in heads)
    body = "".join(_row(zone, past.cases.get(zone.zone, 0), with_post=with_post) for zone in zones)
    return f'<table class="sigap-steps"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _row(zone: ZoneReach, cases: int, *, with_post: bool) -> str:
    seen = look(zone, Colours.AFTER if with_post else Colours.NOW)
    tick = f'<b style="left:calc({100 * zone.after:.1f}% - 1px)"></b>' if with_post else ""
    bar = (
        f'<div class="sigap-step-bar" style="--ink:var(--sigap-{seen.ink})" aria-hidden="true">'
        f'<i style="width:{100 * zone.now:.1f}%"></i>{tick}</div>'
    )
    cells = [percent(zone.now, is_estimate=zone.is_estimate)]
    if with_post:
        cells += [percent(zone.after, is_estimate=zone.is_estimate), gained(zone)]
    cells.append(_minutes(zone.nearest_s, is_estimate=zone.is_estimate))
    if with_post:
        cells.append(_minutes(zone.nearest_after_s, is_estimate=zone.is_estimate))
    cells.append(format_number(cases))
    name = escape(here().pack.kelurahan[zone.zone].name)
    row = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
    return f'<tr><th scope="row">{name}</th><td>{bar}</td>{row}</tr>'


def _minutes(duration_s: float, *, is_estimate: bool) -> str:
    if duration_s == float("inf"):
        return NOTHING
    return f"≈ {minutes(duration_s)}" if is_estimate else minutes(duration_s)


def _about(share: float, *, is_estimate: bool) -> str:
    return (
        _("perkiraan {share}").format(share=format_percent(share)) if is_estimate else format_percent(share)
    )


def definition(question: Question) -> str:
    """Return what the share means, exactly."""
    start = (
        _("sejak panggilan dijawab atau laporan diterima (waktu menjawab tidak dihitung)")
        if question.since_report
        else _("sejak unit diperintahkan berangkat")
    )
    return _(
        "Tiap kelurahan diwakili titik-titik yang sama banyak. Satu titik terjangkau bila sedikitnya satu "
        "unit terdaftar dengan kemampuan ini tiba di sana paling lambat {standard} menit {start}. Bagian "
        "kota = rerata bagian kelurahan, berbobot permintaan penyelamatan dalam pilihan di atas + 1."
    ).format(standard=whole_minutes(question.standard.standard_s), start=start)


def vehicle(crew: Crew) -> str:
    """Return the name of what a new post would send."""
    return here().pack.kinds.get(crew.kind, crew.kind)
