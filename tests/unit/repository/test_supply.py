"""What comes from elsewhere is what was agreed on: code that runs at every start of Python, locks, addresses."""

import hashlib
import re
import sys
import sysconfig
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from pathlib import Path

import pytest

from claw.base.installed import ALLOWED_PTH, Difference, compare, folders

ROOT = Path(__file__).parents[3]
LOCKS = sorted(path.name for path in ROOT.glob("requirements*.lock"))
RUNS = ("requirements.lock", "requirements-voice.lock", "requirements-channels.lock")
APART = {
    "requirements-schemathesis.lock": "asks the HTTP interface from outside, in an environment without Claw",
}
"""The only locks that may hold what urllib3-future takes the place of, and why nothing is overwritten there."""
TAKEN = {"urllib3", "requests"}
HOSTS = {"127.0.0.1", "localhost", "supervisor", "homeassistant.local", "HOST"}
"""What an address in a file of the packaging may point at: this machine, a Home Assistant beside it, or a gap."""


def pins(lock: str) -> set[str]:
    return set(re.findall(r"^([a-z0-9-]+)==", (ROOT / lock).read_text(), re.MULTILINE))


def site_packages() -> Path:
    return Path(sysconfig.get_path("purelib"))


def test_code_that_runs_at_every_start_is_there_by_its_content_alone() -> None:
    found = compare(whole=False)
    assert not [each for each in found.differences if each.kind == "pth"]
    assert site_packages() in folders()


def test_what_is_allowed_to_run_at_every_start_is_there() -> None:
    """An entry that no package brings any more lets somebody in for nothing."""
    brought = {hashlib.sha256(path.read_bytes()).hexdigest() for path in site_packages().glob("*.pth")}
    assert not ALLOWED_PTH.keys() - brought


def test_one_more_line_is_another_content(tmp_path: Path) -> None:
    folder = tmp_path / "site-packages"
    folder.mkdir()
    known = (site_packages() / "urllib3_future.pth").read_bytes()
    (folder / "urllib3_future.pth").write_bytes(known)
    assert compare([folder]).ok
    (folder / "urllib3_future.pth").write_bytes(known + b"\nimport os\n")
    assert compare([folder]).differences == (Difference("pth", "urllib3_future.pth"),)


def test_of_what_runs_only_urllib3_future_brings_such_a_file() -> None:
    bring: set[str] = set()
    for name in set().union(*map(pins, RUNS)):
        try:
            files = distribution(name).files or []
        except PackageNotFoundError:  # for another platform
            continue
        bring |= {name for each in files if each.suffix == ".pth"}
    assert bring == {"urllib3-future"}


def test_every_lock_is_known_here() -> None:
    """A new lock has to be looked at, also in test_locks.py, where each of its lines is read."""
    assert set(LOCKS) == {"requirements-build.lock", "requirements-dev.lock", *RUNS, *APART}


@pytest.mark.parametrize("lock", LOCKS)
def test_no_lock_holds_what_urllib3_future_would_write_over(lock: str) -> None:
    held = TAKEN & pins(lock)
    assert not held or (lock in APART and "urllib3-future" not in pins(lock)), f"{lock}: {held}"


def test_what_is_apart_has_an_environment_of_its_own() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for lock in APART:
        lines = [line for line in makefile.splitlines() if "install" in line and lock in line]
        assert lines
        assert all("$(VENV)/schemathesis" in line for line in lines)


def test_what_is_imported_as_urllib3_was_installed_as_urllib3_future() -> None:
    owners = packages_distributions()
    assert owners["urllib3"] == ["urllib3-future"]
    for name in TAKEN:
        with pytest.raises(PackageNotFoundError):
            distribution(name)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_line_of_a_lock_is_a_pin_or_a_hash(lock: str) -> None:
    lines = (ROOT / lock).read_text().splitlines()
    other = [
        line
        for line in lines
        if not re.match(r"(#|[a-z0-9-]+==[\w.]+( ; .+)? \\$|    --hash=sha256:[0-9a-f]{64}( \\)?$)", line)
    ]
    assert not other


def test_what_is_packaged_names_no_host() -> None:
    named: set[tuple[str, str]] = set()
    for path in sorted((ROOT / "packaging").rglob("*")):
        if path.is_file() and path.suffix in {"", ".py", ".sh", ".yaml", ".md", ".txt", ".json", ".1"}:
            text = path.read_text(encoding="utf-8")
            hosts = {match[1] for match in re.finditer(r"\b(?:https?|wss?|tcp)://\[?([\w.-]*)", text)}
            hosts |= {match[0] for match in re.finditer(r"\b[\w-]+\.(?:io|org|com|net)/[\w-]+/", text)}
            named |= {(path.name, host) for host in hosts if host and host not in HOSTS}
    assert not named


def test_this_python_is_the_one_of_the_environment() -> None:
    assert Path(sys.prefix) == site_packages().parents[2], "nothing above was said of another"
