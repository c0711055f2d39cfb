"""A home to back up: a state directory as a daemon leaves it, with a signed log, and what a person wrote for it."""

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from claw.base.action import Origin
from claw.base.config import Config, read_config
from claw.daemon.backups import Home, Made, make
from claw.store.db import open_database
from claw.store.encrypted import Secret
from claw.store.migrations import migrate
from tests.signed_log import Signed, signed_log

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
CONSOLE = Origin(channel="cli", source="uid 0")
KEY = Secret("key file", b"k" * 32)
CONFIG = """\
house: {url: "http://house.test", token_file: house.token}
policy: policy.yaml
model: {name: small, base_url: "http://model.test/v1", key_file: secrets/model.key}
"""
SKILL = "skills/morning/skill.yaml"


@dataclass
class Lived:
    """A home in ``folder``: its state directory, its configuration, and the file that witnesses its log."""

    folder: Path
    state: Path
    config: Path
    witness: Path

    @property
    def home(self) -> Home:
        """What a backup of it holds when nobody asks for secrets."""
        return Home(self.state, self.config, self.config.parent / "policy.yaml")

    @property
    def settings(self) -> Config:
        """What its configuration says."""
        return read_config(self.config)

    def backup(self, name: str = "b.tar", secret: Secret | None = None) -> Made:
        """Return a backup of it."""
        return make(self.home, self.folder / name, NOON, secret)

    def goes_on(self, rows: int) -> None:
        """Have the daemon live on for as many entries, and sign and witness the last."""
        asyncio.run(_live(self.folder, rows))

    def rows(self) -> list[tuple[int, str]]:
        """Return number and kind of every entry in the running file of its log."""
        return rows_of(self.state)


def rows_of(state: Path) -> list[tuple[int, str]]:
    """Return number and kind of every entry in the running file of a log."""
    with closing(sqlite3.connect(state / "audit.db")) as log:
        return log.execute("SELECT seq, kind FROM rows ORDER BY seq").fetchall()


def names_of(state: Path) -> list[str]:
    """Return which things have a name of their own in a claw.db: what stands for all that is remembered."""
    with closing(sqlite3.connect(state / "claw.db")) as db:
        return [row[0] for row in db.execute("SELECT thing FROM approved_names ORDER BY thing")]


def lived(folder: Path) -> Lived:
    """Return a home that lived for a while in ``folder``: two parts of a log, a memory, a skill, a configuration."""
    witness = asyncio.run(_live(folder, 3, seal=True))
    state = folder / "state"
    db = open_database(state / "claw.db")
    migrate(db)
    db.table("approved_names").insert({"thing": "light.hall", "names": "[]", "author": "anna", "approved": "2026"})
    db.close()
    own = folder / "own"
    for path, text in (
        (state / SKILL, "name: morning\n"),
        (own / "config.yaml", CONFIG),
        (own / "policy.yaml", "version: 1\nrules: []\n"),
        (own / "house.token", "the-token-of-the-house\n"),
        (own / "secrets/model.key", "the-key-of-the-model\n"),
    ):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
    return Lived(folder, state, own / "config.yaml", witness)


async def _live(folder: Path, rows: int, *, seal: bool = False) -> Path:
    async with signed_log(folder) as signed:
        await _write(signed, rows)
        if seal:
            await signed.checkpoints.seal("asked")
            await _write(signed, rows)
        return signed.witness


async def _write(signed: Signed, rows: int) -> None:
    for _ in range(rows):
        seq = await signed.audit.append("intent", {"text": "an act"})
        await signed.audit.append("outcome", {"status": "done"}, parent=seq)
    await signed.checkpoints.now("schedule")
    await signed.delivered()
