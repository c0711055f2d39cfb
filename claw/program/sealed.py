"""Programs that are put aside: while a person is asked, while they wait, and between two steps in case Claw ends.

The sandbox takes any bytes for a state of its own and goes on from there, so a state that somebody changed would be a
program that nobody wrote.  What is stored is sealed with a key that lies outside of the database, together with what it
waits for: flipped bits, a cut, another key or another row and it is gone, which is told and never run.
"""

import hashlib
import hmac
import json
import logging
import os
import secrets
import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from sqlite_utils import Database

from claw.base.action import Origin, canonical
from claw.base.clock import Clock
from claw.base.erasure import Erasure
from claw.base.errors import Broken, Refused
from claw.base.regular import open_regular
from claw.program.job import Job
from claw.store.db import writing

logger = logging.getLogger(__name__)

KEY = "program"
"""Name of the key's file in the directory of keys."""
KEY_BYTES = 32
KEPT = timedelta(days=1)
"""How long anything that was put aside is kept: no question stands that long."""
MOST = 200
MOST_BYTES = 4 << 20

YES, ANSWER, UNDER_WAY = "a yes", "an answer", "under way"
"""What a program waits for: a person's yes, a person's answer, or nothing, for it was just doing something."""


def program_key(folder: Path) -> bytes:
    """Return the key of this installation, made at the first call; raises Broken where others can read it."""
    path = folder / KEY
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        if not path.exists():
            _make(path)
        with open_regular(path) as file:
            mode, key = os.fstat(file.fileno()).st_mode, file.read(KEY_BYTES + 1)
    except OSError as error:
        raise Broken(f"the key {path} cannot be read: {error.strerror}") from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise Broken(f"the key {path} can be read by others: chmod 600 it")
    if len(key) != KEY_BYTES:
        raise Broken(f"the key {path} is damaged: remove it; programs that wait are lost then")
    return key


def _asker(text: str) -> Origin | None:
    """Return who asked for a program that was put aside, None where it cannot be read."""
    try:
        return Job.of(json.loads(text)).origin
    except (ValueError, Broken):
        return None


def _make(path: Path) -> None:
    """Write a key at once or not at all: whoever is killed over it leaves none, and who comes second takes that."""
    fresh = path.with_name(f"{KEY}.{os.getpid()}.new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    try:
        os.write(handle, secrets.token_bytes(KEY_BYTES))
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()


class Sealed:
    """The programs that are put aside, each under one id: a question's, or its own."""

    def __init__(self, db: Database, key: Callable[[], bytes], clock: Clock) -> None:
        """``key`` is asked for at the first use: most installations never put a program aside."""
        self._db = db
        self._key = key
        self._clock = clock

    def put(self, name: str, waits_for: str, job: Job) -> None:
        """Keep ``job`` under ``name`` until it is taken; raises Refused where it is too large, Broken on a bad disk."""
        payload = canonical(job.as_json())
        if len(payload) > MOST_BYTES:
            raise Refused("the program is too large to be put aside")
        body = self._seal(name, waits_for, payload) + payload
        now = self._clock.now()
        with writing(Path("claw.db")), self._db.conn:
            self._db.execute("delete from programs where created < ?", ((now - KEPT).isoformat(),))
            self._db.execute(
                "delete from programs where id in (select id from programs order by created desc limit -1 offset ?)",
                (MOST,),
            )
            self._db.execute(
                "insert or replace into programs (id, waits_for, body, created) values (?, ?, ?, ?)",
                (name, waits_for, body, now.isoformat()),
            )

    def take(self, name: str, waits_for: str) -> Job | None:
        """Return what is kept under ``name``, None where nothing is, and let go of it: nothing is taken twice.

        Raises Broken when what is there is not what was put there.
        """
        row = self._db.execute("select waits_for, cast(body as blob) from programs where id = ?", (name,)).fetchone()
        if row is None:
            return None
        self.drop(name)
        return self._opened(name, waits_for if row[0] == waits_for else "", row[1])

    def look(self, name: str, waits_for: str) -> Job | None:
        """Return what is kept under ``name`` and leave it there; raises as ``take``."""
        row = self._db.execute(
            "select cast(body as blob) from programs where id = ? and waits_for = ?", (name, waits_for)
        ).fetchone()
        return self._opened(name, waits_for, row[0]) if row is not None else None

    def names(self, waits_for: str) -> list[str]:
        """Return the ids of those that wait for this, oldest first."""
        rows = self._db.execute("select id from programs where waits_for = ? order by created", (waits_for,))
        return [name for (name,) in rows.fetchall()]

    def drop(self, name: str) -> None:
        """Let go of what is kept under ``name``."""
        with writing(Path("claw.db")), self._db.conn:
            self._db.execute("delete from programs where id = ?", (name,))

    def erase(self, erasure: Erasure) -> int:
        """Let go of the programs that are to be forgotten; return how many went.

        Nothing of them is run: what was changed while it lay there goes too, as nobody can tell what it holds.
        """
        gone: list[str] = []
        for name, body in self._db.conn.execute("select id, cast(body as blob) from programs").fetchall():
            text = bytes(body[hashlib.sha256().digest_size :]).decode(errors="replace")
            whose = _asker(text)
            if whose is None or erasure.means(text, conversation=whose.conversation, person=whose.person or ""):
                gone.append(name)
        for name in gone:
            self.drop(name)
        return len(gone)

    def clear(self) -> None:
        """Let go of everything: called at a stop, after which nothing that waited goes on."""
        with writing(Path("claw.db")), self._db.conn:
            self._db.execute("delete from programs")

    def _opened(self, name: str, waits_for: str, body: bytes) -> Job:
        size = hashlib.sha256().digest_size
        seal, payload = bytes(body[:size]), bytes(body[size:])
        if not hmac.compare_digest(seal, self._seal(name, waits_for, payload)):
            logger.error("The program that waited as %s was changed while it lay there; it is not run", name)
            raise Broken("the program that waited was changed while it lay there; it is not run")
        return Job.of(json.loads(payload))

    def _seal(self, name: str, waits_for: str, payload: bytes) -> bytes:
        return hmac.digest(self._key(), canonical([name, waits_for]) + b"\n" + payload, hashlib.sha256)
