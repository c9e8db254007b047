"""docs/operations.md does not rot: what it names is there, and its blocks are shell.

`make test-install` runs the blocks; this looks at them in a second.
"""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tools.install_test import Failed, blocks

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
DEPLOY = ROOT / "deploy"
BLOCKS = blocks(PAGE)


def code() -> str:
    folders = ("services", "api", "ui", "database")
    return "\n".join(file.read_text() for folder in folders for file in (ROOT / folder).glob("*.py"))


def test_every_block_is_marked_for_a_known_test_and_is_shell() -> None:
    assert {block.test for block in BLOCKS} == {"build", "server", "upgrade", "rollback", "laptop", ""}
    unmarked = [block for block in BLOCKS if not block.test]
    assert all("podman" in block.text for block in unmarked), "only the image cannot be made here"
    shell = shutil.which("bash")
    assert shell
    for block in BLOCKS:
        assert block.language == "sh"
        done = subprocess.run([shell, "-n"], input=block.text, text=True, capture_output=True, check=False)
        assert done.returncode == 0, f"operations.md:{block.line}: {done.stderr}"
    with pytest.raises(Failed):
        blocks("```sh tset=server\ntrue\n```\n")


def test_every_make_target_is_one() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    typed = [block.text for block in BLOCKS] + re.findall(r"`(make [^`]+)`", PAGE)
    named = {name for text in typed for name in re.findall(r"^make(?: -C \S+)? ([a-z][a-z-]*)", text, re.M)}
    assert {"bundle", "setup", "run", "test-install"} <= named
    assert named <= targets, named - targets


def test_every_module_that_is_run_can_be_run() -> None:
    named = set(re.findall(r"sigap-do ([a-z]+\.[a-z_]+)", PAGE))
    assert {"services.backup", "services.restore", "services.standby"} <= named
    for module in named:
        text = (ROOT / f"{module.replace('.', '/')}.py").read_text()
        assert '__name__ == "__main__"' in text


def test_every_file_link_and_section_is_there() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", PAGE):
        path, _, section = target.partition("#")
        assert not path or (ROOT / "docs" / path).resolve().exists(), target
        if section and not path:
            headings = re.findall(r"^#+ (.+)$", PAGE, re.MULTILINE)
            slugs = {re.sub(r"[^\w -]", "", one).strip().lower().replace(" ", "-") for one in headings}
            assert section in slugs, section
    for path in set(re.findall(r"\bdeploy/[\w./-]+\w", PAGE)):
        assert (ROOT / path).exists(), path


def test_every_variable_and_address_is_known_to_the_code() -> None:
    text = code()
    for name in set(re.findall(r"SIGAP_[A-Z_]+", PAGE)):
        assert name in text, name
    for address in ("/health", "/ready", "/metrics", "/masuk"):
        assert f'"{address}"' in text


def test_the_metrics_of_the_page_and_of_the_alerts_are_those_of_the_code() -> None:
    files = ("services/metrics.py", "services/counters.py", "database/timing.py")
    text = "\n".join((ROOT / file).read_text() for file in files)
    made = set(re.findall(r'"(sigap_[a-z_]+)"', text))
    told = {re.sub(r"_total$", "", name) for name in re.findall(r"\bsigap_[a-z_]+[a-z]", PAGE)}
    told = {name.removesuffix("_info") for name in told}
    assert told == made
    alerts = (DEPLOY / "prometheus" / "alerts.yml").read_text()
    rules = [rule for group in yaml.safe_load(alerts)["groups"] for rule in group["rules"]]
    assert len({rule["alert"] for rule in rules}) == len(rules) >= 10
    for rule in rules:
        for name in re.findall(r"\bsigap_[a-z_]+", rule["expr"]):
            assert re.sub(r"_(total|bucket|count|sum)$", "", name) in made, name
        assert rule["labels"]["severity"] in ("page", "ticket")


def test_the_service_and_the_page_mean_the_same_places() -> None:
    unit = (DEPLOY / "systemd" / "sigap.service").read_text()
    settings = (DEPLOY / "systemd" / "sigap.env").read_text()
    nginx = (DEPLOY / "nginx" / "sigap.conf").read_text()
    caddy = (DEPLOY / "caddy" / "Caddyfile").read_text()
    assert "SIGAP_VAR=/var/lib/sigap/data" in settings
    for place in ("/var/lib/sigap", "/var/backups/sigap", "/opt/sigap/current", "/etc/sigap/sigap.env"):
        assert place in unit + settings
        assert place in PAGE
    for proxy in (nginx, caddy):
        assert "127.0.0.1:8501" in proxy
        assert "/metrics" in proxy
    assert "--server.address 127.0.0.1 --server.port 8501" in unit
    assert "$args" not in nginx
    assert "$request " not in nginx
    for lock in ("NoNewPrivileges=yes", "ProtectSystem=strict", "PrivateTmp=yes", "Restart=on-failure"):
        assert lock in unit


def test_the_packages_run_on_debian_12s_python() -> None:
    """Debian 12 has 3.11.2; a pin that wants more cannot be installed there."""
    from importlib.metadata import metadata

    from packaging.specifiers import SpecifierSet

    for line in (ROOT / "requirements.txt").read_text().splitlines():
        wanted = metadata(line.partition("==")[0])["Requires-Python"]
        assert wanted is None or "3.11.2" in SpecifierSet(wanted), line
