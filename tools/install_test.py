"""make test-install: docs/operations.md, word for word, in empty Debian containers with their own systemd.

Needs root on a Debian with debootstrap and systemd-container (installed by apt where missing) and the free
ports 80, 443 and 8501. What this machine's apt, pip and npm are set to is given to the containers; nothing of
it is in the sources. ONLY="server" runs one part of: server, laptop, container. KEEP_BUNDLE=1 takes the
bundles of the last run. Work lies in dist/install.
"""

import asyncio
import json
import os
import re
import shlex
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "operations.md"
WORK = ROOT / "dist" / "install"
HOST = "sigap.contoh.go.id"
NEEDED = {"debootstrap": "debootstrap", "systemd-nspawn": "systemd-container", "nsenter": "util-linux"}
_FENCE = re.compile(r"^```(\S*)[ ]*(.*?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SETTINGS = re.compile(
    r"^(PIP_|npm_config_|NPM_CONFIG_|NODE_EXTRA_CA|SSL_CERT|REQUESTS_CA|CURL_CA)|_proxy$", re.I
)
_PASSWORDS = ("kuda laut biru 81", "perahu hijau pagi 82")


class Failed(Exception):
    """Something of the page does not do what it says."""


@dataclass(frozen=True)
class Block:
    """A fenced block of the page: its language, for which test it is, and whether it stays running."""

    language: str
    test: str
    background: bool
    text: str
    line: int


def blocks(page: str) -> list[Block]:
    """Return the fenced blocks of a page in their order; a mark that is not known is an error."""
    found = []
    for match in _FENCE.finditer(page):
        language, marks, text = match.groups()
        test, background = "", False
        for mark in marks.split():
            if mark.startswith("test="):
                test = mark.removeprefix("test=")
            elif mark == "background":
                background = True
            else:
                raise Failed(f"unknown mark {mark!r} of a block")
        found.append(Block(language, test, background, text, page.count("\n", 0, match.start()) + 2))
    return found


def say(text: str) -> None:
    """Print at once."""
    print(text, flush=True)


