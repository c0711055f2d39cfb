"""A pipe, a folder, a device or a link to itself where a file should be: one sentence, and nobody waits for ever."""

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.running import claw, running, write_house

KINDS: Mapping[str, Callable[[Path], object]] = {
    "pipe": os.mkfifo,
    "folder": Path.mkdir,
    "device": lambda path: path.symlink_to("/dev/zero"),
    "loop": lambda path: path.symlink_to(path.name),
}
WHY = {
    "pipe": "it is a pipe and no file",
    "folder": "it is a folder and no file",
    "device": "it is a device and no file",
    "loop": "Too many levels of symbolic links",
}
PLACES = ("state/claw.db", "state/audit.db", "config.yaml", "policy.yaml", "token")
FEW = [(place, "pipe") for place in PLACES] + [("policy.yaml", "loop"), ("state/claw.db", "folder")]
"""The full table is marked; a pipe is the one that holds whoever opens it."""
ALL = [(place, kind) for place in PLACES for kind in KINDS if (place, kind) not in FEW]
POLICY = "version: 1\nrules:\n  - {id: lamp, allow: light.*}\n"
HOUSE = "entities:\n  - {entity_id: light.hall, name: Hall, state: off}\n"


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose daemon ran and ended, and a backup of it."""
    home = tmp_path_factory.mktemp("home")
    (home / "house.yaml").write_text(HOUSE)
    config = write_house(home, {"simulated": "house.yaml"}, POLICY)
    with running(home / "state", ("run", "--config", str(config))) as daemon:
        assert daemon.end() == 0
    assert claw("backup", "make", str(home / "good.tar"), "--state-dir", str(home / "state")).returncode == 0
    return home


@pytest.fixture
def home(lived_in: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    shutil.copytree(lived_in, tmp_path / "home")
    return tmp_path / "home"


def broken(home: Path, place: str, kind: str) -> Path:
    """Put something else in the place of a file; a token is named first, for a house that is not there."""
    path = home / place
    if place == "token":
        (home / "config.yaml").write_text("house: {url: 'http://127.0.0.1:9', token_file: token}\nlisten: {port: 0}\n")
    path.unlink(missing_ok=True)
    KINDS[kind](path)
    return path


def looked_at(home: Path, place: str, kind: str) -> None:
    path = broken(home, place, kind)
    files = ("--state-dir", str(home / "state"), "--config", str(home / "config.yaml"))
    done = claw("run", *files)
    assert done.returncode == 1
    assert f"{path} cannot be" in done.stderr or f"{path}: cannot be" in done.stderr
    assert (WHY[kind] in done.stderr, len(done.stderr.splitlines())) == (True, 1), done.stderr
    done = claw("doctor", "--only", "config,policy,token,files,clock,log,routines,backup", *files)
    assert done.returncode == 1, done.stderr
    assert WHY[kind] in done.stdout
    assert "Traceback" not in done.stderr + done.stdout
    assert "It could not be looked at (" not in done.stdout  # which is what is said of an error nobody thought of
    done = claw("backup", "make", str(home / "new.tar"), *files)
    assert "Traceback" not in done.stderr
    assert done.returncode == (0 if place in {"policy.yaml", "token"} else 1), done.stderr
    if done.returncode == 0 and place == "policy.yaml":
        assert f"not in it: {path}" in done.stdout
    done = claw("restore", str(home / "good.tar"), "--state-dir", str(home / "state"))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("place", "kind"), FEW)
def test_what_is_no_file_is_told_in_a_sentence(home: Path, place: str, kind: str) -> None:
    looked_at(home, place, kind)


@pytest.mark.prove
@pytest.mark.parametrize(("place", "kind"), ALL)
def test_so_it_is_with_all_of_them(home: Path, place: str, kind: str) -> None:
    looked_at(home, place, kind)


@pytest.mark.parametrize("kind", KINDS)
def test_a_backup_that_is_no_file_is_not_waited_for(home: Path, kind: str) -> None:
    path = home / "bad.tar"
    KINDS[kind](path)
    for words in (("backup", "verify", str(path)), ("restore", str(path))):
        done = claw(*words, "--state-dir", str(home / "state"))
        assert (done.returncode, WHY[kind] in done.stderr + done.stdout) == (1, True), done.stderr + done.stdout
    state = home / "other"
    KINDS[kind](state)
    done = claw("restore", str(home / "good.tar"), "--state-dir", str(state))
    assert "Traceback" not in done.stderr
    assert (done.returncode == 0) == (kind == "folder"), done.stderr
