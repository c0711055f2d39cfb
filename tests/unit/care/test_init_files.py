"""Files are written whole or not at all, for nobody else to read; what a person changed stays."""

import os
import stat
from pathlib import Path

import pytest

from claw.base.errors import Broken, Invalid
from claw.care import init_files
from claw.care.init_choices import Choices, Resident
from claw.care.init_config import config_text
from claw.care.init_files import Planned, answers_of, checked, planned, write
from claw.care.init_policy import policy_text
from tests.init_room import demo_home, names_in

HOME = demo_home()
CHOICES = Choices((Resident("anna", "Anna", "owner"),))
CONFIG = config_text(HOME, CHOICES, "house-token", "policy.yaml", 1000)
POLICY = policy_text(HOME, CHOICES)


def proposed(folder: Path, config: str = CONFIG, policy: str = POLICY) -> tuple[Planned, Planned]:
    return planned(folder / "config.yaml", config), planned(folder / "policy.yaml", policy)


def written(folder: Path, config: str = CONFIG, policy: str = POLICY) -> None:
    write(proposed(folder, config, policy), {folder / "house-token": "t\n"}, folder, {"port": 1})


def test_new_files_are_written_for_nobody_else_to_read(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "claw"
    written(folder)
    kept = [".init", ".init/answers.json", ".init/config.yaml", ".init/policy.yaml"]
    assert names_in(folder) == [*kept, "config.yaml", "house-token", "policy.yaml"]
    modes = {stat.S_IMODE(one.stat().st_mode) for one in folder.rglob("*") if one.is_file()}
    assert modes == {0o600}
    assert stat.S_IMODE((folder / ".init").stat().st_mode) == 0o700
    assert (folder / "policy.yaml").read_text() == POLICY
    assert answers_of(folder) == {"port": 1}
    assert "t\n" not in (folder / "config.yaml").read_text().splitlines()


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    written(tmp_path)
    assert [one.changes for one in proposed(tmp_path)] == [False, False]
    assert [one.diff for one in proposed(tmp_path)] == ["", ""]


def test_what_a_person_changed_stays_and_what_is_new_comes(tmp_path: Path) -> None:
    written(tmp_path)
    path = tmp_path / "policy.yaml"
    path.write_text(path.read_text().replace("why: louder than 60 % is unusual", "why: mine"), encoding="utf-8")
    newer = POLICY.replace("why: it is late\n", "why: it is really late\n")
    assert newer != POLICY
    _, policy = proposed(tmp_path, policy=newer)
    assert "+    why: it is really late" in policy.diff
    assert "mine" not in policy.diff.replace(" ", "")
    written(tmp_path, policy=newer)
    assert "why: mine" in path.read_text()
    assert "why: it is really late" in path.read_text()
    assert not proposed(tmp_path, policy=newer)[1].changes


def test_a_file_that_was_never_proposed_is_somebodys_own(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text("version: 1\nrules: []\n", encoding="utf-8")
    config, policy = proposed(tmp_path)
    assert (policy.changes, policy.why) == (False, "it is not of `claw init`")
    write((config, policy), {}, tmp_path, {})
    assert (tmp_path / "policy.yaml").read_text() == "version: 1\nrules: []\n"
    assert (tmp_path / "policy.yaml.proposed").read_text() == POLICY
    assert not (tmp_path / ".init" / "policy.yaml").exists()
    assert planned(tmp_path / "policy.yaml", POLICY).why  # and stays so


def test_the_files_are_checked_as_they_will_stand(tmp_path: Path) -> None:
    config, policy, found = checked(*proposed(tmp_path), HOME)
    assert (config.changes, policy.changes) == (True, True)
    assert not any(one.level == "problem" for one in found)


@pytest.mark.parametrize("broken", ["    allow: nothing.at_all\n", "    sense: none\n"])
def test_what_does_not_hold_is_never_written(tmp_path: Path, broken: str) -> None:
    with pytest.raises(Invalid):
        checked(*proposed(tmp_path, policy=POLICY.replace("    allow: claw.model\n", broken)), HOME)
    with pytest.raises(Invalid):
        checked(*proposed(tmp_path, config=CONFIG + "sense: none\n"), HOME)


def test_a_proposal_that_does_not_fit_what_a_person_changed_leaves_the_file_as_it_is(tmp_path: Path) -> None:
    written(tmp_path)
    path = tmp_path / "policy.yaml"
    mine = path.read_text().replace(
        "  - id: think\n    allow: claw.model\n", "  - id: think\n    confirm: claw.model\n"
    )
    path.write_text(mine, encoding="utf-8")
    newer = POLICY + "  - {action: claw.model, data: {tokens: 1}, as: {role: owner}, expect: allow}\n"
    config, policy, _ = checked(*proposed(tmp_path, policy=newer), HOME)
    assert (policy.after, policy.changes) == (mine, False)
    assert "does not hold" in policy.why
    write((config, policy), {}, tmp_path, {})
    assert path.read_text() == mine
    assert (tmp_path / "policy.yaml.proposed").read_text() == newer


def test_a_persons_own_file_that_does_not_hold_is_named(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text("version: 1\nrulez: []\n", encoding="utf-8")
    with pytest.raises(Invalid, match="rulez"):
        checked(*proposed(tmp_path), HOME)


def test_a_disk_that_takes_no_more_leaves_everything_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path)
    before = {one: one.read_bytes() for one in tmp_path.rglob("*") if one.is_file()}
    real, count = os.fsync, 0

    def full(handle: int) -> None:
        nonlocal count
        count += 1
        if count == 3:
            raise OSError(28, "No space left on device")
        real(handle)

    monkeypatch.setattr(init_files.os, "fsync", full)
    with pytest.raises(Broken, match="No space left"):
        written(tmp_path, CONFIG + "# new\n", POLICY + "# new\n")
    assert {one: one.read_bytes() for one in tmp_path.rglob("*") if one.is_file()} == before


def test_where_nothing_can_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(Broken, match="cannot be written"):
        written(tmp_path / "file" / "claw")


def test_an_interruption_between_the_files_is_not_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import signal  # noqa: PLC0415  one test alone needs it

    real = Path.replace
    # Whoever runs the tests in the background has it ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    def interrupted(self: Path, target: Path) -> Path:
        done = real(self, target)
        if target.name == "config.yaml" and target.parent == tmp_path:
            signal.raise_signal(signal.SIGINT)
        return done

    monkeypatch.setattr(Path, "replace", interrupted)
    try:
        with pytest.raises(KeyboardInterrupt):
            written(tmp_path)
    finally:
        signal.signal(signal.SIGINT, before)
    assert (tmp_path / "policy.yaml").read_text() == POLICY
    assert (tmp_path / ".init" / "answers.json").exists()


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "config.yaml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "config.yaml").symlink_to(tmp_path / "real" / "config.yaml")
    written(tmp_path)
    assert (tmp_path / "config.yaml").is_symlink()
    write([Planned(tmp_path / "config.yaml", "a", "b\n", "b\n")], {}, tmp_path, {})
    assert (tmp_path / "real" / "config.yaml").read_text() == "b\n"


@pytest.mark.parametrize("text", ["not JSON", "[1]", "3", ""])
def test_answers_that_cannot_be_read_are_none(tmp_path: Path, text: str) -> None:
    (tmp_path / ".init").mkdir()
    (tmp_path / ".init" / "answers.json").write_text(text, encoding="utf-8")
    assert answers_of(tmp_path) == {}
    assert answers_of(tmp_path / "nowhere") == {}


def test_a_service_reads_the_files_and_neither_the_secret_nor_the_answers(tmp_path: Path) -> None:
    group = 64_322 if os.geteuid() == 0 else os.getgid()
    folder, store = tmp_path / "etc", tmp_path / "store"
    write(proposed(folder), {store / "claw.house-token": "t\n"}, folder, {}, group)
    read = [
        (one.stat().st_gid, stat.S_IMODE(one.stat().st_mode))
        for one in (folder / "config.yaml", folder / "policy.yaml")
    ]
    assert read == [(group, 0o640)] * 2
    assert (folder.stat().st_gid, stat.S_IMODE(folder.stat().st_mode)) == (group, 0o2750)
    for secret in (store / "claw.house-token", folder / ".init" / "answers.json"):
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert stat.S_IMODE(store.stat().st_mode) == 0o700