def sh(*command: str, **more: Any) -> str:
    """Run a command of this machine; return what it printed."""
    done = subprocess.run(command, text=True, capture_output=True, check=False, **more)
    if done.returncode != 0:
        raise Failed(
            f"{shlex.join(command)}: {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        )
    return done.stdout


class Box:
    """A booted container."""

    def __init__(self, name: str, base: Path, *, network: bool) -> None:
        """Boot a copy of `base`; without `network` it has only its own loopback."""
        self.name, self.root = name, WORK / name
        if self.root.exists():
            shutil.rmtree(self.root)
        sh("cp", "-a", "--reflink=auto", str(base), str(self.root))
        command = ["systemd-nspawn", "--directory", str(self.root), "--boot", "--register=no", "--keep-unit"]
        command += ["--console=pipe", "--quiet"]
        command += ["--resolv-conf=copy-host"] if network else ["--private-network", "--resolv-conf=off"]
        self.environment = {"HOME": "/root", "LANG": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
        self.environment["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        if network:
            self._give_settings()
            command += [f"--bind-ro={folder}" for folder in _package_folders()]
        self.log = (WORK / f"{name}.log").open("w")
        self.nspawn = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        self.leader = self._leader()
        self.background: list[subprocess.Popen[str]] = []
        state = ""
        for _ in range(100):
            state = self.run("systemctl is-system-running", check=False).strip()
            if state in ("running", "degraded"):
                return
            time.sleep(0.3)
        raise Failed(f"{name}: systemd does not come up: {state}")

    def _leader(self) -> int:
        for _ in range(100):
            found = Path(f"/proc/{self.nspawn.pid}/task/{self.nspawn.pid}/children").read_text().split()
            for child in found:
                if Path(f"/proc/{child}/comm").read_text().strip() == "systemd":
                    return int(child)
            time.sleep(0.1)
        raise Failed(f"{self.name}: did not boot; see {self.log.name}")

    def _give_settings(self) -> None:
        """Give what apt, pip and npm of this machine are set to."""
        for file in (
            "/etc/pip.conf",
            "/root/.config/pip/pip.conf",
            "/root/.npmrc",
            "/etc/ssl/certs/ca-certificates.crt",
        ):
            if Path(file).is_file():
                target = self.root / file.removeprefix("/")
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, target)
        own = Path("/usr/local/share/ca-certificates")
        if own.is_dir():
            shutil.copytree(own, self.root / "usr/local/share/ca-certificates", dirs_exist_ok=True)
        self.environment |= {k: v for k, v in os.environ.items() if _SETTINGS.search(k)}

    def command(self, script: str) -> list[str]:
        """Return the command that runs a script in the container."""
        inside = ["/usr/bin/env", "-i", *(f"{k}={v}" for k, v in self.environment.items())]
        enter = [
            "nsenter",
            "--target",
            str(self.leader),
            "--wd=/",
            "--mount",
            "--uts",
            "--ipc",
            "--net",
            "--pid",
        ]
        return [*enter, "--cgroup", "--root", *inside, "bash", "-c", f"cd\n{script}"]

    def run(self, script: str, *, check: bool = True, patience_s: float = 900) -> str:
        """Run a script as root; return what it printed."""
        done = subprocess.run(
            self.command(script), text=True, capture_output=True, timeout=patience_s, check=False
        )
        if check and done.returncode != 0:
            raise Failed(f"{self.name}: exit {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-4000:]}")
        return done.stdout

    def follow(self, test: str, first: int = 0, last: int | None = None) -> None:
        """Run the page's blocks of a test, one shell each."""
        mine = [block for block in blocks(PAGE.read_text(encoding="utf-8")) if block.test == test]
        for block in mine[first:last]:
            began = time.monotonic()
            say(f"  {self.name}: operations.md:{block.line}")
            script = f"set -euo pipefail\n{block.text}"
            if block.background:
                self.background.append(
                    subprocess.Popen(
                        self.command(script),
                        text=True,
                        stdout=self.log,
                        stderr=self.log,
                        start_new_session=True,
                    )
                )
                continue
            try:
                told = self.run(script)
            except Failed as error:
                raise Failed(f"operations.md:{block.line}\n{block.text}\n{error}") from None
            last_lines = "\n      ".join(told.strip().splitlines()[-3:])
            say(f"      {last_lines}\n      ({time.monotonic() - began:.0f} s)")

    def put(self, *files: Path) -> None:
        """Copy files into /root."""
        for file in files:
            shutil.copy2(file, self.root / "root" / file.name)

    def end(self) -> None:
        """Turn it off."""
        for one in self.background:
            one.terminate()
        self.run("systemctl poweroff", check=False, patience_s=30)
        try:
            self.nspawn.wait(60)
        except subprocess.TimeoutExpired:
            self.nspawn.send_signal(signal.SIGKILL)
            self.nspawn.wait()
        self.log.close()


def _package_folders() -> Iterator[str]:
    """Yield the folders of this machine that its pip takes packages from, whole."""
    told = sh(sys.executable, "-m", "pip", "config", "list") + " ".join(
        v for k, v in os.environ.items() if k.startswith("PIP_")
    )
    seen = set()
    for path in re.findall(r"(?:file://)?(/[\w./-]+)", told):
        top = Path("/", *Path(path).parts[1:3])
        if top.is_dir() and top not in seen and not path.startswith("/etc"):
            seen.add(top)
            yield str(top)


def base() -> Path:
    """Return an empty Debian with an init, made once."""
    made = WORK / "base"
    if (made / ".whole").is_file():
        return made
    shutil.rmtree(made, ignore_errors=True)
    release = _os_release()
    say(f"Making an empty {release['ID']} {release['VERSION_CODENAME']} ...")
    sources = _apt_sources()
    sh(
        "debootstrap",
        "--variant=minbase",
        "--include=ca-certificates",
        release["VERSION_CODENAME"],
        str(made),
        sources,
    )
    for folder in ("sources.list.d", "apt.conf.d", "auth.conf.d"):
        for file in Path("/etc/apt", folder).iterdir():
            if file.is_file() and not file.name.startswith(("docker", "20packagekit", "50appstream")):
                if folder == "sources.list.d" and file.suffix not in (".list", ".sources"):
                    continue
                shutil.copy2(file, made / "etc/apt" / folder / file.name)
    if Path("/etc/apt/sources.list").is_file():
        shutil.copy2("/etc/apt/sources.list", made / "etc/apt/sources.list")
    elif list((made / "etc/apt/sources.list.d").iterdir()):
        (made / "etc/apt/sources.list").unlink(missing_ok=True)
    sh("cp", "/etc/resolv.conf", str(made / "etc/resolv.conf"))
    install = (
        "apt-get update -q && apt-get install -q -y --no-install-recommends systemd systemd-sysv dbus adduser"
    )
    sh(
        "chroot",
        str(made),
        "env",
        "DEBIAN_FRONTEND=noninteractive",
        "sh",
        "-c",
        f"{install} && apt-get clean",
    )
    (made / ".whole").touch()
    return made


def _os_release() -> dict[str, str]:
    lines = Path("/etc/os-release").read_text().splitlines()
    return {k: v.strip('"') for k, _, v in (line.partition("=") for line in lines)}


def _apt_sources() -> str:
    """Return the address of this machine's first archive."""
    for file in sorted(Path("/etc/apt").rglob("*")):
        if file.suffix in (".list", ".sources") and file.is_file():
            found = re.search(r"^(?:URIs:|deb(?: \[.*?\])?)\s+(\S+)", file.read_text(), re.MULTILINE)
            if found:
                return found[1]
    raise Failed("this machine's apt names no archive")


def bundles() -> None:
    """Make the bundle by the page's block, and from it one that stands for the next version."""
    if (WORK / "sigap-0.2.0.tar.gz").is_file() and os.environ.get("KEEP_BUNDLE"):
        return
    for block in blocks(PAGE.read_text(encoding="utf-8")):
        if block.test == "build":
            say(f"  this machine: operations.md:{block.line}")
            sh("bash", "-c", f"set -euo pipefail\n{block.text}", cwd=ROOT)
    for file in (ROOT / "dist").glob("sigap-0.1.0*.tar.gz"):
        shutil.copy2(file, WORK / file.name)
    shutil.copy2(ROOT / "dist" / "SHA256SUMS", WORK / "SHA256SUMS")
    _next_version(WORK / "sigap-0.1.0.tar.gz", WORK / "sigap-0.2.0.tar.gz")
    sums = sh("sh", "-c", "sha256sum sigap-*.tar.gz", cwd=WORK)
    (WORK / "SHA256SUMS").write_text(sums)


def _next_version(old: Path, new: Path) -> None:
    """Make a bundle whose schema is one migration newer."""
    place = WORK / "next"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    sh("tar", "-xf", str(old), "-C", str(place))
    tree = place / "sigap-0.2.0"
    (place / "sigap-0.1.0").rename(tree)
    shutil.rmtree(tree / "debs", ignore_errors=True)
    center = tree / "services" / "center.py"
    center.write_text(center.read_text().replace('VERSION = "0.1.0"', 'VERSION = "0.2.0"'))
    migrations = tree / "database" / "migrations.py"
    text = migrations.read_text()
    more = (
        "def _900_of_the_next_version(connection: duckdb.DuckDBPyConnection) -> None:\n"
        '    connection.execute("CREATE TABLE of_the_next_version (one INTEGER)")\n\n\n'
        "MIGRATIONS: tuple[Migration, ...] = ("
    )
    text = text.replace("MIGRATIONS: tuple[Migration, ...] = (", more)
    migrations.write_text(re.sub(r"\n\)\n(?=\n\ndef migrate)", "\n    _900_of_the_next_version,\n)\n", text))
    sh("tar", "--create", "--use-compress-program=gzip -1", f"--file={new}", "-C", str(place), tree.name)
    shutil.rmtree(place)


def need_free(ports: Sequence[int]) -> None:
    """Fail early where something else answers already."""
    for port in ports:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                raise Failed(f"port {port} of this machine is in use; the test needs 80, 443 and 8501")


def sign_in(login: str, password: str, new: str | None = None) -> str:
    """Sign in through nginx, change the password where `new` is given; return the cookies."""
    import httpx

    headers = {"Host": HOST, "Origin": f"https://{HOST}"}
    with httpx.Client(base_url="https://127.0.0.1", verify=False, headers=headers, timeout=30) as browser:
        answer = browser.post("/masuk", data={"login": login, "password": password})
        if answer.status_code != 303:
            raise Failed(f"signing in as {login}: {answer.status_code} {answer.text[:1500]}")
        if new is not None:
            changed = {"old": password, "new": new, "again": new}
            answer = browser.post("/masuk/sandi", data=changed)
            if answer.status_code != 303:
                raise Failed(f"changing the password: {answer.status_code} {answer.text[:3000]}")
        page = browser.get("/")
        if page.status_code != 200 or "Sigap" not in page.text:
            raise Failed(f"the first screen: {page.status_code}")
        return "; ".join(f"{one.name}={one.value}" for one in browser.cookies.jar)


async def _screen(cookies: str) -> int:
    import websockets
    from streamlit.proto.BackMsg_pb2 import BackMsg

    trust = ssl.create_default_context()
    trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
    async with websockets.connect(
        f"wss://{HOST}/_stcore/stream",
        host="127.0.0.1",
        port=443,
        ssl=trust,
        origin=f"https://{HOST}",
        subprotocols=["streamlit"],
        additional_headers={"Cookie": cookies},
        max_size=None,
    ) as told:
        asked = BackMsg()
        asked.rerun_script.query_string = ""
        await told.send(asked.SerializeToString())
        size = 0
        for _ in range(5):
            size += len(await asyncio.wait_for(told.recv(), 60))
        return size


def server(made: Path) -> None:
    """Sections 2 to 6, 8 and 9: with internet, nginx in front, backed up, upgraded and rolled back."""
    need_free((80, 443, 8501))
    box = Box("server", made, network=True)
    try:
        box.put(WORK / "sigap-0.1.0-source.tar.gz", WORK / "SHA256SUMS")
        box.follow("server")
        box.run("systemd-analyze verify /etc/systemd/system/sigap.service")
        verdict = box.run("systemd-analyze security --no-pager sigap | tail -n 1").strip()
        say(f"  systemd: {verdict}")
        told = box.run('journalctl --unit sigap --output cat | grep "kata sandi sekali pakai"')
        password = re.search(r"sekali pakai: (\S+)", told)
        if password is None:
            raise Failed(f"no password in {told!r}")
        cookies = sign_in("admin", password[1], _PASSWORDS[0])
        say(f"  a screen through nginx's websocket: {asyncio.run(_screen(cookies))} bytes")
        for path, wanted in (("/metrics", 403), ("/api/v1/ready", 200)):
            code = box.run(
                f"curl -sk -o /dev/null -w '%{{http_code}}' -H 'Host: {HOST}' https://127.0.0.1{path}"
            )
            if code != str(wanted):
                raise Failed(f"{path} through nginx: {code}, not {wanted}")
        _no_password_in(box)

        box.put(WORK / "sigap-0.2.0.tar.gz", WORK / "SHA256SUMS")
        box.follow("upgrade")
        if "900_of_the_next_version" not in box.run("curl -s http://127.0.0.1:8501/api/v1/ready"):
            raise Failed("the migration of the next version did not run")
        sign_in("admin", _PASSWORDS[0], _PASSWORDS[1])
        say("  upgraded: the account of before signs in, and changes its password")

        box.run("systemctl stop sigap && ln -sfn sigap-0.1.0 /opt/sigap/current && systemctl start sigap")
        time.sleep(20)
        refused = box.run('journalctl --unit sigap --output cat | grep "lebih baru"', check=False)
        if "900_of_the_next_version" not in refused:
            raise Failed(f"the old version did not refuse the newer file: {refused!r}")
        say(f"  the old version on the newer file: {refused.strip().splitlines()[-1][:160]}")
        box.run("systemctl stop sigap; systemctl reset-failed sigap; ln -sfn sigap-0.2.0 /opt/sigap/current")

        box.follow("rollback")
        if "900_of_the_next_version" in box.run("curl -s http://127.0.0.1:8501/api/v1/ready"):
            raise Failed("rolled back to the newer schema")
        cookies = sign_in("admin", _PASSWORDS[0])
        say(f"  rolled back: the password of before counts; a screen: {asyncio.run(_screen(cookies))} bytes")
        _logs_are_json(box)
    finally:
        box.end()


def _no_password_in(box: Box) -> None:
    """A password that was typed is in no log."""
    told = box.run("journalctl --unit sigap --output cat; cat /var/log/nginx/*.log")
    if any(one in told for one in _PASSWORDS):
        raise Failed("a password is in a log")


def _logs_are_json(box: Box) -> None:
    lines = box.run("journalctl --unit sigap --output cat _COMM=streamlit", check=False).splitlines()
    kinds = [line for line in lines if line.startswith("{")]
    for line in kinds:
        json.loads(line)
    others = [line for line in lines if not line.startswith("{")]
    say(
        f"  journal: {len(kinds)} lines of JSON, {len(others)} others: {sorted({one[:40] for one in others})}"
    )


def laptop(made: Path) -> None:
    """Section 7: in a network namespace with nothing but its own loopback."""
    box = Box("laptop", made, network=False)
    try:
        if box.run("ip route 2>/dev/null; cat /proc/net/route | tail -n +2").strip():
            raise Failed("the laptop has a route to somewhere")
        box.run("rm -f /etc/apt/sources.list; rm -rf /etc/apt/sources.list.d/*")
        box.put(WORK / "sigap-0.1.0.tar.gz", WORK / "SHA256SUMS")
        box.follow("laptop")
        page = box.run("curl -s -L -c /tmp/c http://localhost:8501/")
        if "masuk" not in page.lower():
            raise Failed("no sign-in page")
        say("  the sign-in page answers; devices: " + box.run("ls /sys/class/net").strip())
    finally:
        box.end()


def container(made: Path) -> None:
    """Section 10: the Containerfile's own steps, one after the other; no container engine is needed."""
    text = (ROOT / "deploy/container/Containerfile").read_text().replace("\\\n", "")
    box = Box("container", made, network=True)
    check: list[str] = []
    try:
        box.put(WORK / "sigap-0.1.0.tar.gz")
        box.run("mkdir -p /opt && tar -xf /root/sigap-0.1.0.tar.gz -C /opt && mv /opt/sigap-0.1.0 /opt/sigap")
        folder, user, start = "/", "root", [""]
        for line in text.splitlines():
            step, _, what = line.strip().partition(" ")
            if step == "RUN":
                say(f"  container: RUN {what[:90]}")
                box.run(f"cd {folder} && {what}")
            elif step == "WORKDIR":
                folder = what
            elif step == "USER":
                user = what
            elif step == "ENV":
                box.environment |= dict(part.split("=", 1) for part in what.split())
            elif step == "CMD":
                start = json.loads(what)
            elif step == "HEALTHCHECK":
                check = json.loads(what.partition("CMD ")[2])
        need_free((8501,))
        box.run("apt-get install -y -q --no-install-recommends util-linux")
        script = f"cd {folder} && exec runuser -u {user} -- {shlex.join(start)}"
        box.background.append(
            subprocess.Popen(
                box.command(script), text=True, stdout=box.log, stderr=box.log, start_new_session=True
            )
        )
        for _ in range(120):
            if (
                subprocess.run(box.command(shlex.join(check)), capture_output=True, check=False).returncode
                == 0
            ):
                say(f"  container: the health check is content, as {user}")
                return
            time.sleep(1)
        raise Failed("the health check is never content")
    finally:
        box.end()


def main() -> int:
    """Run the parts."""
    if os.geteuid() != 0:
        say("make test-install needs root: containers are made.")
        return 1
    missing = [package for command, package in NEEDED.items() if shutil.which(command) is None]
    if missing:
        sh("apt-get", "install", "-y", "-q", "--no-install-recommends", *missing)
    WORK.mkdir(parents=True, exist_ok=True)
    parts = {"server": server, "laptop": laptop, "container": container}
    began = time.monotonic()
    try:
        bundles()
        made = base()
        for name in sys.argv[1:] or parts:
            say(f"== {name}")
            parts[name](made)
            say(f"== {name}: as the page says ({time.monotonic() - began:.0f} s since the beginning)")
    except Failed as failed:
        say(f"FAILED: {failed}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
