import os
from pathlib import Path

import pytest

from claw.care import doctor_files
from claw.care.doctor_files import files
from tests.doctor_room import case, found, mends, worse

CONFIG = "house: {url: 'http://127.0.0.1:1', token_file: house-token}\n"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    folder = tmp_path / "state"
    folder.mkdir(mode=0o700)
    (folder / "claw.db").touch(0o600)
    (folder / "keys").mkdir(mode=0o700)
    (folder / "keys" / "audit.key").touch(0o600)
    return folder


@pytest.fixture
def home(tmp_path: Path, state: Path) -> Path:
    tmp_path.chmod(0o755)
    (tmp_path / "house-token").touch(0o600)
    (tmp_path / "policy.yaml").touch(0o644)
    return tmp_path


def test_what_is_as_it_should_be_is_well(home: Path) -> None:
    assert found(files, case(home, config=CONFIG)) == [
        ("ok", "Nobody else can read the state directory and the secrets, or write what counts.")
    ]
    assert [level for level, _ in found(files, case(home / "nowhere"))] == ["ok"]


def obey(mend: str) -> None:
    """Do what a mending command says, as far as this test has any."""
    program, *words = mend.split()
    assert program == "chmod"
    assert os.spawnvp(os.P_WAIT, program, [program, *words]) == 0  # noqa: S606  as the person would type it


@pytest.mark.parametrize(
    ("path", "mode", "word"),
    [
        ("state", 0o755, "state directory"),
        ("state/claw.db", 0o640, "claw.db"),
        ("state/keys", 0o750, "keys"),
        ("state/keys/audit.key", 0o604, "audit.key"),
        ("house-token", 0o640, "secret"),
        ("policy.yaml", 0o664, "policy"),
        ("config.yaml", 0o646, "configuration"),
        (".", 0o777, "folder of the"),
    ],
)
def test_each_that_others_can_read_or_write_is_told_and_its_command_mends_it(
    home: Path, path: str, mode: int, word: str
) -> None:
    about = case(home, config=CONFIG)
    (home / path).chmod(mode)
    told = worse(files, about)
    assert told
    assert all(level == "problem" and word in text for level, text in told), told
    for mend in mends(files, about):
        obey(mend)
    assert worse(files, about) == []


def test_what_somebody_else_owns_is_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    about = case(home, config=CONFIG)
    monkeypatch.setattr(doctor_files.os, "geteuid", lambda: 4711)
    if (home / "state").stat().st_uid in {0, 4711}:
        os.chown(home / "state", 1234, -1)
    assert any("belongs to another user" in text for _, text in worse(files, about))


def test_one_foreign_file_in_the_state_directory_is_told(home: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("ONLY ROOT CAN GIVE A FILE AWAY: nothing foreign was looked at")
    os.chown(home / "state" / "claw.db", 1234, -1)
    ((level, text),) = worse(files, case(home, config=CONFIG))
    assert (level, "claw.db" in text) == ("problem", True)


def test_a_secret_that_is_not_there_is_told_and_one_of_systemds_is_let_alone(home: Path) -> None:
    (home / "house-token").unlink()
    assert [level for level, _ in worse(files, case(home, config=CONFIG))] == ["problem"]
    elsewhere = "house: {url: 'http://x', token_file: /run/credentials/claw.service/house-token}\n"
    assert worse(files, case(home, config=elsewhere)) == []


def test_a_configuration_that_everybody_reads_beside_a_secret_is_for_the_view_for_security(home: Path) -> None:
    about = {security: case(home, config=CONFIG, security=security) for security in (False, True)}
    (home / "config.yaml").chmod(0o644)
    assert worse(files, about[False]) == []
    assert [level for level, _ in worse(files, about[True])] == ["warning"]
    obey(mends(files, about[True])[0])
    assert worse(files, about[True]) == []


def test_hostile_names_and_very_many_files_are_borne(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "state" / "a b; rm -rf \x1b[2J").touch(0o666)
    (home / "state" / "a b; rm -rf \x1b[2J").chmod(0o666)
    (home / "state" / "loop").symlink_to(home / "state")
    about = case(home, config=CONFIG)
    assert mends(files, about) == [f"chmod -R go= {home / 'state'}"]
    monkeypatch.setattr(doctor_files, "MOST_FILES", 2)
    list(files(about))
