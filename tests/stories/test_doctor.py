"""`claw doctor` as a person types it: what is really broken is found, what it says mends it, and it changes nothing."""

import asyncio
import json
import os
import shlex
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from claw.care.finding import Finding
from claw.daemon.demo import FOLDER
from tests.doctor_room import mends_parse
from tests.peers.scripted_hass import ScriptedHass
from tests.running import claw, running

HOUSE = f"house: {{simulated: {FOLDER / 'house.yaml'}}}\npeople: [{{id: anna, name: Anna, role: owner}}]\n"


def looked(*words: str, more: dict[str, str] | None = None) -> tuple[int, list[dict[str, Any]]]:
    """Return how ``claw doctor WORDS`` ended and what it found; every command that it names is one that there is."""
    done = claw("doctor", "--json", *words, more=more)
    assert done.stdout, done.stderr
    found = json.loads(done.stdout)
    mends_parse(Finding(**one) for one in found)
    return done.returncode, found


def bad(found: list[dict[str, Any]]) -> list[str]:
    return [one["text"] for one in found if one["level"] in {"problem", "warning"}]


def mend(found: list[dict[str, Any]], words: str) -> None:
    """Do what is said under the finding that has ``words`` in it."""
    (one,) = [one for one in found if words in one["text"]]
    program, *rest = shlex.split(one["mend"])
    if program == "claw":
        done = claw(*rest)
        assert done.returncode == 0, done.stderr
    else:
        subprocess.run([program, *rest], check=True)


