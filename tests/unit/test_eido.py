"""The EIDO-mapped document: the names of NENA's published schema, every reference met, nothing invented.

The table of names below was read from NENA911/EIDO-JSON `Schema/openapi.yaml` (commit 7f62055).
"""

import json
from dataclasses import replace
from datetime import datetime
from xml.etree import ElementTree

import pytest
import strategies_records as world
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies_records import CONTEXT, PLANTED, PRIVATE, after

from domain.case import Handover, Location, Private
from export.eido import eido_bytes, to_eido, to_eido_list
from export.record import case_record

PROLOGUE = {"$id", "lastUpdateTimeStamp", "updatedByAgencyReference"}
OURS = {"$comment", "sigapMapping"}
NAMES = {
    "callComponent": {
        "direction", "localCallType", "callStartTimestamp", "answerDate", "locationReference",
        "notesReference",
    },
    "dispatchComponent": {"agencyReference", "emergencyResourceReference", "notesReference"},
    "emergencyResourceComponent": {
        "emergencyResourceName", "emergencyResourceTypeInternalText", "unitStatusInternal", "notesReference",
    },
    "agencyComponent": {"incidentOwningAgencyIndicator"},
    "locationComponent": {"locationByValue", "locationDescriptionText", "localIdentifier"},
    "notesComponent": {"notesActionComments"},
    "mergeComponent": {"incidentTrackingIdentifier", "incidentMergeDirectionCode"},
}  # fmt: skip
INCIDENT = {
    "incidentTypeInternalCode", "incidentStatusInternalText", "internalIncidentId",
    "incidentPriorityInternalText", "incidentCommonPriorityNumber", "dispositionComponent",
    "locationReference", "notesReference",
}  # fmt: skip
ROOT = {*NAMES, "incidentComponent", "eidoVersion", "issuingElementIdentification"}


def recorded(case, private=PRIVATE, profile="minimal"):
    return case_record(case, private, CONTEXT, sent_at=after(200), profile=profile)


def mapped(case, private=PRIVATE, profile="minimal"):
    return to_eido(recorded(case, private, profile))


def components(document):
    """Every data component of a document, the whole one first."""
    yield document
    yield document["incidentComponent"]
    yield from document["incidentComponent"].get("dispositionComponent", ())
    for name in NAMES:
        yield from document.get(name, ())


def references(value):
    if isinstance(value, dict):
        if set(value) == {"$ref"}:
            yield value["$ref"]
        for part in value.values():
            yield from references(part)
    elif isinstance(value, list):
        for part in value:
            yield from references(part)


def check(document):
    """What must hold of every document, whatever happened."""
    assert set(document) <= ROOT | PROLOGUE | OURS
    assert {"eidoVersion", "issuingElementIdentification", "agencyComponent"} <= set(document)
    assert document["eidoVersion"] == "1.0"
    assert set(document["incidentComponent"]) <= INCIDENT | PROLOGUE
    for name, allowed in NAMES.items():
        for part in document.get(name, ()):
            assert set(part) <= allowed | PROLOGUE, name
    found = list(components(document))
    for part in found:
        assert set(part) >= PROLOGUE
        assert datetime.fromisoformat(part["lastUpdateTimeStamp"]).tzinfo is not None
    ids = [part["$id"] for part in found]
    assert len(set(ids)) == len(ids)
    assert set(references(document)) <= set(ids)
    text = json.dumps(document)
    assert "null" not in text.replace(json.dumps(document["notesComponent"]), "")
    assert "RegistryText" not in text
    assert "RegistryCode" not in text


def notes(document):
    return {
        note["$id"].split("#note/")[1]: note["notesActionComments"] for note in document["notesComponent"]
    }


RESCUE = mapped(world.closed_rescue())


def test_the_document_says_that_it_is_mapped_and_from_what():
    assert RESCUE["$comment"].startswith("EIDO-mapped")
    assert "no conformance claimed" in RESCUE["$comment"]
    assert RESCUE["sigapMapping"] == {
        "schema": "tcc.case.v1",
        "record_id": recorded(world.closed_rescue())["record_id"],
        "revision": 1,
        "classification": "terbatas",
        "profile": "minimal",
    }


def test_the_incident_is_mapped_as_domain_md_says():
    record = recorded(world.closed_rescue())
    check(RESCUE)
    incident = RESCUE["incidentComponent"]
    assert RESCUE["$id"] == f"urn:uuid:{record['record_id']}"
    assert RESCUE["lastUpdateTimeStamp"] == record["sent_at"]
    assert incident["internalIncidentId"] == "2026/000123"
    assert incident["incidentTypeInternalCode"] == "S-MOB"
    assert incident["incidentStatusInternalText"] == ["closed"]
    assert incident["dispositionComponent"][0]["dispositionDescriptionText"] == "rescued"
    assert RESCUE["callComponent"][0]["callStartTimestamp"] == record["call"]["received_at"]
    assert "answerDate" not in RESCUE["callComponent"][0], "nobody recorded it"


@pytest.mark.parametrize(("ours", "common"), [(1, 10), (2, 7), (3, 4), (4, 1)])
def test_our_first_priority_is_their_highest_number(ours, common):
    case = world.closed_rescue()
    incident = mapped(replace(case, incident=replace(case.incident, priority=ours)))["incidentComponent"]
    assert incident["incidentCommonPriorityNumber"] == common
    assert incident["incidentPriorityInternalText"].startswith(str(ours))


