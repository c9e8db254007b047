"""Asks whether any pinned package has a known vulnerability: pip-audit and npm audit, for 30 seconds at most.

`make audit`. Fails for one that is not in tools/audit-allowed.txt with a reason. Where the service that knows
them cannot be asked, it says so plainly, lists what is pinned, and does not fail: silence is no clean bill.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

ROOT = Path(__file__).resolve().parents[1]
ALLOWED = Path(__file__).with_name("audit-allowed.txt")
PINS = ("requirements-dev.txt", "requirements-spark.txt", "requirements-bench.txt", "requirements-audit.txt")
LONGEST_S = 30.0


class NotAsked(Exception):
    """The service could not be asked; the reason."""


@dataclass(frozen=True)
class Finding:
    """One known vulnerability of one pinned package; `ids`: every name that it is known by."""

    package: str
    ids: tuple[str, ...]
    mended_in: str


@dataclass(frozen=True)
class Answer:
    """What a service said: how many packages it knows, those that it does not, and what it found."""

    known: int
    unknown: tuple[str, ...]
    findings: tuple[Finding, ...]


def of_pip(text: str) -> Answer:
    """Read `pip-audit -f json`. Raises NotAsked for what is no answer or knows none of the packages."""
    try:
        lines = json.loads(text)["dependencies"]
    except (ValueError, KeyError, TypeError):
        raise NotAsked("no answer") from None
    known = [line for line in lines if "skip_reason" not in line]
    if not known:
        raise NotAsked("the index does not tell of vulnerabilities")
    findings = [
        Finding(
            f"{line['name']} {line['version']}",
            (one["id"], *one.get("aliases", ())),
            ", ".join(one["fix_versions"]) or "nothing yet",
        )
        for line in known
        for one in line["vulns"]
    ]
    return Answer(len(known), tuple(x["name"] for x in lines if "skip_reason" in x), tuple(findings))


def of_npm(text: str) -> Answer:
    """Read `npm audit --json`. Raises NotAsked for what is no answer."""
    try:
        told = json.loads(text)
        lines, known = told["vulnerabilities"], told["metadata"]["dependencies"]["total"]
    except (ValueError, KeyError, TypeError):
        raise NotAsked("no answer") from None
    findings = [
        Finding(name, (one["url"].rpartition("/")[2],), "see " + one["url"])
        for name, line in lines.items()
        for one in line["via"]
        if isinstance(one, dict)
    ]
    return Answer(known, (), tuple(findings))


def allowed(text: str) -> dict[str, str]:
    """Return identifier → reason. Raises ValueError for a line without a reason."""
    found = {}
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            name, _, reason = line.strip().partition(" ")
            if not reason.strip():
                raise ValueError(f"{ALLOWED.name}: {name} needs a reason")
            found[name] = reason.strip()
    return found


def open_findings(answer: Answer, let_pass: dict[str, str]) -> list[Finding]:
    """Return what is found and not allowed, under any of its names."""
    return [one for one in answer.findings if not let_pass.keys() & set(one.ids)]


def pinned() -> list[str]:
    """Return every pinned package `name==version`, each once."""
    files = ["requirements.txt", *PINS]
    lines = {
        line.strip()
        for file in files
        if (ROOT / file).exists()
        for line in (ROOT / file).read_text().splitlines()
    }
    return sorted((line for line in lines if re.match(r"^[A-Za-z0-9]", line)), key=str.lower)


def _one_version_each(pins: Sequence[str]) -> list[Path]:
    """Write the pins into files, no package twice in one: Spark's environment has versions of its own."""
    parts: list[dict[str, str]] = []
    for pin in pins:
        name = re.sub(r"[-_.]+", "-", pin.partition("==")[0]).lower()
        part = next((one for one in parts if name not in one), None)
        if part is None:
            parts.append(part := {})
        part[name] = pin
    folder = ROOT / ".venv-audit"
    folder.mkdir(exist_ok=True)
    files = [folder / f"pins-{n}.txt" for n in range(len(parts))]
    for file, part in zip(files, parts, strict=True):
        file.write_text("\n".join(part.values()) + "\n")
    return files


def _told(text: str) -> str:
    """Return the last line of what a tool said, without addresses: they may name the registry."""
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return re.sub(r"(https?://|host=')[^\s')]+", "…", lines[-1])[:160] if lines else "silence"


def main(pip_audit: str, npm: str) -> int:
    """Ask both at once; print; return 1 for a vulnerability that is not allowed."""
    let_pass = allowed(ALLOWED.read_text())
    files = [part for file in _one_version_each(pinned()) for part in ("-r", str(file))]
    asked = {
        "Python": (
            [pip_audit, *files, "--no-deps", "--disable-pip", "-f", "json", "--timeout", "5"],
            of_pip,
        ),
        "npm": ([npm, "audit", "--package-lock-only", "--json"], of_npm),
    }
    began, bad, unasked = monotonic(), False, False
    running = {name: _start(command) for name, (command, _) in asked.items()}
    for name, (_, read) in asked.items():
        try:
            text = _wait(running[name], began)
            answer = read(text)
        except NotAsked as reason:
            unasked = True
            print(f"{name}: NOT AUDITED, the vulnerability service could not be asked ({reason}).")
            continue
        found = open_findings(answer, let_pass)
        missing = f"; unknown to the service: {', '.join(answer.unknown)}" if answer.unknown else ""
        print(f"{name}: {answer.known} packages asked about, {len(found)} open vulnerabilities{missing}.")
        for one in found:
            bad = True
            print(f"  {one.package}: {' = '.join(one.ids)}; mended in {one.mended_in}")
    if unasked:
        print("Pinned (npm: package-lock.json):\n  " + ", ".join(pinned()))
    return 1 if bad else 0


def _start(command: Sequence[str]) -> "subprocess.Popen[str] | None":
    env = {**os.environ, "PATH": f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    try:
        return subprocess.Popen(
            command, cwd=ROOT, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
    except OSError:
        return None


def _wait(process: "subprocess.Popen[str] | None", began: float) -> str:
    """Return what a tool printed. Raises NotAsked when it is not there, takes too long, or says nothing."""
    if process is None:
        raise NotAsked("the tool is not installed")
    try:
        out, said = process.communicate(timeout=max(1.0, LONGEST_S - (monotonic() - began)))
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise NotAsked(f"no answer within {LONGEST_S:.0f} s") from None
    if not out.strip():
        raise NotAsked(_told(said))
    return out


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
