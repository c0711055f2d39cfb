"""The policy file is replaced whole, by its owner, with the old one kept."""

import os
import stat
from pathlib import Path

import pytest

from claw.base.errors import Broken, Refused
from claw.cli import policy_file
from claw.cli.policy_file import PolicyFile
from claw.daemon.demo import FOLDER
from claw.store.db import lock_state

OLD, NEW = "version: 1\n", "version: 1\nrules: []\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "policy.yaml"
    path.write_text(OLD)
    path.chmod(0o640)
    return path


def test_it_is_another_file_with_the_mode_of_the_old_one_and_the_old_text_beside_it(path: Path, tmp_path: Path) -> None:
    before = path.stat()
    PolicyFile.of(path, tmp_path / "state").replace(NEW)
    after = path.stat()
    assert path.read_text() == NEW
    assert after.st_ino != before.st_ino, "replaced in one step, not written into"
    assert (stat.S_IMODE(after.st_mode), after.st_uid, after.st_gid) == (0o640, before.st_uid, before.st_gid)
    assert (tmp_path / "policy.yaml.bak").read_text() == OLD
    assert sorted(one.name for one in tmp_path.iterdir()) == ["policy.yaml", "policy.yaml.bak"]


def test_a_link_is_followed_to_the_file_that_counts(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.yaml"
    link.symlink_to(path)
    PolicyFile.of(link, tmp_path / "state").replace(NEW)
    assert link.is_symlink()
    assert path.read_text() == NEW


def test_only_its_owner_may(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
    with pytest.raises(Refused, match="only the owner"):
        PolicyFile.of(path, tmp_path / "state")


def test_the_demos_policy_is_part_of_claw_and_stays(tmp_path: Path) -> None:
    path = FOLDER / "policy.yaml"
    with pytest.raises(Refused, match="belongs to Claw itself"):
        PolicyFile.of(path, tmp_path / "state")


def test_what_the_daemon_started_may_not(path: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    lock = lock_state(state)  # this test is the daemon, and its child asks
    try:
        child = os.fork()
        if child == 0:
            try:
                PolicyFile.of(path, state)
            except Refused:
                os._exit(3)
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
    finally:
        lock.release()


def test_a_file_that_changed_meanwhile_is_left_alone(path: Path, tmp_path: Path) -> None:
    file = PolicyFile.of(path, tmp_path / "state")
    path.write_text("version: 1\n# mine\n")
    with pytest.raises(Refused, match="meanwhile"):
        file.replace(NEW)
    assert path.read_text() == "version: 1\n# mine\n"


def test_a_disk_that_does_not_take_it_leaves_the_old_one(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = PolicyFile.of(path, tmp_path / "state")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(policy_file.os, "fsync", full)
    with pytest.raises(Broken, match="No space left"):
        file.replace(NEW)
    assert path.read_text() == OLD
    assert [one.name for one in tmp_path.iterdir()] == ["policy.yaml"]


def test_the_old_text_can_be_put_back(path: Path, tmp_path: Path) -> None:
    file = PolicyFile.of(path, tmp_path / "state")
    file.replace(NEW)
    file.put_back()
    assert path.read_text() == OLD
