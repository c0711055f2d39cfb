"""From nothing to the first command, on a fresh Debian 12 and with each Python that there is, as docs/install.md says.

The containers' steps are done in such a root too: they are what a container engine would do, but for the engine.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.fresh_root import BARE, FreshRoot, build, fresh_root, stages
from tests.home_app import capabilities
from tests.needing import missing, needed
from tests.peers.real_hass import RealHomeAssistant, apart
from tests.peers.supervisor import TOKEN, hosts, supervising
from tests.running import environment

ROOT = Path(__file__).parents[2]
PACKAGING = ROOT / "packaging"
HERE = pytest.mark.usefixtures("debian")
AS_ANNA = ("setpriv", "--reuid", "anna", "--regid", "anna", "--init-groups", "env", "HOME=/srv/anna", "COLUMNS=200")
SAY = 'claw say --json "turn on the bed light" || true'
pytestmark = [pytest.mark.prove, pytest.mark.timeout(3600)]


@pytest.fixture(scope="session")  # before all that a test starts
def debian() -> None:
    """Need what makes a fresh Debian."""
    untried = "nothing was installed into a fresh Debian"
    if os.geteuid() != 0:
        missing("root is needed", untried)
    needed("debootstrap", untried)


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("release") / "dist"
    subprocess.run([sys.executable, PACKAGING / "build.py", folder], check=True, capture_output=True, timeout=120)
    return folder


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """What is in the repository, as somebody has it who was given no more than that."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", ":!tests", ":!bench"]
    told = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True, timeout=60).stdout
    folder = tmp_path / "sources"
    for name in filter(None, told.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


@contextmanager
def ready(root: FreshRoot, *words: str, word: str = "is ready") -> Iterator["subprocess.Popen[str]"]:
    """Begin a daemon in a root; give it when it said that it is ready."""
    started = time.monotonic()
    with root.begun(*words) as process:
        assert process.stdout is not None
        said: list[str] = []
        for line in process.stdout:
            said.append(line)
            if word in line:
                break
        else:
            raise AssertionError("".join(said))
        print(f"\nready in {time.monotonic() - started:.2f} s in a fresh root")  # noqa: T201  the figure is the point
        yield process


def well(root: FreshRoot, daemon: "subprocess.Popen[str]", check: list[str]) -> bool:
    """Whether a container's own check says so, in it, within the time that an engine gives it to start."""
    for _ in range(60):
        with suppress(AssertionError):
            root.beside(daemon, *check)
            return True
    return False


def end(daemon: "subprocess.Popen[str]") -> None:
    """End a container as an engine does, by a signal to its first process; it ends by itself, and well."""
    below = [daemon.pid]
    for pid in below:
        below += map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split())
    (first,) = [pid for pid in below if Path(f"/proc/{pid}/comm").read_text(encoding="utf-8") == "tini\n"]
    os.kill(first, signal.SIGTERM)
    daemon.communicate(timeout=120)
    assert daemon.returncode == 0


def compiled(root: FreshRoot) -> set[Path]:
    return set(root.at("/opt").rglob("*.pyc"))