def contents(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return every file below a folder, with its rights and its bytes."""
    return {
        str(path.relative_to(folder)): (path.lstat().st_mode, path.read_bytes() if path.is_file() else b"")
        for path in folder.rglob("*")
    }


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state of a daemon that ran and ended well, as nobody may change it."""
    folder = tmp_path_factory.mktemp("left")
    with running(folder / "state") as daemon:
        assert daemon.say("turn on the kitchen lights")["status"] == "done"
        assert daemon.end() == 0
    return folder


@pytest.fixture
def home(left: Path, tmp_path: Path) -> Path:
    """A copy of it, with a configuration and a policy."""
    subprocess.run(["cp", "-a", left / "state", tmp_path / "state"], check=True)
    (tmp_path / "config.yaml").write_text(HOUSE)
    (tmp_path / "policy.yaml").write_text("version: 1\nrules:\n  - {id: lamps, allow: light.*}\n")
    tmp_path.chmod(0o700)
    return tmp_path


def at(home: Path) -> tuple[str, ...]:
    return "--state-dir", str(home / "state"), "--config", str(home / "config.yaml")


def test_it_changes_nothing_beside_no_daemon_however_much_it_looks_at(home: Path) -> None:
    before = contents(home)
    for words in ((), ("--security",), ("--full", "--only", "log,files,clock,routines,rights,backup,disk,policy")):
        code, found = looked(*words, *at(home))
        assert code in {0, 1}
        assert not [one for one in found if "could not be looked at" in one["text"]]
    assert contents(home) == before


def test_beside_a_daemon_it_asks_and_does_nothing_and_what_it_finds_is_mended(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with running(state) as daemon:
        there = ("--state-dir", str(state))
        acts = len(daemon.ask("log", limit="1000"))  # type: ignore[arg-type]
        looked(*there)
        looked("--security", *there)
        assert {row["kind"] for row in daemon.ask("log", limit="1000")[acts:]} <= {"checkpoint"}  # type: ignore[arg-type]

        assert claw("stop", "--reason", "smoke", *there).returncode == 0
        code, found = looked("--only", "daemon", *there)
        assert (code, bad(found)) == (1, ["Claw is stopped and moves nothing: smoke."])
        mend(found, "smoke")
        assert looked("--only", "daemon", *there)[0] == 0

        (state / "audit.db").chmod(0o644)
        code, found = looked("--only", "files", *there)
        assert (code, found[0]["level"]) == (1, "problem")
        mend(found, "audit.db")
        state.chmod(0o755)
        mend(looked("--only", "files", *there)[1], "is open to others")
        assert looked("--only", "files", *there)[0] == 0
        assert oct(state.stat().st_mode & 0o777) == "0o700"


def test_the_worst_is_printed_first_with_its_command_below(home: Path) -> None:
    (home / "state" / "claw.db").chmod(0o666)
    done = claw("doctor", "--only", "files,config,daemon", *at(home))
    lines = done.stdout.splitlines()
    assert done.returncode == 1
    assert lines[0].startswith("problem  files  claw.db in the state directory")
    assert lines[1].strip() == f"→ chmod -R go= {home / 'state'}"
    assert lines[-1] == "1 of 3 findings are worse than a note."


def test_a_log_that_was_changed_or_cut_is_found(home: Path) -> None:
    assert looked("--only", "log", *at(home))[0] == 0
    with closing(sqlite3.connect(home / "state" / "audit.db")) as db:
        db.executescript("DROP TRIGGER payloads_update; UPDATE payloads SET body = x'00' WHERE seq = 3;")
    for words in ((), ("--full",)):
        code, found = looked("--only", "log", *words, *at(home))
        assert (code, "problem" in {one["level"] for one in found}) == (1, True)


async def test_a_house_that_is_gone_a_wrong_token_and_one_that_may_too_much_are_found(tmp_path: Path) -> None:
    token = tmp_path / "house-token"
    token.touch(0o600)
    there = ("--only", "house,token,clock", *at(tmp_path))

    async def look() -> tuple[int, list[dict[str, Any]]]:
        return await asyncio.to_thread(looked, *there)

    async with ScriptedHass() as house:
        token.write_text(house.token)
        (tmp_path / "config.yaml").write_text(f"house: {{url: '{house.url}', token_file: house-token}}\n")
        rights = {"id": "u", "name": "Claw", "is_admin": False, "is_owner": False}
        house.answers["auth/current_user"] = lambda client, message: client.result(message, rights)
        code, found = await look()
        assert (code, bad(found)) == (0, [])
        assert house.calls == []
        assert set(house.kinds()) == {"auth", "auth/current_user", "get_config", "get_states"}

        rights["is_admin"] = True
        assert "administers" in bad((await look())[1])[0]
        token.write_text("another")
        assert bad((await look())[1]) == ["Home Assistant refuses the token."]
        token.write_text(house.token)
        token.chmod(0o644)
        code, found = await look()
        assert (code, house.token in json.dumps(found)) == (1, False)
        await asyncio.to_thread(mend, found, "can be read by others")
        assert "administers" in bad((await look())[1])[0]
        await house.down()
        assert "nobody listens there" in bad((await look())[1])[0]


def test_an_old_backup_is_found_and_one_more_mends_it(home: Path) -> None:
    (home / "kept").mkdir(mode=0o700)
    with (home / "config.yaml").open("a") as file:
        file.write("backup: {folder: kept}\n")
    there = ("--only", "backup", *at(home))
    assert "no backup of this log" in bad(looked(*there)[1])[0]
    mend(looked(*there)[1], "no backup of this log")
    code, found = looked(*there)
    assert (code, bad(found)) == (0, [])
    (made,) = (home / "kept").glob("claw-*.tar")
    made.rename(made.with_name(f"{made.name[:14]}20250101T000000Z.tar"))
    code, found = looked(*there)
    assert (code, found[0]["level"]) == (1, "problem")
    mend(found, "days old")
    assert looked(*there)[0] == 0


@contextmanager
def hanging(state: Path) -> Iterator[None]:
    """Listen where a daemon would, and answer nobody."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(state / "claw.sock"))
        listener.listen()
        yield


def test_a_daemon_that_hangs_is_said_and_the_rest_is_looked_at_all_the_same(home: Path) -> None:
    with hanging(home / "state"):
        code, found = looked("--only", "daemon,policy,voice,channels,rights,disk,log", *at(home))
    assert code == 1
    assert any("does not answer" in text for text in bad(found))
    assert {one["about"] for one in found} >= {"disk", "log", "policy"}


def test_nothing_there_and_everything_broken_end_as_they_should(tmp_path: Path) -> None:
    everywhere = ("--state-dir", str(tmp_path / "nowhere"), "--config", str(tmp_path / "no.yaml"))
    code, found = looked(*everywhere)
    assert (code, found[0]["about"]) == (1, "config")
    assert not (tmp_path / "nowhere").exists()
    state = tmp_path / "state"
    state.mkdir(0o700)
    (state / "claw.db").write_bytes(b"\xff" * 5000)
    (state / "audit.db").mkdir()
    (state / "lock").mkdir()
    (state / "x\x1b[2J\n.db").touch(0o600)
    (state / os.fsdecode(b"\xff.db")).touch(0o600)
    (tmp_path / "config.yaml").write_text("house: [\x00")
    for words in ((), ("--security",), ("--full", "--only", "daemon,log,files,disk,clock,rights,routines,backup")):
        done = claw("doctor", *words, *at(tmp_path))
        assert (done.returncode, "Traceback" in done.stderr, "\x1b" in done.stdout) == (1, False, False), done.stderr
    assert claw("doctor", "--only", "everything").returncode == 2


def test_a_database_that_somebody_holds_locked_is_said_in_time(home: Path) -> None:
    with closing(sqlite3.connect(home / "state" / "claw.db", isolation_level=None)) as holder:
        holder.execute("PRAGMA locking_mode=EXCLUSIVE")
        holder.execute("BEGIN EXCLUSIVE")
        holder.execute("CREATE TABLE held (x)")
        code, found = looked("--only", "routines,rights", *at(home))
    assert (code, "locked" in " ".join(bad(found))) == (1, True)


def test_code_that_nobody_installed_is_found_by_a_python_that_would_run_it(tmp_path: Path) -> None:
    folder = tmp_path / "site-packages"
    folder.mkdir()
    (folder / "sitecustomise.py").write_text("")
    (folder / "start.pth").write_text("")
    words = [sys.executable, "-c", "from claw.cli.main import main; main()", "doctor", "--only", "installed", "--json"]
    done = subprocess.run(
        words, env={**os.environ, "PYTHONPATH": str(folder)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stderr
    texts = bad(json.loads(done.stdout))
    assert any(text.startswith("sitecustomise.py was brought by no package") for text in texts)
    assert any(text.startswith("start.pth is run at every start") for text in texts)
