"""A selection of cases as KML 2.2 (OGC 07-147r2), for Google Earth, QGIS and hand-held navigation.

A placemark a case, made from its record like the other files (`export.files`): the same columns as typed
extended data, the time of the call as its time stamp, a colour for land, sea and air. No picture, link or
style lies outside the file. Coordinates are WGS 84 (EPSG:4326), longitude first, without height; a case
without coordinates is a placemark without a point.
"""

from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

from domain.words import Domain
from export.files import COLUMNS, flat_row
from export.record import Record
from export.redact import plain

NAMESPACE = "http://www.opengis.net/kml/2.2"
SCHEMA_ID = "kasus"

_KINDS = {"string": "string", "Int64": "int", "Float64": "double", "datetime64[us, UTC]": "string"}
"""KML knows no field of time: times stay RFC 3339 texts."""

_COLOURS = {Domain.LAND.value: "ff2a5fd3", Domain.SEA.value: "ffb3701c", Domain.AIR.value: "ff8a3d7b"}
"""Opaque, as KML writes colours: alpha, blue, green, red."""
_NO_DOMAIN, _GREY = "tanpa-matra", "ff707070"


def to_kml(records: Sequence[Record]) -> bytes:
    """Return the cases as a KML document, UTF-8; the same selection gives the same bytes.

    A case's name is its register number, else its id; its domain is written out beside the colour.
    """
    root = ElementTree.Element("kml", xmlns=NAMESPACE)
    document = ElementTree.SubElement(root, "Document")
    _text(document, "name", "Kasus")
    for domain, colour in (*_COLOURS.items(), (_NO_DOMAIN, _GREY)):
        _style(document, domain, colour)
    fields = ElementTree.SubElement(document, "Schema", name=SCHEMA_ID, id=SCHEMA_ID)
    for name, kind in COLUMNS.items():
        ElementTree.SubElement(fields, "SimpleField", type=_KINDS[kind], name=name)
    # In a folder, because GDAL makes a layer of it also when it is empty.
    folder = ElementTree.SubElement(document, "Folder")
    _text(folder, "name", SCHEMA_ID)
    for record in records:
        _placemark(folder, flat_row(record))
    content: bytes = ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return content


def _style(document: ElementTree.Element, domain: str, colour: str) -> None:
    style = ElementTree.SubElement(document, "Style", id=domain)
    icon = ElementTree.SubElement(style, "IconStyle")
    _text(icon, "color", colour)
    label = ElementTree.SubElement(style, "LabelStyle")
    _text(label, "color", colour)


def _placemark(folder: ElementTree.Element, row: dict[str, Any]) -> None:
    """Add one case; the order of the elements is that of the KML schema."""
    placemark = ElementTree.SubElement(folder, "Placemark", id=f"_{row['record_id']}_r{row['revision']}")
    _text(placemark, "name", row["register_no"] or row["record_id"])
    _text(placemark, "description", _description(row))
    stamp = ElementTree.SubElement(placemark, "TimeStamp")
    _text(stamp, "when", row["received_at"])
    _text(placemark, "styleUrl", f"#{row['domain'] or _NO_DOMAIN}")
    extended = ElementTree.SubElement(placemark, "ExtendedData")
    data = ElementTree.SubElement(extended, "SchemaData", schemaUrl=f"#{SCHEMA_ID}")
    for name, value in row.items():
        if value is not None:
            ElementTree.SubElement(data, "SimpleData", name=name).text = _visible(value)
    if row["lon"] is not None and row["lat"] is not None:
        point = ElementTree.SubElement(placemark, "Point")
        _text(point, "coordinates", f"{row['lon']},{row['lat']}")


def _description(row: dict[str, Any]) -> str:
    domain = Domain(row["domain"]).label if row["domain"] else "Matra belum diketahui"
    return " · ".join(str(part) for part in (row["type_code"], domain, row["received_at"]) if part)


def _text(parent: ElementTree.Element, tag: str, text: Any) -> None:
    ElementTree.SubElement(parent, tag).text = _visible(text)


def _visible(value: Any) -> str:
    """Return a value as text that XML can carry: control characters are not allowed even when escaped."""
    return plain(value) if isinstance(value, str) else str(value)
