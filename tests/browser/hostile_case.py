"""A case whose every text attacks, for a server that is not running yet (SIGAP_VAR, SIGAP_DEMO say which).

Writes `hostile.json` beside the data: the case's id and the token of a phone of its first unit.
"""

import json
from datetime import UTC, datetime, timedelta

from builders import a_photo
from open_cases import AT_SEA, coordinated, recommended, sent

from domain.case import Actor, Incident
from domain.words import CallClass, Channel, Domain, Role
from services import alarms, assignment, devices, handling, intake, places, registry
from services.assignment import Progress
from services.center import Center, Settings, close_center, open_center
from services.change import CaseRef
from services.intake import Report

SHORT = '"><img src=/pwned onerror=pwned=1><script>pwned=1</script>${pwned=1}{{7*7}}:red[q]$x$'
LONG = (
    f"{SHORT} ' ; pwned=1; // `+(pwned=1)+` {{% raw %}} <svg onload=pwned=1> <iframe srcdoc='<script>'>\n"
    "# judul\n![x](http://evil.example/a.png) [klik](javascript:pwned=1) <a href='javascript:pwned=1'>a</a> "
    "<b style='background:url(http://evil.example/b)'>b</b> </script>"
    "<script>pwned=1</script> \\'); pwned=1; //"
)
ADMIN, CALLER = Actor(SHORT, Role.ADMIN), Actor(SHORT, Role.CALL_TAKER)
DISPATCHER, OFFICER = Actor(SHORT, Role.DISPATCHER), Actor(SHORT, Role.DUTY_OFFICER)
FIELD = Actor(SHORT, Role.FIELD_OFFICER)


def main() -> None:
    """Fill the database that the environment names."""
    center = open_center(Settings.from_environment())
    try:
        case_id, token = fill(center, datetime.now(UTC))
    finally:
        close_center()
    told = {"case_id": case_id, "token": token}
    (center.settings.var_dir / "hostile.json").write_text(json.dumps(told), encoding="utf-8")


def fill(center: Center, now: datetime) -> tuple[str, str]:
    """Make the registry's names, the case, its files, alarms and a device; return case id and token."""
    for entry in registry.entries(center, "station"):
        row = {**entry.row, "name": SHORT, "address": SHORT, "source": SHORT}
        registry.put(center, now, ADMIN, "station", row, entry.version)
    for entry in registry.entries(center, "incident_type"):
        registry.put(center, now, ADMIN, "incident_type", {**entry.row, "label": SHORT}, entry.version)

    began = now - timedelta(minutes=9)
    case = intake.open_call(center, began, CALLER, Channel.CALL_112)
    ref = CaseRef(case.case_id)
    report = Report(
        LONG,
        "081200000789",
        reporter_name=SHORT,
        incident=Incident(type_code="S-MOB", domain=Domain.SEA, victims_unknown=True),
        location=places.place_at(center, AT_SEA, SHORT),
    )
    intake.record_report(center, began, CALLER, ref, report)
    intake.propose_class(center, began, CALLER, ref, CallClass.NORMAL)
    case = intake.classify(center, began, DISPATCHER, ref, CallClass.NORMAL)
    case = coordinated(center, case)
    unit = recommended(center, case)[0]
    case = sent(center, case, unit, progress=(Progress.DEPART, Progress.ARRIVE))
    assignment.name_commander(center, now, OFFICER, ref, SHORT)
    handling.add_sitrep(center, now, FIELD, ref, LONG[:900], unit)
    handling.attach(center, now, FIELD, ref, f"{SHORT}.jpg", a_photo(SHORT))
    idle = next(code for code, one in sorted(registry.units(center).items()) if code != unit)
    registry.set_service(center, now, OFFICER, idle, SHORT)
    made = devices.make(center, now, ADMIN, unit, SHORT[: devices.LONGEST_LABEL])
    devices.make(center, now, ADMIN, idle, SHORT[: devices.LONGEST_LABEL])
    alarms.raise_due(center, now)
    return case.case_id, made.token


if __name__ == "__main__":
    main()