@HERE
def test_a_fresh_debian_is_set_up_and_turns_on_a_light(home_assistant: RealHomeAssistant, release: Path) -> None:
    with fresh_root() as root:
        shutil.copytree(release, root.at("/srv/release"))
        root.run("/srv/release/install.sh")
        assert root.run("claw", "--version") == "claw 0.1.0\n"
        assert root.run("readlink", "/opt/claw") == "/opt/claw-0.1.0\n"
        before = compiled(root)
        assert len(before) > 2000

        # No tool is left that could install more.
        packages = root.at("/opt/claw-0.1.0/lib/python3.11/site-packages")
        assert not [path.name for path in packages.iterdir() if re.match(r"(pip|setuptools|wheel|uv)\b", path.name)]

        # It is made a service, and the unit files hold with this Debian's own systemd.
        said = root.run("/opt/claw/share/claw/systemd/install.sh")
        assert "nothing was started" in said
        units = root.at("/usr/local/lib/systemd/system")
        names = sorted(path.name for path in units.iterdir())
        assert {"claw.service", "claw-stop.service", "claw-stop.path", "claw-voice.service"} <= set(names)
        verify = f"cd /usr/local/lib/systemd/system; systemd-analyze verify --man=no {' '.join(names)} 2>&1"
        said = root.run("sh", "-ec", verify)
        assert not [line for line in said.splitlines() if "claw" in line], said

        # An owner sets it up, and it does what they say.
        root.run("useradd", "--create-home", "--home-dir", "/srv/anna", "--uid", "1000", "anna")
        told = json.loads(
            root.run(
                *AS_ANNA, "claw", "init", "--url", home_assistant.url, "--people", "anna=owner", "--yes", "--json",
                "--no-trial", "--port", str(_free_port()), "--config", "/srv/anna/config.yaml",
                CLAW_HOUSE_TOKEN=home_assistant.token,
            )
        )  # fmt: skip
        assert told["written"]
        for path in root.at("/srv/anna").glob("*"):
            if path.is_file() and not path.name.startswith("."):
                assert path.stat().st_mode & 0o077 == 0, path
        state_of(home_assistant, "light.bed_light", "turn_off")
        with ready(root, *AS_ANNA, "claw", "run", "--config", "/srv/anna/config.yaml") as daemon:
            reply: dict[str, Any] = {}
            for _ in range(50):  # the house is being read
                reply = json.loads(root.beside(daemon, *AS_ANNA, "sh", "-c", SAY))
                if reply.get("status") == "done":
                    break
            assert reply["status"] == "done", reply
            assert state_of(home_assistant, "light.bed_light") == "on"
        # Whoever runs it wrote nothing where it is installed: it was compiled when it was installed.
        assert compiled(root) == before


@HERE
def test_the_sources_make_a_service_of_a_fresh_debian_by_one_command(sources: Path) -> None:
    with fresh_root() as root:
        shutil.copytree(sources, root.at("/srv/claw"))
        root.run("sh", "-ec", "apt-get update && apt-get install --yes --no-install-recommends make")
        said = root.run("make", "--no-print-directory", "--directory", "/srv/claw", "install-service")
        assert "Claw 0.1.0 is in /opt/claw" in said
        assert "share/claw/systemd/install.sh" not in said, "systemd does not run it, and it is done anyway"
        assert said.endswith("systemd does not run this machine: the units are there, and nothing was started.\n")
        assert root.run("claw", "--version") == "claw 0.1.0\n"
        unit = root.run("cat", "/usr/local/lib/systemd/system/claw.service")
        assert unit == (sources / "systemd" / "claw.service").read_text()
        assert root.run("stat", "--format", "%a %U %G", "/var/lib/claw", "/etc/claw").split() == [
            "700", "claw", "claw", "2750", "root", "claw",
        ]  # fmt: skip


def state_of(hass: RealHomeAssistant, entity: str, service: str = "") -> str:
    async def ask() -> str:
        async with hass.talk() as talk:
            if service:
                domain = entity.partition(".")[0]
                await talk.command("call_service", domain=domain, service=service, target={"entity_id": entity})
            return str((await talk.states())[entity]["state"])

    return str(apart(ask()))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def pythons() -> list[str]:
    """Each Python from 3.12 on that this machine has."""
    found: list[str] = []
    for minor in (12, 13, 14):
        here = sorted((Path.home() / ".pyenv" / "versions").glob(f"3.{minor}.*/bin/python3.{minor}"))
        named = [str(here[-1])] if here else [path] if (path := shutil.which(f"python3.{minor}")) else []
        found += named
    return found


