"""The guards of domain.md 1.4 told a second time, over a case's plain JSON, to check the rules against.

Written from the text of the procedure, not from `domain.guards`: a guard that both forget would have to
be forgotten twice. Every function returns the broken points; an empty list means that all is well.
"""

import json
from datetime import datetime
from typing import Any

from database.codec import to_json
from domain.case import Case

Plain = dict[str, Any]
CHANNELS = {"112", "panic_button", "radio", "walk_in", "whatsapp", "agency", "cctv"}
WITHOUT_REGISTER = {"prank", "ghost", "information"}
HANDLED = {"rescued", "evacuated", "found_dead", "not_found", "no_action", "handed_over"}
CALLED_OFF = {"cancelled", "false_report"}
STEPS_BEHIND = {
    "received": 0,
    "classified": 0,
    "verified": 3,
    "coordinated": 4,
    "responding": 4,
    "monitoring": 4,
    "updating": 6,
    "registered": 7,
}


def plain(case: Case) -> Plain:
    """Return the case as plain JSON values."""
    return json.loads(to_json(case))


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _said(text: str | None) -> bool:
    return text is not None and text.strip() != ""


def guard_1(case: Plain) -> list[str]:
    call = case["call"]
    broken = []
    if call["channel"] not in CHANNELS or not call["received_at"]:
        broken.append("1: channel and time of the report")
    if not (_said(call["reporter_phone_masked"]) or _said(call["no_number_reason"])):
        broken.append("1: number or reason")
    return broken


def guard_2(case: Plain) -> list[str]:
    call = case["call"]
    broken = []
    if call["call_class"] is None or not _said(call["decided_by"]) or call["decided_at"] is None:
        broken.append("2: class, decider, time")
    if call["call_class"] == "prank" and (
        call["proposed_class"] != "prank" or call["proposed_by"] in (None, call["decided_by"])
    ):
        broken.append("2: prank confirmed by a second person")
    return broken


def guard_3(case: Plain, forward_to: tuple[str, ...]) -> list[str]:
    call, incident, place = case["call"], case["incident"], case["location"]
    broken = []
    if not call["reporter_named"] and not _said(call["anonymous_reason"]):
        broken.append("3: reporter or reason")
    if incident["type_code"] is None or incident["domain"] not in ("land", "sea", "air"):
        broken.append("3: type and domain")
    on_map = place["lon"] is not None and place["lat"] is not None
    area = any(_said(place[name]) for name in ("adm_code", "water_area", "jurisdiction"))
    in_words = _said(place["place_text"]) and area
    if not (on_map or in_words):
        broken.append("3: place")
    if incident["victims_estimate"] is None and incident["victims_unknown"] is not True:
        broken.append("3: victims")
    if incident["priority"] not in (1, 2, 3, 4):
        broken.append("3: priority")
    told = [line["agency"] for line in case["forwardings"] if line["at"]]
    broken.extend(f"3: officer of {code} told" for code in forward_to if code not in told)
    return broken


def guard_4(case: Plain) -> list[str]:
    required = [line for line in case["agencies"] if line["required"]]
    broken = [] if required else ["4: required agencies known"]
    for line in required:
        answered = line["notified_at"] and line["method"] and line["result"]
        explained = line["result"] == "acknowledged" or _said(line["note"])
        if not _said(line["waived_reason"]) and not (answered and explained):
            broken.append(f"4: {line['code']} told and answered")
    return broken


def guard_5(case: Plain) -> list[str]:
    sent = [
        unit
        for unit in case["assignments"]
        if _said(unit["proposed_by"])
        and _said(unit["approved_by"])
        and unit["approved_at"]
        and unit["dispatched_at"]
        and unit["departed_at"]
    ]
    broken = [] if sent else ["5: a unit proposed, approved, dispatched and departed"]
    if not _said(case["on_scene_commander"]):
        broken.append("5: commander")
    return broken


def guard_6(case: Plain, end: datetime, interval_s: int) -> list[str]:
    units, reasons = case["assignments"], case["reasons"]
    broken = []
    arrived = any(unit["arrived_at"] for unit in units)
    if not arrived and case["handover"] is None and not _said(reasons["no_arrival"]):
        broken.append("6: arrival or reason")
    began = case["steps"][5]["started_at"]
    if began is None:
        broken.append("6: began")
    else:
        spoke = [_time(began), end]
        spoke += [_time(r["at"]) for r in case["sitreps"] if _time(began) <= _time(r["at"]) <= end]
        spoke.sort()
        silent = any(
            (b - a).total_seconds() >= interval_s + 1 for a, b in zip(spoke, spoke[1:], strict=False)
        )
        if silent and not _said(reasons["late_sitrep"]):
            broken.append("6: reports without a long silence, or reason")
    if not case["attachments"] and not _said(reasons["no_documentation"]):
        broken.append("6: documentation or reason")
    if any(unit["cleared_at"] is None and unit["withdrawn_at"] is None for unit in units):
        broken.append("6: every unit done")
    return broken


