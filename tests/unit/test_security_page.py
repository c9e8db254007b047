"""docs/security.md: each requirement of ASVS 5.0.0 levels 1 and 2 once, honestly counted, every file real."""

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (\d+\.\d+\.\d+) \| ([12]) \| (.+?) \| (\S+) \| (.*) \|$", PAGE, re.MULTILINE)
BY_CHAPTER = {1: 27, 2: 11, 3: 19, 4: 10, 5: 9, 6: 35, 7: 18, 8: 7, 9: 7, 10: 29, 11: 14}
BY_CHAPTER |= {12: 9, 13: 13, 14: 9, 15: 13, 16: 16, 17: 7}
"""Requirements of levels 1 and 2 a chapter (OWASP, ASVS 5.0.0): 253."""
FILE = re.compile(r"`((?:[a-z_.]+/)+[\w.-]+\.(?:py|md|toml|css|js|txt|json))`")


def test_every_requirement_is_there_once() -> None:
    ids = [row[0] for row in ROWS]
    assert len(ids) == len(set(ids)) == 253
    assert Counter(int(one.partition(".")[0]) for one in ids) == BY_CHAPTER


def test_each_says_where_or_why_and_the_sum_is_right() -> None:
    found = Counter(row[3] for row in ROWS)
    assert set(found) == {"met", "partly", "open", "n/a"}
    assert all(where.strip() for *_, where in ROWS)
    told = re.search(r"^(\d+) met, (\d+) partly, (\d+) open, (\d+) not applicable\.$", PAGE, re.MULTILINE)
    assert told is not None
    assert [int(n) for n in told.groups()] == [found[name] for name in ("met", "partly", "open", "n/a")]


def test_every_file_that_it_names_is_there() -> None:
    named = set(FILE.findall(PAGE))
    assert len(named) > 60
    assert sorted(name for name in named if not (ROOT / name).exists()) == []