@pytest.mark.parametrize("python", pythons(), ids=lambda path: Path(path).name)
def test_it_installs_and_runs_with_every_python_there_is(release: Path, tmp_path: Path, python: str) -> None:
    prefix = tmp_path / "opt" / "claw"
    install = [release / "install.sh", "--prefix", prefix, "--no-links", "--python", python]
    subprocess.run(install, check=True, capture_output=True, timeout=1200, env=environment())
    claw = prefix / "bin" / "claw"
    version = subprocess.run([prefix / "bin" / "python", "--version"], check=True, capture_output=True, text=True)
    state = tmp_path / "state"
    command = [claw, "demo", "--port", "0", "--no-browser", "--state-dir", state]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment()) as process:
        try:
            assert process.stdout is not None
            started = time.monotonic()
            assert any("Ctrl-C" in line for line in process.stdout)
            print(f"\n{version.stdout.strip()}: demo ready in {time.monotonic() - started:.2f} s")  # noqa: T201  the figure is the point
            say = [claw, "say", "turn on the kitchen lights", "--json", "--state-dir", state]
            done = subprocess.run(say, check=True, capture_output=True, text=True, timeout=60, env=environment())
            assert json.loads(done.stdout)["status"] == "done"
        finally:
            process.terminate()


def test_a_newer_version_stands_beside_the_one_before(release: Path, tmp_path: Path) -> None:
    """What an upgrade does, with a release that only calls itself newer: the link is moved when all of it is there."""
    newer = tmp_path / "newer"
    shutil.copytree(release, newer)
    (newer / "requirements.lock").write_text("# nothing is wanted\n")
    (wheel,) = newer.glob("*.whl")
    wheel.rename(newer / "claw-0.9.0-py3-none-any.whl")  # whose metadata says 0.1.0: pip refuses it
    sums = "".join(
        subprocess.run(["sha256sum", path.name], cwd=newer, check=True, capture_output=True, text=True).stdout
        for path in sorted(newer.iterdir())
        if path.is_file() and path.name != "SHA256SUMS"
    )
    (newer / "SHA256SUMS").write_text(sums)
    prefix = tmp_path / "claw"
    (tmp_path / "claw-0.1.0").mkdir()
    prefix.symlink_to(tmp_path / "claw-0.1.0")
    install = [newer / "install.sh", "--prefix", prefix, "--no-links", "--python", sys.executable]
    failed = subprocess.run(install, capture_output=True, check=False, timeout=300, env=environment())
    assert failed.returncode != 0
    assert prefix.readlink() == tmp_path / "claw-0.1.0", "half an upgrade changes nothing"


