"""The unit files: whole for systemd, as tight as the decision says, installed without touching what a person wrote."""

import json
import os
import shlex
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from claw.audit.pulse import LONGEST_S, QUIET_S
from claw.base.places import SERVICE_SOCKET, SERVICE_STATE
from claw.daemon.notifying import SIGNS
from claw.house.home_assistant import STUCK_S
from tests.needing import needed
from tests.under_unit import calls, settings

SYSTEMD = Path(__file__).resolve().parents[3] / "systemd"
UNITS = ("claw.service", "claw-stop.service", "claw-stop.path", "claw-voice.service")
EXECUTED = ("bin/sh", "usr/bin/systemd-tmpfiles")
MOST_EXPOSED = {"claw.service": 2.0, "claw-stop.service": 1.5, "claw-voice.service": 1.5}


@pytest.fixture
def analyze() -> str:
    return needed("systemd-analyze", "no unit was looked at")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root in which Claw is installed, as far as units can tell."""
    root = tmp_path / "root"
    for name in ("opt/claw/bin/claw", *EXECUTED):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
    return root


def install(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [str(SYSTEMD / "install.sh"), "--root", str(root), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_every_unit_is_whole(root: Path, analyze: str) -> None:
    assert install(root).returncode == 0
    shutil.copytree("/lib/systemd/system", root / "lib" / "systemd" / "system", symlinks=True)
    done = subprocess.run(
        [analyze, "verify", "--man=no", f"--root={root}", *UNITS], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("unit", MOST_EXPOSED)
def test_a_unit_is_as_tight_as_the_decision_says(unit: str, analyze: str) -> None:
    threshold = str(round(MOST_EXPOSED[unit] * 10))
    done = subprocess.run(
        [analyze, "security", "--no-pager", "--offline=true", f"--threshold={threshold}", str(SYSTEMD / unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_what_is_left_open_is_what_the_decision_lists(analyze: str) -> None:
    asked = [analyze, "security", "--no-pager", "--offline=true", "--json=short", str(SYSTEMD / "claw.service")]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    listed = {one["json_field"] for one in json.loads(done.stdout) if one["set"] is False}
    assert listed == {
        "SystemCallFilter_privileged",
        "SystemCallFilter_mount",
        "RootDirectoryOrRootImage",
        "RestrictNamespaces_user",
        "RestrictNamespaces_pid",
        "RestrictNamespaces_net",
        "RestrictNamespaces_mnt",
        "RestrictAddressFamilies_AF_NETLINK",
        "RestrictAddressFamilies_AF_UNIX",
        "RestrictAddressFamilies_AF_INET_INET6",
        "ProcSubset",
        "PrivateNetwork",
        "PrivateUsers",
        "DeviceAllow",
        "IPAddressDeny",
    }


def test_users_and_folders_are_made_as_the_units_need_them(root: Path, analyze: str) -> None:
    assert install(root).returncode == 0
    if os.geteuid() != 0:
        pytest.skip("NOT ROOT: no user and no folder was made")
    subprocess.run(["systemd-sysusers", f"--root={root}"], capture_output=True, check=True)
    people = dict(line.split(":", 1) for line in (root / "etc/passwd").read_text().splitlines())
    assert people.keys() >= {"claw", "claw-voice"}
    groups = [line.split(":") for line in (root / "etc/group").read_text().splitlines()]
    assert {name: members for name, _, _, members in groups}["claw-voice"] == "claw"
    subprocess.run(["systemd-tmpfiles", "--create", f"--root={root}"], capture_output=True, check=True)
    modes = {name: (root / name).stat().st_mode & 0o7777 for name in ("etc/claw", "var/lib/claw", "etc/credstore")}
    assert modes == {"etc/claw": 0o2750, "var/lib/claw": 0o700, "etc/credstore": 0o700}
    assert (root / "etc/claw/config.example.yaml").stat().st_mode & 0o777 == 0o640


def test_an_installation_keeps_what_a_person_wrote_and_renews_what_is_claws(root: Path) -> None:
    assert install(root).returncode == 0
    config, drop_in = root / "etc/claw/config.yaml", root / "etc/systemd/system/claw.service.d/internet.conf"
    unit = root / "usr/local/lib/systemd/system/claw.service"
    assert not config.exists()
    for path in (config, root / "etc/claw/policy.yaml", drop_in):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine\n")
    unit.write_text("old\n")
    assert install(root).returncode == 0
    assert config.read_text() == drop_in.read_text() == (root / "etc/claw/policy.yaml").read_text() == "mine\n"
    assert unit.read_text() == (SYSTEMD / "claw.service").read_text()
    assert not list(root.rglob("*.new"))


def test_nothing_is_installed_where_claw_is_not(tmp_path: Path) -> None:
    done = install(tmp_path / "empty")
    assert done.returncode == 1
    assert "install Claw itself first" in done.stderr
    assert not (tmp_path / "empty").exists()
    assert install(tmp_path, "--surprise").returncode == 2


def test_units_and_code_agree_on_where_things_lie_and_how_long_they_take() -> None:
    claw, stop, voice = (settings(SYSTEMD / name) for name in MOST_EXPOSED)
    assert Path("/var/lib", claw["StateDirectory"][0].split()[0]) == SERVICE_STATE
    assert Path("/run", claw["RuntimeDirectory"][0], "claw.sock") == SERVICE_SOCKET
    assert claw["RuntimeDirectoryMode"] == ["0750"]  # what lets the group come, and nobody else
    assert claw["StateDirectoryMode"] == ["0700"]
    assert str(SERVICE_STATE) in claw["ExecStart"][0]
    assert all(str(SERVICE_STATE) in line for line in (*stop["ExecStartPre"], *stop["ExecStart"]))
    assert f"PathExists={SERVICE_STATE}/stop" in (SYSTEMD / "claw-stop.path").read_text()
    span = float(claw["WatchdogSec"][0].removesuffix("s"))
    assert span / SIGNS <= LONGEST_S  # a write that hangs is seen before a sign of life is due twice
    assert span < STUCK_S < QUIET_S
    assert voice["PrivateNetwork"] == ["yes"]
    assert voice["RestrictAddressFamilies"] == ["AF_UNIX"]
    assert not [name for name in voice if name.startswith("LoadCredential")]


def test_what_reads_the_policy_again_is_there_on_every_machine() -> None:
    """A signal by the shell itself: the program for it is in a package that a small Debian does not have."""
    (said,) = settings(SYSTEMD / "claw.service")["ExecReload"]
    # Whoever runs the tests may have had hang-ups ignored, which is inherited.
    with subprocess.Popen(["env", "--default-signal=HUP", "sleep", "60"]) as process:
        try:
            while Path(f"/proc/{process.pid}/comm").read_text() != "sleep\n":
                time.sleep(0.01)
            words = shlex.split(said.replace("$$", "$"))
            subprocess.run(words, check=True, env={"PATH": "/nowhere", "MAINPID": str(process.pid)})
            assert process.wait(20) == -signal.SIGHUP
        finally:
            process.kill()


def test_a_secret_is_given_to_the_daemon_and_to_nothing_else() -> None:
    for unit in UNITS:
        text = (SYSTEMD / unit).read_text()
        assert ("LoadCredential" in text) is (unit == "claw.service")
        assert "PYTHONDONTWRITEBYTECODE" not in text


@pytest.mark.parametrize("unit", ["claw.service", "claw-stop.service", "claw-voice.service"])
def test_no_system_call_is_left_that_only_root_could_want(unit: str, analyze: str) -> None:
    del analyze
    allowed = calls(settings(SYSTEMD / unit)["SystemCallFilter"])
    assert not allowed & {
        "bpf",
        "ptrace",
        "kexec_load",
        "init_module",
        "reboot",
        "swapon",
        "setuid",
        "chroot",
        "keyctl",
    }
    bubblewraps = {"mount", "umount2", "pivot_root", "capset"}
    assert allowed & bubblewraps == (bubblewraps if unit == "claw.service" else set())