def guard_7(case: Plain) -> list[str]:
    victims, broken = case["victims"], []
    if not _said(case["current_condition"]):
        broken.append("7: current condition")
    if case["outcome"] not in HANDLED | CALLED_OFF:
        broken.append("7: outcome")
    if victims is None:
        return [*broken, "7: victims"]
    injured = victims["injured_minor"] + victims["injured_severe"]
    if victims["total"] - victims["safe"] - injured - victims["dead"] - victims["missing"] != 0:
        broken.append("7: victims reconcile")
    if injured and not _said(case["casualty_destination"]):
        broken.append("7: destination")
    return broken


def guard_8(case: Plain) -> list[str]:
    delivery, broken = case["delivery"], []
    if not _said(case["register_no"]):
        broken.append("8: register number")
    if case["form_printed_at"] is None:
        broken.append("8: form printed")
    if delivery is None or delivery["revision"] != case["revision"]:
        broken.append("8: file of this revision")
    return broken


def guard_9(case: Plain) -> list[str]:
    delivery, broken = case["delivery"] or {}, []
    if not (_said(delivery.get("receipt_id")) or _said(delivery.get("override_reason"))):
        broken.append("9: receipt or override")
    if not _said(case["archive_location"]):
        broken.append("9: archive")
    if not _said(case["signed_off_by"]):
        broken.append("9: sign-off")
    return broken


def evidence(case: Plain, step: int) -> list[datetime]:
    """Return the times of what a step's guard rests on: none may lie after the step's end."""
    if step == 2:
        found = [case["call"]["decided_at"]]
    elif step == 3:
        found = [line["at"] for line in case["forwardings"]]
    elif step == 4:
        lines = [line for line in case["agencies"] if line["required"] and not _said(line["waived_reason"])]
        found = [at for line in lines for at in (line["notified_at"], line["acknowledged_at"])]
    elif step == 6:
        names = ("departed_at", "arrived_at", "cleared_at", "withdrawn_at")
        found = [unit[name] for unit in case["assignments"] for name in names]
    elif step == 8:
        found = [case["form_printed_at"], case["delivery"] and case["delivery"]["written_at"]]
    elif step == 9:
        found = [case["delivery"] and case["delivery"]["receipt_at"]]
    else:
        found = []
    return [_time(at) for at in found if at]


def passed(old: Plain | None, new: Plain, forward_to: tuple[str, ...], interval_s: int) -> list[str]:
    """Return the broken guards of the steps that this change completed."""
    guards = {
        1: lambda: guard_1(new),
        2: lambda: guard_2(new),
        3: lambda: [*guard_1(new), *guard_2(new), *guard_3(new, forward_to)],
        4: lambda: guard_4(new),
        5: lambda: guard_5(new),
        6: lambda: guard_6(new, _time(new["steps"][5]["finished_at"]), interval_s),
        7: lambda: guard_7(new),
        8: lambda: guard_8(new),
        9: lambda: guard_9(new),
    }
    broken = []
    for index, step in enumerate(new["steps"]):
        if step["state"] == "done" and (old is None or old["steps"][index]["state"] != "done"):
            broken += guards[step["no"]]()
            ended = _time(step["finished_at"])
            if any(at > ended for at in evidence(new, step["no"])):
                broken.append(f"{step['no']}: finished before what it rests on had happened")
    broken += entered(old, new) if old is None or old["status"] != new["status"] else []
    return broken


def entered(old: Plain | None, new: Plain) -> list[str]:
    """Return what is wrong with the status that this change entered."""
    was, now, broken = old["status"] if old else None, new["status"], []
    normal = new["call"]["call_class"] == "normal"
    if now == "received":
        return [] if was is None else ["a case is received once"]
    if now == "classified":
        broken += guard_2(new)
        if was == "closed" and not (set(new["call"]["previous_classes"]) & WITHOUT_REGISTER):
            broken.append("reclassified without keeping the old class")
    elif now == "closed" and not normal:
        call = new["call"]
        broken += guard_1(new) + guard_2(new)
        if was != "classified" or call["call_class"] not in WITHOUT_REGISTER:
            broken.append("closed without class")
        if not _said(call["closing_note"]) or new["outcome"] != call["call_class"]:
            broken.append("closed without note or outcome")
        if call["call_class"] == "ghost" and not call["callback_attempts"]:
            broken.append("ghost closed without a call-back")
    elif now == "closed":
        broken += guard_8(new) + guard_9(new) + ([] if was == "registered" else [f"{was} to closed"])
    elif now != "merged" and not normal:
        broken.append(f"{now} without a normal call")
    if now == "responding" and not any(unit["dispatched_at"] for unit in new["assignments"]):
        broken.append("responding without a unit sent")
    if (
        now == "monitoring"
        and was != "closed"
        and not any(unit["departed_at"] for unit in new["assignments"])
    ):
        broken.append("monitoring without a unit on the way")
    if now in ("updating", "registered") and new["outcome"] not in CALLED_OFF:
        straight = {"updating": "monitoring", "registered": "updating"}
        broken += [] if was == straight[now] else [f"{was} to {now}"]
    return broken


