"""Verify an exported trail of Sigap with nothing but Python: `python3 verify_trail.py export.jsonl`.

Written from decision 0017 alone, for whoever wants to trust no program of the command center. Ends with 1 and
the number of the first broken event, or with 0.
"""

import hashlib
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NAMES = ("actor", "account", "on_behalf_of", "role", "entity", "entity_id", "action")


def microseconds(text):
    """Return a time as microseconds since 1970."""
    since = datetime.fromisoformat(text) - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def link(prev_hash, event):
    """Return the hash that an event must have."""
    fields = [
        str(event["seq"]),
        str(microseconds(event["occurred_at"])),
        str(microseconds(event["entered_at"])),
        *(event[name] for name in NAMES),
    ]
    parts = [field.encode() for field in fields] + [bytes.fromhex(event["digest"])]
    told = b"".join(str(len(part)).encode() + b":" + part + b"," for part in parts)
    return hashlib.sha256(prev_hash + told).digest()


def content(event):
    """Return the digest of what an event holds."""
    before, after = event["before"].encode(), event["after"].encode()
    whole = bytes.fromhex(event["salt"]) + len(before).to_bytes(8, "big") + before + after
    return hashlib.sha256(whole).hexdigest()


def erasures(events):
    """Return event -> (the newest event that erased it, the digest of what it holds since)."""
    found = {}
    for event in events:
        if (event["entity"], event["entity_id"]) == ("trail", "erasure"):
            told = json.loads(event["after"])
            for seq, digest in zip(told["seqs"], told["digests"], strict=True):
                found[seq] = (event["seq"], digest)
    return found


def fault(head, events):
    """Return what is wrong, and how many contents were erased after the end of the file."""
    genesis = hashlib.sha256(b"sigap.trail.v1").hexdigest()
    prev_hash = bytes.fromhex(genesis if head["from_seq"] == 1 else head["prev_hash"])
    erased, unproven = erasures(events), 0
    for seq, event in enumerate(events, start=head["from_seq"]):
        linked = event["seq"] == seq and bytes.fromhex(event["prev_hash"]) == prev_hash
        prev_hash = link(prev_hash, event)
        if not linked or prev_hash.hex() != event["hash"]:
            return f"broken at event {seq}", unproven
        if "salt" not in event or content(event) == event["digest"]:
            continue
        by, digest = erased.get(seq, (0, ""))
        if event.get("erased_by", 0) > head["to_seq"]:
            unproven += 1
        elif event["entity"] == "trail" or by <= seq or content(event) != digest:
            return f"content changed at event {seq}", unproven
    if head["from_seq"] + len(events) - 1 != head["to_seq"]:
        return f"broken at event {head['from_seq'] + len(events)}", unproven
    return None, unproven


def main(path):
    """Read a file and say what is wrong; None when it is whole."""
    with Path(path).open(encoding="utf-8") as file:
        head, *events = (json.loads(line) for line in file)
    found, unproven = fault(head, events)
    if unproven:
        print(f"{unproven} contents were erased after the end of this file; the proof is not in it")
    if found is None:
        print(f"whole: events {head['from_seq']} to {head['to_seq']}, newest hash {events[-1]['hash']}")
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
