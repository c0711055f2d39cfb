"""Root at work on somebody else's state directory."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from claw.cli.owner import as_owner

SOMEBODY = 64_322
WORK = """
import os, sys
from pathlib import Path
from claw.cli.owner import as_owner
state = Path(sys.argv[1])
os.chdir(state)  # the way to it may be for root alone
as_owner(state)
Path("mark").write_text("x")
print(os.getuid(), os.geteuid(), os.getgid(), os.getgroups())
try:
    os.setuid(0)
except PermissionError:
    print("for good")
"""


def work(state: Path) -> list[str]:
    done = subprocess.run([sys.executable, "-c", WORK, str(state)], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@pytest.mark.skipif(os.geteuid() != 0, reason="NOT ROOT: nobody to become somebody else was tried")
def test_root_becomes_the_owner_for_good(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    os.chown(state, SOMEBODY, SOMEBODY)
    assert work(state) == [f"{SOMEBODY} {SOMEBODY} {SOMEBODY} []", "for good"]
    assert (state / "mark").stat().st_uid == SOMEBODY


def test_ones_own_directory_and_one_that_is_not_there_change_nothing(tmp_path: Path) -> None:
    before = os.getresuid(), os.getgroups()
    as_owner(tmp_path)
    as_owner(tmp_path / "missing")
    assert (os.getresuid(), os.getgroups()) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="NOT ROOT: nobody to become somebody else was tried")
def test_what_goes_into_a_folder_of_roots_stays_roots(tmp_path: Path) -> None:
    state, own, theirs = (tmp_path / name for name in ("state", "own", "theirs"))
    for folder in (state, own, theirs):
        folder.mkdir()
    for folder in (state, theirs):
        os.chown(folder, SOMEBODY, SOMEBODY)
    asked = "import sys, os; from pathlib import Path; from claw.cli.owner import as_owner; "
    asked += "as_owner(*map(Path, sys.argv[1:])); print(os.getuid())"
    for into, uid in ((own, 0), (theirs, SOMEBODY), (tmp_path / "missing", 0)):
        words = [sys.executable, "-c", asked, str(state), str(into)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert done.stdout == f"{uid}\n", done.stderr
