"""`claw init` as a person types it, against a scripted Home Assistant: at a terminal, and where there is none."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli_room import Cli
from tests.init_room import SetUpHass, apart, names_in
from tests.peers.real_hass import free_port
from tests.terminal_room import at_terminal


@pytest.fixture
def house() -> Iterator[SetUpHass]:
    there = SetUpHass()
    with apart(there):
        yield there


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "claw"


def words(house: SetUpHass, folder: Path, *more: str) -> tuple[str, ...]:
    return ("init", "--config", str(folder / "config.yaml"), "--url", house.url, *more)


def token_in(folder: Path, token: str) -> str:
    path = folder.with_name("token")
    path.write_text(token, encoding="utf-8")
    return str(path)


def set_up(claw: Cli, house: SetUpHass, folder: Path, *more: str) -> Any:
    said = claw(*words(house, folder, "--token-file", token_in(folder, house.token), "--yes", "--json", *more))
    assert said.code == 0, said.err
    return json.loads(said.out)


def test_it_runs_without_a_terminal(claw: Cli, house: SetUpHass, folder: Path) -> None:
    answer = set_up(claw, house, folder)
    assert (answer["written"], answer["answers"], answer["admin"]) == (True, 1, True)
    assert [one["entity_id"] for one in answer["risky"]] == ["lock.door"]
    assert (folder / "house-token").read_text() == f"{house.token}\n"
    assert house.token not in json.dumps(answer)
    assert house.token not in (folder / "config.yaml").read_text() + (folder / "policy.yaml").read_text()
    assert "call_service" not in house.kinds()


def test_a_dry_run_writes_nothing(claw: Cli, house: SetUpHass, folder: Path) -> None:
    assert set_up(claw, house, folder, "--dry-run")["written"] is False
    assert not folder.exists()


def test_an_edit_between_two_runs_is_kept(claw: Cli, house: SetUpHass, folder: Path) -> None:
    set_up(claw, house, folder)
    policy = folder / "policy.yaml"
    policy.write_text(policy.read_text().replace("why: louder than 60 % is unusual", "why: my own"), encoding="utf-8")
    answer = set_up(claw, house, folder, "--people", "owner=owner, tim=guest")
    assert "+  - id: tim" in answer["files"][0]["diff"]
    assert "why: my own" in policy.read_text()
    assert "id: tim" in (folder / "config.yaml").read_text()


def test_the_second_run_needs_no_token_and_no_address(claw: Cli, house: SetUpHass, folder: Path) -> None:
    set_up(claw, house, folder)
    said = claw("init", "--config", str(folder / "config.yaml"), "--yes")
    assert said.code == 0, said.err
    assert "Nothing to change" in said.out


def test_files_of_somebodys_own_stay(claw: Cli, house: SetUpHass, folder: Path) -> None:
    folder.mkdir()
    (folder / "policy.yaml").write_text("version: 1\nrules: []\n", encoding="utf-8")
    set_up(claw, house, folder)
    assert (folder / "policy.yaml").read_text() == "version: 1\nrules: []\n"
    assert (folder / "policy.yaml.proposed").exists()


def test_without_a_terminal_and_answers_it_says_what_is_missing(claw: Cli, house: SetUpHass, folder: Path) -> None:
    said = claw(*words(house, folder, "--yes"))
    assert said.code == 3
    assert "no answer to 'user'" in said.err
    assert not folder.exists()


@pytest.mark.parametrize(
    ("url", "words_said", "code"),
    [
        ("http://127.0.0.1:{free}", "nobody listens there", 1),
        ("ftp://x", "must look like http://", 1),
        ("http://a:b@x", "must not hold", 1),
    ],
)
def test_a_wrong_address_is_told(claw: Cli, folder: Path, url: str, words_said: str, code: int) -> None:
    said = claw("init", "--config", str(folder / "c.yaml"), "--url", url.format(free=free_port()), "--yes")
    assert (said.code, words_said in said.err) == (code, True), said.err
    assert not folder.exists()


def test_a_wrong_token_is_told_and_shown_nowhere(claw: Cli, house: SetUpHass, folder: Path) -> None:
    said = claw(*words(house, folder, "--token-file", token_in(folder, "my-wrong-token"), "--yes"))
    assert said.code == 1
    assert "does not accept this token" in said.err
    assert "my-wrong-token" not in said.out + said.err
    assert not folder.exists()


def test_a_folder_that_is_none_is_told_before_anything_is_asked(claw: Cli, house: SetUpHass, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    said = claw(*words(house, tmp_path / "file", "--yes"))
    assert said.code == 3
    assert "nothing can be written" in said.err
    assert house.heard == []


def test_a_house_of_three_thousand_things_with_nasty_names(claw: Cli, house: SetUpHass, folder: Path) -> None:
    nasty = ["a: b # c", "\u202eevil\x1b[2J", "'\"\\", "- x\n- y", "\u2028&a *b"]
    for number in range(3_000):
        kind = ("light", "lock", "person", "climate", "cover")[number % 5]
        name = nasty[number % len(nasty)]
        house.states[f"{kind}.t{number}"] = {"s": "off", "a": {"friendly_name": name}, "c": "c0", "lc": 1.0}
    answer = set_up(claw, house, folder)
    assert len(answer["risky"]) == 1801
    text = (folder / "policy.yaml").read_text() + (folder / "config.yaml").read_text()
    assert all(char.isprintable() or char == "\n" for char in text)


def test_the_program_that_claw_itself_started_sets_nothing_up(
    claw: Cli, house: SetUpHass, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(claw, house, folder)
    monkeypatch.setattr("claw.cli.policy_file.state_holder", lambda _: os.getppid())
    said = claw(*words(house, folder, "--yes"))
    assert said.code == 3
    assert "Claw itself started" in said.err


def test_a_person_at_a_terminal_signs_in_and_stops_in_the_middle(house: SetUpHass, folder: Path) -> None:
    house.code = "123456"
    with at_terminal("init", "--config", str(folder / "config.yaml"), "--no-trial") as screen:
        screen.shows("Where is Home Assistant")
        screen.types("ftp://nowhere\n")
        screen.shows("must look like", "Where is Home Assistant")
        screen.types(f"{house.url}\n")
        screen.shows("user name")
        screen.types("anna\n")
        screen.shows("password")
        screen.types("secret\n")
        screen.shows("second factor")
        screen.types("123456\n")
        shown = screen.shows("lock.door", "Who lives here")
        assert "exposed to its voice assistants" in shown
        screen.types("nobody\n")
        screen.shows("expected a role", "Who lives here")
        screen.ended_by("\x03", 130)
    assert "secret" not in screen.shown
    assert "123456" not in screen.shown
    assert not folder.exists()
    assert house.revoked == ["refresh"]


def test_a_person_who_says_no_has_nothing_written(house: SetUpHass, folder: Path) -> None:
    given = ("--token-file", token_in(folder, house.token), "--people", "owner=owner")
    with at_terminal(*words(house, folder, *given)) as screen:
        screen.shows("Locks: ask")
        screen.types("\n")
        screen.shows("Write this")
        screen.types("no\n")
        screen.shows("Nothing was written", "4 answers")
        assert screen.process.wait(20) == 0
    assert not folder.exists()


def test_what_is_written_is_all_there(claw: Cli, house: SetUpHass, folder: Path) -> None:
    set_up(claw, house, folder)
    kept = [".init", ".init/answers.json", ".init/config.yaml", ".init/policy.yaml"]
    assert names_in(folder) == [*kept, "config.yaml", "house-token", "policy.yaml"]


@pytest.fixture
def service(claw: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with Claw as a service and root at work, who stands where no configuration is; below it all lies."""
    del claw
    for name in ("state", "etc", "here"):
        (tmp_path / name).mkdir()
    if os.geteuid() == 0:
        os.chown(tmp_path / "state", 64_322, 64_322)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    for room in ("init", "options", "init_trial"):
        monkeypatch.setattr(f"claw.cli.{room}.SERVICE_STATE", tmp_path / "state")
    for room in ("init", "options"):
        monkeypatch.setattr(f"claw.cli.{room}.SERVICE_CONFIG", tmp_path / "etc" / "config.yaml")
    monkeypatch.setattr("claw.base.places.CREDENTIAL_STORE", tmp_path / "store")
    monkeypatch.setattr("claw.cli.init_trial.Popen", lambda *_, **__: pytest.fail("root started a daemon"))
    monkeypatch.setenv("CLAW_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path / "here")
    (tmp_path / "here" / "answers").write_text("{stop: stop, reset: tried}", encoding="utf-8")
    return tmp_path


def test_root_sets_a_service_up_with_files_that_it_can_read(
    claw: Cli, house: SetUpHass, service: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    etc, kept = service / "etc", service / "store" / "claw.house-token"
    (service / "here" / "token").write_text(house.token, encoding="utf-8")
    words = ("init", "--url", house.url, "--yes", "--json", "--answers", "answers")
    said = claw(*words, "--token-file", "token")
    assert said.code == 0, said.err
    answer = json.loads(said.out)
    assert "systemctl enable --now" in answer["later"]
    assert "trial" not in answer
    assert (kept.read_text(), kept.stat().st_mode & 0o777) == (f"{house.token}\n", 0o600)
    assert 'token_file: "/run/credentials/claw.service/house-token"' in (etc / "config.yaml").read_text()
    assert not (etc / "house-token").exists()
    group = (service / "state").stat().st_gid
    for name in ("config.yaml", "policy.yaml"):
        found = (etc / name).stat()
        assert (found.st_gid, found.st_mode & 0o777) == (group, 0o640)

    monkeypatch.setattr("claw.cli.init_trial.listened_on", lambda _: True)  # the service runs now
    monkeypatch.setattr("claw.cli.init_trial.trial", lambda *_, **__: {"ok": True, "verified": None})
    before = kept.stat().st_ino
    again = claw(*words)
    assert again.code == 0, again.err
    assert json.loads(again.out)["trial"]["ok"]
    assert kept.stat().st_ino == before  # what is kept already is not written anew
    assert names_in(service / "here") == ["answers", "token"]


def test_a_token_that_was_put_beside_the_configuration_before_goes_where_the_service_gets_it(
    claw: Cli, house: SetUpHass, service: Path
) -> None:
    etc = service / "etc"
    (etc / "house-token").write_text(house.token, encoding="utf-8")
    said = claw("init", "--url", house.url, "--yes", "--no-trial")
    assert said.code == 0, said.err
    assert "systemctl restart claw" in said.out
    assert (service / "store" / "claw.house-token").read_text() == f"{house.token}\n"