def test_a_release_that_was_changed_on_the_way_installs_nothing(release: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed"
    shutil.copytree(release, changed)
    with (changed / "requirements.lock").open("a") as lock:
        lock.write("one-more==1.0\n")
    install = [changed / "install.sh", "--prefix", tmp_path / "claw", "--no-links", "--python", sys.executable]
    failed = subprocess.run(install, capture_output=True, check=False, text=True, timeout=60, env=environment())
    assert failed.returncode != 0
    assert "requirements.lock" in failed.stdout + failed.stderr
    assert not list(tmp_path.glob("claw*"))


# --------------------------------------------------------------------------------------------------------- containers


@HERE
def test_the_steps_of_the_container_give_a_daemon_that_may_write_nowhere_but_in_its_volumes(release: Path) -> None:
    first, last = stages(PACKAGING / "container" / "Containerfile")
    with fresh_root(BARE) as made, fresh_root(BARE) as root:
        build(first, made, release, {})
        build(last, root, release, {"build": made})
        left = root.run("sh", "-c", "command -v pip pip3 gcc cc make uv; python3 -c 'import ensurepip' 2>&1; true")
        assert "No module named 'ensurepip'" in left or "not available" in left, left
        assert "/bin/" not in left
        # It knows how more gets into it, and has what else its file says.
        advice = root.run("/opt/claw/bin/python", "-I", "-c", "from claw.base.reinstall import again; print(again())")
        assert 'Build the image of this container again, with ARG WITH="--with channels"' in advice

        shutil.copy(ROOT / "claw/daemon/demo/house.yaml", root.at("/opt/house.yaml"))
        port = _free_port()
        config = f"house: {{simulated: /opt/house.yaml}}\nlisten: {{host: 127.0.0.1, port: {port}}}\n"
        root.at("/opt/config.yaml").write_text(config)
        shutil.copy(ROOT / "claw/daemon/demo/policy.yaml", root.at("/opt/policy.yaml"))
        user = last.last("USER").partition(":")[0]
        environs = [f"{name}={value}" for name, value in last.environment.items()]
        entry = [*json.loads(last.last("ENTRYPOINT")), *json.loads(last.last("CMD"))]
        check = json.loads(last.last("HEALTHCHECK").partition("CMD ")[2])
        health = [word.replace("8321", str(port)) for word in check]
        # Read-only, but for what VOLUME names and /tmp; no rights, and none to be had.
        inside = f"""
            mount -t tmpfs tmpfs /tmp
            for each in {" ".join(json.loads(last.last("VOLUME")))}; do
                mount -t tmpfs -o mode=700,uid={user},gid={user} tmpfs $each
            done
            install -m 0600 -o {user} -g {user} /opt/config.yaml /opt/policy.yaml /config/
            mount -o remount,bind,ro /
            cd {last.last("WORKDIR")}
            exec setpriv --reuid {user} --regid {user} --clear-groups --no-new-privs --bounding-set=-all -- \
                env -i {" ".join(environs)} "$@"
        """
        with ready(root, "sh", "-ec", inside, "sh", *entry) as daemon:
            assert well(root, daemon, health)
            end(daemon)
        # The check fails where nobody answers.
        with pytest.raises(AssertionError):
            root.run(*health)


@HERE
def test_the_steps_of_the_app_give_a_daemon_that_meets_its_home_through_the_supervisor(
    home_assistant: RealHomeAssistant, release: Path
) -> None:
    context = release / "home-assistant-app" / "claw"
    first, last = stages(context / "Dockerfile")
    with fresh_root(BARE) as made, fresh_root(BARE) as root:
        build(first, made, context, {})
        build(last, root, context, {"build": made})
        root.at("/config").mkdir()
        root.at("/data").mkdir()
        root.at("/data/options.json").write_text(json.dumps({"languages": ["en"], "names": [], "voice": True}))
        environs = [f"{name}={value}" for name, value in last.environment.items()]
        entry = json.loads(last.last("ENTRYPOINT"))
        # With the rights of root's that its profile of AppArmor leaves, and those alone.
        rights = ",".join(["-all", *(f"+{each}" for each in sorted(capabilities(context / "apparmor.txt")))])
        inside = f"""
            echo {hosts()} >> /etc/hosts
            exec setpriv --bounding-set={rights} --inh-caps=-all -- \\
                env -i {" ".join(environs)} SUPERVISOR_TOKEN={TOKEN} "$@"
        """
        health = json.loads(last.last("HEALTHCHECK").partition("CMD ")[2])
        asking = ["setpriv", "--reuid", "10001", "--regid", "10001", "--clear-groups", "env", *environs]
        with supervising(home_assistant.url, home_assistant.token) as peer:
            with ready(root, "sh", "-ec", inside, "sh", *entry, word="make the first account") as daemon:
                assert well(root, daemon, health)
                status: dict[str, Any] = {}
                for _ in range(50):  # the house is being read
                    status = json.loads(root.beside(daemon, *asking, "claw", "status", "--json"))
                    if status["link"]["ready"]:
                        break
                assert status["link"]["ready"], status["link"]
                assert status["entities"] > 50
                assert peer.heard.wait(60)
                end(daemon)
            assert peer.told == [
                {"service": "wyoming", "config": {"uri": f"tcp://{socket.gethostname()}:10700"}},
            ]
        for name in ("config.yaml", "policy.yaml"):
            made_file = root.at(f"/config/{name}").stat()
            assert (made_file.st_uid, made_file.st_mode & 0o777) == (10001, 0o600)
            assert TOKEN not in root.at(f"/config/{name}").read_text()
        assert "green.local" in root.at("/config/config.yaml").read_text()
        assert root.at("/data/state").stat().st_uid == 10001
        assert root.at("/data/options.json").stat().st_uid == 0
