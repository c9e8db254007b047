"""What one watch leaves to the next, as it is read on the screen: the same facts as on the paper."""

from collections.abc import Iterable, Sequence
from html import escape

from domain.handover import Handover, OpenLine, Summary, WeatherLine
from ui import shift_words
from ui.i18n import _, format_datetime, format_number

_NONE = '<span class="none">–</span>'
Cells = Sequence[str]
"""The cells of a row, as HTML."""


def summary(told: Summary) -> str:
    """Return a summary as HTML: figures, open cases, then everything that is not as it should be."""
    calls = ", ".join(f"{_(name)} {n}" for name, n in told.calls if n)
    total = sum(n for _name, n in told.calls)
    figures = _("Panggilan selama piket: {n}").format(n=total) + (f" ({calls})" if calls else "")
    return "".join(
        (
            '<div class="sigap-sheet">',
            f"<p>{escape(figures)}</p><p>{escape(_weather(told.weather))}</p>",
            _part(
                _("Kasus terbuka"),
                (_("Panggilan"), _("Kejadian"), _("Jam SOP"), _("Unit"), _("Yang kurang"), _("Berikutnya")),
                [_case(one) for one in told.open_cases],
                marked={place for place, one in enumerate(told.open_cases) if one.late},
            ),
            _part(
                _("Alarm belum ditanggapi"),
                (_("Alarm"), _("Isi"), _("Panggilan"), _("Sejak")),
                [
                    _cells(_(one.kind), one.words, one.call_no, format_datetime(one.raised_at))
                    for one in told.alarms
                ],
            ),
            _part(
                _("Instansi yang belum menjawab"),
                (_("Panggilan"), _("Instansi"), _("Keadaan"), _("Diberi tahu")),
                [
                    _cells(
                        one.call_no,
                        one.agency,
                        _("harus ditelepon") if one.task else _("belum menjawab"),
                        format_datetime(one.told_at),
                    )
                    for one in told.unanswered
                ],
            ),
            _part(
                _("Unit tidak siap dan yang dipegang kasus"),
                (_("Unit"), _("Instansi"), _("Keadaan"), _("Alasan atau kasus")),
                [
                    _cells(one.unit_code, one.agency, _(one.state), one.call_no or one.reason)
                    for one in told.units
                ],
            ),
            _part(
                _("Kiriman ke DKISP yang bermasalah"),
                (_("Kasus"), _("Masalah"), _("Sejak")),
                [_cells(one.number, one.words, format_datetime(one.since)) for one in told.deliveries],
            ),
            _part(
                _("Panggilan prank dan ghost"),
                (_("Panggilan"), _("Jenis"), _("Diterima")),
                [
                    _cells(one.call_no, _(one.call_class), format_datetime(one.received_at))
                    for one in told.pranks
                ],
            ),
            "</div>",
        )
    )


def document(one: Handover) -> str:
    """Return a signed handover as HTML: whose, when, the notes, what stood open, its digest."""
    told = one.document
    heads = [
        f"<b>{escape(told.label)}</b> · {escape(shift_words.watch_hours(told.watch))}",
        escape(
            _("Diserahkan oleh {name}, {at}").format(
                name=shift_words.signer(told.leaver), at=format_datetime(told.written_at)
            )
        ),
        escape(
            _("Ditujukan kepada {name}").format(name=told.to_name)
            if told.to_name
            else _("Ditujukan kepada pemimpin giliran berikutnya")
        ),
        escape(shift_words.state(one)),
    ]
    if one.reason:
        heads.append(escape(_("Alasan: {reason}").format(reason=one.reason)))
    lines = "".join(f"<p>{line}</p>" for line in heads)
    notes = escape(_("Catatan"))
    return (
        f'<div class="sigap-sheet">{lines}<h4>{notes}</h4>'
        f"<blockquote>{escape(told.notes)}</blockquote></div>{summary(told.summary)}"
        f'<div class="sigap-sheet"><p>SHA-256 <code>{escape(one.sha256)}</code></p></div>'
    )


def _part(title: str, heads: Sequence[str], rows: Sequence[Cells], marked: Iterable[int] = ()) -> str:
    """Return a titled table; the third cell of the `marked` rows is late."""
    if not rows:
        return f"<h4>{escape(title)}: 0</h4>"
    late = set(marked)
    head = "".join(f'<th scope="col">{escape(one)}</th>' for one in heads)
    body = "".join(
        "<tr>"
        + "".join(
            f"<td{' class=late' if place in late and column == 2 else ''}>{cell}</td>"
            for column, cell in enumerate(row)
        )
        + "</tr>"
        for place, row in enumerate(rows)
    )
    return (
        f"<h4>{escape(title)}: {len(rows)}</h4>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _cells(*words: str) -> Cells:
    return [escape(word) or _NONE for word in words]


def _case(one: OpenLine) -> Cells:
    number = f"{one.call_no} · {one.register_no}" if one.register_no else one.call_no
    what = " · ".join(part for part in (one.kind, one.priority, one.place, _(one.status)) if part.strip("–"))
    lacking = "".join(f"<li>{escape(need)}</li>" for need in one.needs)
    due = f"{one.next_due} ({format_datetime(one.next_due_at)})" if one.next_due_at else ""
    clock = ("▲ " if one.late else "") + one.clock
    number, what, clock, units, due = _cells(number, what, clock, ", ".join(one.units), due)
    return [number, what, clock, units, f"<ul>{lacking}</ul>" if lacking else _NONE, due]


def _weather(told: WeatherLine | None) -> str:
    if told is None:
        return _("Cuaca: tidak ada yang berlaku; tanyakan BMKG.")
    parts = []
    if told.wave_m is not None:
        parts.append(_("gelombang {wave} m").format(wave=format_number(told.wave_m, 1)))
    if told.wind_kn is not None:
        parts.append(_("angin {wind} knot").format(wind=format_number(told.wind_kn)))
        if told.wind_from_deg is not None:
            parts.append(_("dari {degrees}°").format(degrees=format_number(told.wind_from_deg)))
    words = _("Cuaca: {what} ({who}, {at})")
    return words.format(what=", ".join(parts), who=told.observed_by, at=format_datetime(told.observed_at))
