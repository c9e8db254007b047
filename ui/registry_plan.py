"""Registri, response plan: what each kind of incident calls for."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from domain.case import Actor
from domain.permissions import Action
from domain.words import PRIORITIES, Domain, SarClass
from services import registry
from services.registry import Entry
from ui import parts
from ui.duty import allowed
from ui.i18n import _
from ui.registry_entry import Opened, Row, headline, listing, opened_entry, retire, save
from ui.registry_form import Form, agency_label
from ui.review_charts import domain_label
from ui.words import capability_name

NEED_COLUMNS = ("agency", "capability", "count", "condition")


def tab(actor: Actor | None) -> None:
    """Draw the response plan."""
    entries = registry.entries(parts.here(), "incident_type")
    left, right = st.columns([9, 11])
    with right:
        can_edit = allowed(actor, Action.EDIT_REGISTRY)
    with left:
        add = _("Jenis baru") if can_edit else None
        listing("incident_type", entries, _list_row, add=add, height=640)
    opened = opened_entry("incident_type")
    with right:
        if opened is None:
            st.info(_("Pilih satu baris untuk melihat atau mengubah jenis kejadian."))
            return
        headline(opened, entries, _("Jenis kejadian baru"))
        _form(actor, opened, can_edit)
        if actor is not None and can_edit:
            words = _("Jenis yang dipensiunkan tidak dapat dipilih lagi; kasus lama tetap memakainya.")
            retire(opened, actor, words)


def _list_row(entry: Entry) -> Row:
    row = entry.row
    return {
        _("Kode"): entry.code,
        _("Nama kejadian"): row["label"],
        _("Matra"): domain_label(row["domain"]),
        _("Prioritas"): row["priority"],
        _("Pemimpin"): row["lead"],
    }


def _form(actor: Actor | None, opened: Opened, can_edit: bool) -> None:
    form = Form(opened, can_edit=can_edit)
    with st.form(opened.key("form")):
        new = _identity(form)
        required = _("**Wajib** · instansi pemimpin di baris pertama; tanpa kemampuan: hanya diberi tahu")
        new["required"] = _part(form, "required", required, NEED_COLUMNS[:3])
        optional = _("**Bila perlu** · setiap baris dengan syaratnya")
        new["optional"] = _part(form, "optional", optional, NEED_COLUMNS)
        new["alarms"] = _alarms(form)
        new |= _search_words(form) | _links(form)
        hint = _("Detik; kosong: seperti instansi unitnya, atau seperti kota.")
        new["welfare_s"] = form.maybe("welfare_s", _("Jarak kabar regu (dtk)"), 60, hint=hint)
        form.place("welfare_s")
        new["note"] = form.text("note", _("Catatan untuk petugas"), limit=300) or None
        pressed = form.submit()
    if pressed and actor is not None:
        save(opened, actor, lambda: new, form.refuse)


def _identity(form: Form) -> Row:
    one, two, three, four = st.columns([2, 4, 2, 3])
    with one:
        code = form.text("code", _("Kode"), limit=40, fixed=True)
    with two:
        label = form.text("label", _("Nama kejadian"))
    with three:
        domain = form.choice("domain", _("Matra"), [d.value for d in Domain], domain_label)
    with four:
        priority = form.choice(
            "priority", _("Prioritas"), list(PRIORITIES), lambda n: f"{n} {_(PRIORITIES[n])}", default=2
        )
    lead = form.choice("lead", _("Instansi pemimpin"), list(parts.here().pack.agencies), agency_label)
    return {"code": code, "label": label, "domain": domain or "", "priority": priority, "lead": lead or ""}


def _search_words(form: Form) -> Row:
    text = st.text_input(
        _("Kata cari, dipisah koma"),
        ", ".join(form.row.get("search", ())),
        key=form.opened.key("search"),
        disabled=form.off,
    )
    form.place("search")
    return {"search": [word.strip() for word in text.split(",") if word.strip()]}


def _links(form: Form) -> Row:
    one, two, three = st.columns([3, 5, 2], vertical_alignment="bottom")
    with one:
        sar_class = form.choice(
            "sar_class",
            _("Jenis operasi SAR"),
            [None, *(kind.value for kind in SarClass)],
            lambda code: _(SarClass(code).label) if code else _("bukan operasi SAR"),
        )
    with two:
        linked_sop = form.choice(
            "linked_sop",
            _("SOP terkait"),
            [None, *parts.here().pack.related_sops],
            lambda name: name or _("tidak ada"),
        )
    with three:
        hint = _("Kasus jenis ini diberi klasifikasi keamanan yang lebih tinggi.")
        sensitive = form.tick("sensitive", _("Sensitif"), False, hint=hint)
    return {"sar_class": sar_class, "linked_sop": linked_sop, "sensitive": sensitive}


def _capability(code: object) -> str:
    return capability_name(str(code))


def _part(form: Form, part: str, title: str, columns: Sequence[str]) -> list[Row]:
    """Draw the needs under `required` or `optional`."""
    st.markdown(title)
    rows = _needs(form, part, form.row.get(part, ()), columns)
    form.place(part)
    return rows


def _alarms(form: Form) -> list[list[Row]]:
    """Draw what each alarm level adds, and an empty table for the next one; a last empty one is no level."""
    stored: Sequence[Sequence[Mapping[str, Any]]] = form.row.get("alarms", ())
    levels = []
    for level, rows in enumerate([*stored, ()], start=2):
        title = _("**Alarm {level}** · ditambahkan pada tingkat sebelumnya")
        if level > len(stored) + 1:
            title = _("**Alarm {level}** · belum ada; isi untuk menambah tingkat")
        st.markdown(title.format(level=level))
        levels.append(_needs(form, f"alarm-{level}", rows, NEED_COLUMNS[:3]))
    form.place("alarms")
    while levels and not levels[-1]:
        levels.pop()
    return levels


def _needs(form: Form, name: str, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> list[Row]:
    """Draw needs as a table to which rows can be added."""
    pack = parts.here().pack
    table = pd.DataFrame([{name: need[name] for name in columns} for need in rows], columns=list(columns))
    table = table.astype({"count": "Int64"} | {name: "object" for name in columns if name != "count"})
    edited: pd.DataFrame = st.data_editor(
        table,
        key=form.opened.key(name),
        num_rows="dynamic",
        hide_index=True,
        disabled=form.off,
        placeholder="–",
        column_config={
            "agency": st.column_config.SelectboxColumn(
                _("Instansi"),
                options=list(pack.agencies),
                format_func=agency_label,
                required=True,
                width="medium",
            ),
            "capability": st.column_config.SelectboxColumn(
                _("Kemampuan"),
                options=sorted(pack.capabilities, key=_capability),
                format_func=_capability,
            ),
            "count": st.column_config.NumberColumn(
                _("Jumlah"), min_value=1, step=1, default=1, width="small"
            ),
            "condition": st.column_config.TextColumn(_("Syarat: kapan diperlukan"), width="medium"),
        },
    )
    return need_rows(edited)


def need_rows(table: pd.DataFrame) -> list[Row]:
    """Return the needs as rows of the registry: empty cells are None, no number means one."""
    return [
        {
            "agency": _cell(need.get("agency")) or "",
            "capability": _cell(need.get("capability")),
            "count": int(need["count"]) if not pd.isna(need["count"]) else 1,
            "condition": _cell(need.get("condition")),
        }
        for need in table.to_dict("records")
    ]


def _cell(value: Any) -> str | None:
    return None if pd.isna(value) else str(value).strip() or None
