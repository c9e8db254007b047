"""What the audit makes of the answers of pip-audit and npm audit."""

import json

import pytest

from tools.audit import Answer, NotAsked, allowed, of_npm, of_pip, open_findings, pinned

VULNERABLE = {
    "name": "jinja2",
    "version": "2.4.1",
    "vulns": [
        {"id": "PYSEC-2014-8", "fix_versions": ["2.7.2"], "aliases": ["CVE-2014-1402"], "description": "x"}
    ],
}
CLEAN = {"name": "idna", "version": "3.20", "vulns": []}
SKIPPED = {"name": "sigap", "skip_reason": "Dependency not found on PyPI"}


def pip(*lines: object) -> Answer:
    return of_pip(json.dumps({"dependencies": lines, "fixes": []}))


def test_a_vulnerability_is_found_with_its_remedy_and_what_is_unknown_is_named() -> None:
    answer = pip(VULNERABLE, CLEAN, SKIPPED)
    assert (answer.known, answer.unknown) == (2, ("sigap",))
    (found,) = open_findings(answer, {})
    assert (found.package, found.ids, found.mended_in) == (
        "jinja2 2.4.1",
        ("PYSEC-2014-8", "CVE-2014-1402"),
        "2.7.2",
    )


@pytest.mark.parametrize("name", ["PYSEC-2014-8", "CVE-2014-1402"])
def test_what_is_allowed_with_a_reason_passes_under_any_of_its_names(name: str) -> None:
    assert (
        open_findings(pip(VULNERABLE), allowed(f"# why\n\n{name}  no template of a stranger is used\n")) == []
    )


def test_an_allowance_needs_a_reason() -> None:
    with pytest.raises(ValueError, match="needs a reason"):
        allowed("CVE-2014-1402\n")


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", '{"dependencies": []}', json.dumps({"dependencies": [SKIPPED]})]
)
def test_an_index_that_knows_no_package_is_no_clean_bill(text: str) -> None:
    with pytest.raises(NotAsked):
        of_pip(text)


def test_npm_tells_of_the_package_that_is_vulnerable_itself() -> None:
    url = "https://github.com/advisories/GHSA-35jh-r3h4-6jhm"
    told = {
        "vulnerabilities": {
            "lodash": {"via": [{"url": url, "severity": "high"}]},
            "uses-lodash": {"via": ["lodash"]},
        },
        "metadata": {"dependencies": {"total": 9}},
    }
    answer = of_npm(json.dumps(told))
    assert (answer.known, [one.ids for one in answer.findings]) == (9, [("GHSA-35jh-r3h4-6jhm",)])
    with pytest.raises(NotAsked):
        of_npm('{"statusCode": 405, "error": {}}')


def test_every_package_that_is_installed_is_pinned() -> None:
    assert {"duckdb", "streamlit", "schemathesis"} <= {line.partition("==")[0] for line in pinned()}
    assert all("==" in line for line in pinned())