def test_the_point_is_pidf_lo_with_latitude_first_and_its_accuracy():
    gml, shapes = "{http://www.opengis.net/gml}", "{http://www.opengis.net/pidflo/1.0}"
    (place,) = RESCUE["locationComponent"]
    root = ElementTree.fromstring(place["locationByValue"])
    assert root.tag == "{urn:ietf:params:xml:ns:pidf}presence"
    (circle,) = root.iter(f"{shapes}Circle")
    assert circle.get("srsName") == "urn:ogc:def:crs:EPSG::4326"
    assert circle.findtext(f"{gml}pos") == "3.300027 117.680013"
    assert circle.findtext(f"{shapes}radius") == "200.0"
    sharp = replace(world.closed_rescue(), location=Location(lon=117.5, lat=-3.25))
    (point,) = ElementTree.fromstring(mapped(sharp)["locationComponent"][0]["locationByValue"]).iter(
        f"{gml}Point"
    )
    assert point.findtext(f"{gml}pos") == "-3.25 117.5"


def test_a_place_that_nobody_knows_is_no_component():
    document = mapped(world.opened(), Private(""))
    check(document)
    assert "locationComponent" not in document
    assert "emergencyResourceComponent" not in document
    assert "internalIncidentId" not in document["incidentComponent"]


def test_agencies_dispatches_and_units_refer_to_each_other():
    record = recorded(world.closed_rescue())
    assert [agency["incidentOwningAgencyIndicator"] for agency in RESCUE["agencyComponent"]] == [
        True,
        False,
        False,
    ]
    units = {unit["$id"]: unit for unit in RESCUE["emergencyResourceComponent"]}
    assert [unit["emergencyResourceName"] for unit in units.values()] == ["SAR-RIB-02", "AMB-112-03"]
    sent = {
        dispatch["agencyReference"]["$ref"].rsplit(":", 1)[1]: [
            units[ref["$ref"]]["emergencyResourceName"] for ref in dispatch["emergencyResourceReference"]
        ]
        for dispatch in RESCUE["dispatchComponent"]
    }
    assert sent == {"SAR": ["SAR-RIB-02"], "MEDIS": ["AMB-112-03"]}
    first = next(iter(units.values()))
    assert first["unitStatusInternal"] == ["cleared"]
    assert first["lastUpdateTimeStamp"] == record["units"][0]["cleared_at"]


def test_a_unit_that_was_sent_twice_is_two_resources():
    case = world.closed_rescue()
    boat = case.assignments[0]
    again = replace(boat, dispatched_at=after(95), departed_at=None, arrived_at=None, cleared_at=None)
    document = mapped(replace(case, assignments=(*case.assignments, again)))
    check(document)
    names = [unit["emergencyResourceName"] for unit in document["emergencyResourceComponent"]]
    assert names.count("SAR-RIB-02") == 2
    assert document["emergencyResourceComponent"][-1]["unitStatusInternal"] == ["dispatched"]


def test_victims_steps_and_reports_are_notes():
    told = notes(RESCUE)
    assert "victims.total: 1" in told["victims"]
    assert "victims.dead: 0" in told["victims"]
    assert told["situation"] == "sitrep_count: 2"
    assert "elapsed_s: 90" in told["step/1"]
    assert "overrun_reason: sinyal radio hilang" in told["step/6"]
    assert "victims" not in notes(mapped(world.opened(), Private("")))


def test_a_note_is_html_whose_text_is_text():
    document = mapped(world.registered_rescue(), Private("<script>alert(1)</script> & asap", None, None))
    assert notes(document)["summary"] == "&lt;script&gt;alert(1)&lt;/script&gt; &amp; asap"


def test_a_merged_case_names_the_incident_that_replaces_it():
    primary = world.opened(no=7).case_id
    document = mapped(replace(world.verified_rescue(), merged_into=primary))
    check(document)
    (merge,) = document["mergeComponent"]
    assert merge["incidentTrackingIdentifier"] == f"urn:uuid:{primary}"
    assert merge["incidentMergeDirectionCode"] == "REPLACING"
    assert "mergeComponent" not in RESCUE


def test_a_handover_is_told_as_far_as_the_profile_goes():
    handover = Handover("SAR", "Surat dari Zulkarnaen no. 17/B", after(80), "perwira-satu")
    case = replace(world.registered_rescue(), handover=handover)
    assert "to: SAR" in notes(mapped(case))["handover"]
    assert "17/B" not in notes(mapped(case))["handover"]
    assert "ref: Surat dari ••• no. 17/B" in notes(mapped(case, profile="full"))["handover"]


def test_the_caller_cannot_be_followed():
    record = recorded(world.closed_rescue())
    content = eido_bytes(record)
    assert record["call"]["reporter_ref"].encode() not in content
    assert "•••678".encode() not in content
    assert b"petugas" not in content, "officers are people too"


def test_the_same_record_gives_the_same_bytes_and_many_make_a_list():
    records = [recorded(world.closed_rescue()), recorded(world.opened(no=9), Private(""))]
    assert eido_bytes(records[0]) == eido_bytes(records[0])
    assert json.loads(eido_bytes(records[0])) == to_eido(records[0])
    assert json.loads(to_eido_list(records)) == [to_eido(record) for record in records]
    assert to_eido_list([]) == b"[]"


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(world.cases(), st.sampled_from(("minimal", "full")))
def test_whatever_happened_the_document_holds_together_and_names_nobody(found, profile):
    case, private = found
    record = recorded(case, private, profile)
    document = json.loads(eido_bytes(record))
    check(document)
    assert len(document.get("emergencyResourceComponent", ())) == len(record["units"])
    assert ("locationByValue" in document.get("locationComponent", [{}])[0]) == (
        case.location.lon is not None
    )
    bare = world.letters_and_digits(eido_bytes(record).decode())
    assert not [word for word in PLANTED if word in bare]
