"""A home is backed up while it is lived in, lost, and restored: it remembers, knows whom it trusts, and hides nothing.

All of it through the command line and a daemon in a process of its own.
"""

import itertools
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import pytest

from claw.audit.verify import verify
from claw.care import restore as room
from claw.daemon.backups import kept_in
from claw.daemon.demo import FOLDER
from tests.backup_room import Lived, lived, names_of
from tests.living import OWNER, living
from tests.running import CLAW, Claw, claw, environment, running, write_house

ROOT = Path(__file__).parents[2]
POLICY = """\
version: 1
rules:
  - {id: messages, allow: [claw.notify, claw.read, claw.remember, claw.forget]}
  - {id: light, allow: "light.*"}
  - id: doors
    confirm: "lock.*"
    ask: {roles: [owner], channels: [cli], grant: 1 h}
"""


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the witness of every daemon of a test lies."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data"


def configured(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return write_house(folder, {"simulated": str(FOLDER / "house.yaml")}, POLICY)


@contextmanager
def living_at(state: Path, config: Path) -> Iterator[Claw]:
    with running(state, ("run", "--config", str(config))) as daemon:
        yield daemon


class Load:
    """Three people who never stop asking; each answer is kept with the entry of the log that it names."""

    def __init__(self, daemon: Claw) -> None:
        self._daemon = daemon
        self._over = threading.Event()
        self.answered: list[int] = []
        self.failed: list[object] = []
        self._threads = [threading.Thread(target=self._ask, args=(number,)) for number in range(3)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(30)

    def _ask(self, number: int) -> None:
        for turn in itertools.count(number):
            if self._over.is_set():
                return
            reply = self._daemon.say(f"turn {('on', 'off')[turn % 2]} the kitchen lights")
            if reply.get("status") != "done":
                self.failed.append(reply)
                return
            self.answered += [outcome["audit"] for outcome in reply["outcomes"]]

    def goes_on(self, count: int) -> None:
        """Return when so many more were answered."""
        wanted = len(self.answered) + count
        while len(self.answered) < wanted and not self.failed:
            self._daemon.status()
        assert self.failed == []


def rows(path: Path, last: int) -> list[tuple[int, str, bytes]]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as log:
        return log.execute("SELECT seq, kind, hash FROM rows WHERE seq <= ? ORDER BY seq", (last,)).fetchall()


def lived_in(daemon: Claw, config: Path, file: Path) -> tuple[dict[str, Any], list[int]]:
    """Have a home remember something, trust somebody and be backed up under load.

    Return what the backup said of itself, and the entries of all that was answered before, meanwhile and after.
    """
    assert daemon.run("memory", "add", "the bins go out on Tuesday").returncode == 0
    assert daemon.run("clients", "add", "tablet", "--person", "anna", "--may", "talk").returncode == 0
    question = daemon.json("say", "unlock the front door")["pending"][0]["id"]
    assert daemon.run("approve", question, "--for", "1h").returncode == 0
    with Load(daemon) as load:
        load.goes_on(6)
        made = daemon.run("backup", str(file), "--config", str(config), "--json", timeout=60)
        load.goes_on(6)
    assert load.failed == []
    assert made.returncode == 0, made.stderr
    assert daemon.status()["audit"]["holds"]
    assert daemon.status()["audit"]["failures"] == 0
    return json.loads(made.stdout), load.answered


def goes_on_as_before(daemon: Claw, entries: int) -> None:
    """A restored home is stopped; let go by a person it remembers, knows whom it trusts, and says what happened."""
    stop = daemon.status()["stop"]
    assert stop["engaged"]
    assert stop["reason"].startswith("restored from the backup of")
    assert daemon.say("turn on the kitchen lights")["status"] == "stopped"
    while not any(entry["kind"] == "contradicted" for entry in daemon.json("log", "--limit", "100")):
        pass  # its witness has seen more: that stops it once more, and says that it was restored
    assert "restored from the backup of" in daemon.status()["audit"]["vouched"]["problem"]
    assert daemon.ask("reset", reason="I looked")["engaged"] is False
    assert daemon.say("turn on the kitchen lights")["status"] == "done"
    assert "bins" in daemon.run("memory", "search", "when do the bins go out").stdout
    assert "tablet" in daemon.run("clients", "list").stdout
    assert daemon.say("unlock the front door")["status"] == "pending"  # the stop ended the grant of an hour
    said = [entry["payload"] for entry in daemon.json("log", "--limit", "1000") if entry["kind"] == "restored"]
    assert [one["entries"] for one in said] == [entries]


def grants_of(state: Path) -> list[tuple[str, str | None]]:
    """Return who gave each grant that claw.db knows, and when it was ended."""
    with closing(sqlite3.connect(state / "claw.db")) as db:
        return db.execute("SELECT author, ended FROM overlay").fetchall()


@pytest.mark.timeout(180)
def test_backed_up_under_load_lost_and_restored_elsewhere(tmp_path: Path) -> None:
    config, state, file = configured(tmp_path / "own"), tmp_path / "state", tmp_path / "b.tar"
    with living_at(state, config) as daemon:
        answer, answered = lived_in(daemon, config, file)
        daemon.end()  # its last head goes to its witness
    entries = answer["entries"]
    assert answer["signed"]
    assert max(answered) > entries > min(answered)
    proved = claw("backup", "verify", str(file), "--json")
    assert proved.returncode == 0, proved.stdout
    assert 0 < json.loads(proved.stdout)["signed"] <= entries

    new = tmp_path / "new box"
    new.mkdir()
    done = claw("restore", str(file), "--state-dir", str(new / "state"), "--config-folder", str(new), "--json")
    assert done.returncode == 0, done.stderr
    there = rows(new / "state/audit.db", entries)
    assert there == rows(state / "audit.db", entries)  # every outcome that the log had, and no other
    assert {seq for seq in answered if seq <= entries} <= {seq for seq, _, _ in there}
    assert verify(new / "state/audit.db").ok
    assert grants_of(new / "state") == grants_of(state) == [("anna", None)]
    with living_at(new / "state", new / "config.yaml") as daemon:
        goes_on_as_before(daemon, entries)

    # The witness has seen more than this log has: that is said for ever, and so is why.
    found = claw("log", "verify", "--state-dir", str(new / "state"), "--json")
    problems = json.loads(found.stdout)["problems"]
    assert found.returncode == 1
    assert any("the end was cut off" in one["what"] or "is not what" in one["what"] for one in problems)
    assert any(one["warning"] and one["what"].startswith("restored from the backup of") for one in problems)


def test_a_daemon_that_was_stopped_is_stopped_when_it_is_restored(tmp_path: Path) -> None:
    config, state = configured(tmp_path / "own"), tmp_path / "state"
    with living_at(state, config) as daemon:
        assert daemon.run("stop", "--reason", "smoke in the kitchen").returncode in {0, 4}
        assert daemon.run("backup", str(tmp_path / "b.tar")).returncode == 0
        refused = daemon.run("restore", str(tmp_path / "b.tar"))
        assert refused.returncode == 1
        assert "another Claw daemon uses" in refused.stderr
    assert claw("restore", str(tmp_path / "b.tar"), "--state-dir", str(state)).returncode == 0
    with living_at(state, config) as daemon:
        assert daemon.status()["stop"]["reason"].startswith("smoke in the kitchen (and restored from")
    (aside,) = tmp_path.glob("state.before-*")
    assert verify(aside / "audit.db").ok


async def test_forgetting_anything_lets_go_of_the_copies_that_an_upgrade_kept(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        kept = tmp_path / "state" / "claw-before-0003.db"
        kept.write_bytes(b"what was remembered then")
        assert (await daemon.desk.say("remember that the bins go out on Tuesday", OWNER)).status in {"done", "answered"}
        assert kept.exists()
        assert (await daemon.desk.say("forget that", OWNER)).status in {"done", "answered"}
        assert not kept.exists()


def test_encrypted_there_and_back(tmp_path: Path) -> None:
    home, folder = lived(tmp_path), tmp_path / "nas"
    folder.mkdir()
    assert claw("backup", "key", str(tmp_path / "claw.key")).returncode == 0
    assert claw("backup", "key", str(tmp_path / "other.key")).returncode == 0
    key = ("--key-file", str(tmp_path / "claw.key"))
    own = ("--config", str(home.config), "--with-secrets")
    made = claw("backup", "--folder", str(folder), *own, *key, "--state-dir", str(home.state))
    assert made.returncode == 0, made.stderr
    (kept,) = kept_in(folder)
    raw = kept.path.read_bytes()
    assert not any(word in raw for word in (b"SQLite", b"the-token-of-the-house", b"light.hall", b"claw audit key"))
    wrong = claw("restore", str(kept.path), "--key-file", str(tmp_path / "other.key"), "--state-dir", "nowhere")
    assert wrong.returncode == 3
    assert "was not encrypted with that key file" in wrong.stderr
    none = claw("restore", str(kept.path), "--state-dir", str(tmp_path / "new"))
    assert "it needs its key file" in none.stderr
    done = claw("restore", str(kept.path), *key, "--state-dir", str(tmp_path / "new"))
    assert done.returncode == 0, done.stderr
    assert names_of(tmp_path / "new") == ["light.hall"]
    assert (tmp_path / "new/restored/house.token").read_text() == "the-token-of-the-house\n"


def test_a_disk_that_is_full_leaves_no_half_file(tmp_path: Path) -> None:
    """No file may become larger than so many kilobytes, as if the disk took no more, at any point of a backup."""
    home = lived(tmp_path)
    size = home.backup("whole.tar").size >> 10
    for kilobytes in (64, size // 2, size - 8):
        command = f"ulimit -f {kilobytes}; exec {CLAW} backup {tmp_path}/b.tar --state-dir {home.state}"
        done = subprocess.run(["bash", "-c", command], env=environment(), capture_output=True, check=False, text=True)
        assert done.returncode == 1, done.stdout
        assert "could not be written: " in done.stderr
        assert not (tmp_path / "b.tar").exists()
        assert not [*tmp_path.glob(".claw-*"), *home.state.glob(".claw-*")]
    assert claw("backup", str(tmp_path / "b.tar"), "--state-dir", str(home.state)).returncode == 0


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from claw.daemon.backups import Home, make
left = int(sys.argv[3])
def told(*_):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
make(Home(Path(sys.argv[1])), Path(sys.argv[2]), datetime.now(UTC), told=told)
"""


def killed(code: str, *words: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        env={**environment(), "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert done.returncode in {0, -signal.SIGKILL}, done.stderr.decode()
    return done.returncode


def assert_no_half_backup(home: Lived, file: Path) -> None:
    if file.exists():
        assert claw("backup", "verify", str(file), "--state-dir", str(home.state)).returncode == 0
        file.unlink()
    again = home.folder / "again.tar"
    again.unlink(missing_ok=True)
    home.backup("again.tar")
    assert not [*home.folder.glob(".claw-*"), *home.state.glob(".claw-*")]


@pytest.mark.parametrize("steps", [1, 4, 9])
def test_kill_9_while_it_is_made(tmp_path: Path, steps: int) -> None:
    home = lived(tmp_path)
    assert killed(KILLED, str(home.state), str(tmp_path / "b.tar"), str(steps)) == -signal.SIGKILL
    assert not (tmp_path / "b.tar").exists()
    assert_no_half_backup(home, tmp_path / "b.tar")


@pytest.mark.prove
@pytest.mark.timeout(1800)
def test_kill_9_at_every_step_of_a_backup(tmp_path: Path) -> None:
    home = lived(tmp_path)
    for steps in itertools.count(1):
        ended = killed(KILLED, str(home.state), str(tmp_path / "b.tar"), str(steps)) == 0
        assert ended == (tmp_path / "b.tar").exists()
        assert_no_half_backup(home, tmp_path / "b.tar")
        if ended:
            assert steps > 10
            return


RESTORING = """
import os, signal, sys
from pathlib import Path
from claw.base.action import Origin
from claw.base.clock import SystemClock
from claw.care import restore as room
file, state, step, when = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4]
real = getattr(room, step)
def dies(*words):
    if when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    real(*words)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(room, step, dies)
room.restore(room.Wanted(file, state, Origin(channel="cli")), SystemClock())
"""
POINTS = ("unpacked", "_stop", "_told_in_log", "_laid_out", "_sync", "exchange")


@pytest.mark.parametrize("step", POINTS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_kill_9_while_it_is_restored(tmp_path: Path, step: str, when: str) -> None:
    """Before the one step that changes names the old home is there, untouched; behind it the new one, whole."""
    assert hasattr(room, step)
    home = lived(tmp_path)
    file = home.backup().path
    home.goes_on(2)
    before = {path.name: path.read_bytes() for path in home.state.glob("*.db")}
    assert killed(RESTORING, str(file), str(home.state), step, when) == -signal.SIGKILL
    assert verify(home.state / "audit.db").ok
    changed = (step, when) == ("exchange", "after")
    if changed:
        assert home.rows()[-1][1] == "restored"
        assert (home.state / "stop").exists()
        (aside,) = tmp_path.glob("state.before-*")
        assert {path.name: path.read_bytes() for path in aside.glob("*.db")} == before
    else:
        assert {path.name: path.read_bytes() for path in home.state.glob("*.db")} == before
        assert not (home.state / "stop").exists()
    with suppress(FileNotFoundError):
        os.truncate(tmp_path / "state.restoring" / "claw.db", 0)
    assert claw("restore", str(file), "--state-dir", str(home.state)).returncode == 0
    assert home.rows()[-1][1] == "restored"