def standing(case: Plain) -> list[str]:
    """Return what is wrong with a case as it stands, whatever led there."""
    broken = []
    received = _time(case["call"]["received_at"])
    closing_class = case["call"]["call_class"] in WITHOUT_REGISTER
    behind = 9 if case["status"] in ("closed", "merged") else STEPS_BEHIND[case["status"]]
    for step in case["steps"]:
        began, ended = step["started_at"], step["finished_at"]
        if began and _time(began) < received:
            broken.append(f"step {step['no']} began before the call")
        if ended and (not began or _time(ended) < _time(began)):
            broken.append(f"step {step['no']} ended before it began")
        if (step["state"] == "done") != (ended is not None):
            broken.append(f"step {step['no']} done without its time")
        if step["state"] == "skipped" and not _said(step["skip_reason"]):
            broken.append(f"step {step['no']} skipped without a reason")
        if step["no"] <= behind and step["state"] not in ("done", "skipped"):
            broken.append(f"step {step['no']} is {step['state']} in a case that is {case['status']}")
    broken += _strict(case)
    for unit in case["assignments"]:
        names = ("proposed_at", "dispatched_at", "departed_at", "arrived_at", "cleared_at", "withdrawn_at")
        stamps = [_time(unit[name]) for name in names if unit[name]]
        if stamps != sorted(stamps) or unit["approved_at"] != unit["dispatched_at"]:
            broken.append(f"{unit['unit_code']} goes back in time")
        if unit["arrived_at"] and not unit["departed_at"]:
            broken.append(f"{unit['unit_code']} arrived without departing")
    active = [
        u["unit_code"] for u in case["assignments"] if u["cleared_at"] is None and u["withdrawn_at"] is None
    ]
    if len(active) != len(set(active)):
        broken.append("a unit is in the case twice")
    if active and case["status"] in ("updating", "registered", "closed", "merged"):
        broken.append(f"{case['status']} with units still at work")
    codes = [line["code"] for line in case["agencies"]]
    if len(codes) != len(set(codes)):
        broken.append("an agency is on the list twice")
    if closing_class and (case["register_no"] is not None or active):
        broken.append("register number or units without a normal call")
    if case["status"] in ("registered", "closed") and not closing_class and not _said(case["register_no"]):
        broken.append("no register number")
    return broken


def _strict(case: Plain) -> list[str]:
    """7 → 8 → 9 and 2 → 5 are strictly serial."""
    broken, steps = [], case["steps"]
    for first, second in ((7, 8), (8, 9)):
        a, b = steps[first - 1], steps[second - 1]
        if b["started_at"] and a["finished_at"] and _time(b["started_at"]) < _time(a["finished_at"]):
            broken.append(f"step {second} began before step {first} ended")
        if b["started_at"] and a["state"] not in ("done", "skipped"):
            broken.append(f"step {second} began while step {first} is {a['state']}")
    if steps[4]["started_at"] and steps[1]["state"] != "done":
        broken.append("step 5 began before the class was decided")
    if any(unit["dispatched_at"] for unit in case["assignments"]) and case["call"]["call_class"] != "normal":
        broken.append("a unit was dispatched without a normal call")
    return broken


def lost(old: Plain, new: Plain) -> list[str]:
    """Return what a change took away that must stay."""
    broken = []
    for name in ("sitreps", "attachments", "forwardings"):
        if new[name][: len(old[name])] != old[name]:
            broken.append(f"{name} lost an entry")
    for name in ("previous_classes", "callback_attempts"):
        if new["call"][name][: len(old["call"][name])] != old["call"][name]:
            broken.append(f"{name} lost an entry")
    known = [(unit["unit_code"], unit["proposed_at"]) for unit in new["assignments"]]
    if known[: len(old["assignments"])] != [(u["unit_code"], u["proposed_at"]) for u in old["assignments"]]:
        broken.append("a unit was lost")
    if _time(new["status_at"]) < _time(old["status_at"]):
        broken.append("the status went back in time")
    if old["register_no"] is not None and new["register_no"] != old["register_no"]:
        broken.append("the register number changed")
    if new["call"]["received_at"] != old["call"]["received_at"]:
        broken.append("the time of the call changed")
    return broken
