"""Backups as an owner handles them: make one now, see which there are, prove that one would do.

Making is the daemon's room too (``claw/daemon/backups.py``); what is only here is what a running daemon never does.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from claw.audit.note import notes
from claw.audit.prove import Grounds, prove
from claw.audit.schema import FORMAT as AUDIT_FORMAT
from claw.audit.segments import SEALED_FILE, segments
from claw.audit.verify import survey
from claw.audit.vouch import Seen
from claw.base.action import Json
from claw.base.config import Config
from claw.base.errors import Broken, Refused
from claw.base.regular import open_regular
from claw.base.secret_files import secret_files
from claw.daemon.backups import AUDIT, CLAW, Home
from claw.house.text import plain
from claw.store.archive import Contents, Source, unpack
from claw.store.copying import check
from claw.store.db import connect, leaving_no_trace
from claw.store.encrypted import MAGIC, Decrypting, Kind, Secret, kind_of, read_header
from claw.store.migrations import newer_than_this
from claw.store.shapes import shaped

Told = Callable[[int, int], None]

_GENERATED = frozenset({2, 3})
"""What SQLite says of a column that is computed."""
_ASIDE = ".claw-verify-"
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True)
class Examined:
    """What an unpacked backup is: how many entries its log has, what speaks against it, and what is worth knowing."""

    entries: int
    problems: Sequence[str]
    warnings: Sequence[str]
    signed: int
    """The entry up to which a checkpoint vouches for its log, 0 for none."""


def home_of_config(state: Path, config: Config | None, *, with_secrets: bool) -> tuple[Home, list[str]]:
    """Return what a backup of ``state`` holds, and which secrets lie in no file, so that no backup can hold them."""
    if config is None or config.file is None:
        return Home(state), []
    if not with_secrets:
        return Home(state, config.file, config.policy), []
    folder, secrets = config.file.parent, dict[str, Path]()
    for path in secret_files(config):
        inside = path.is_relative_to(folder)
        secrets[path.relative_to(folder).as_posix() if inside else path.name] = path
    loose = ["the token of the house"] if config.house.url and config.house.token_file is None else []
    loose += ["the key of the model"] if config.model and config.model.key_file is None else []
    return Home(state, config.file, config.policy, secrets), loose


def needs(path: Path) -> Kind | None:
    """Return what the backup at ``path`` was encrypted with, None where it was not; raises Broken or Refused."""
    try:
        with open_regular(path) as file:
            if file.read(len(MAGIC)) != MAGIC:
                return None
            file.seek(0)
            return kind_of(read_header(file))
    except OSError as error:
        raise Broken(f"{path} cannot be read: {error.strerror}") from error


@contextlib.contextmanager
def opened(path: Path, secret: Secret | None) -> Generator[Source]:
    """Give what the backup at ``path`` holds, decrypted where it has to be; raises Refused or Broken."""
    kind = needs(path)
    if kind is not None and secret is None:
        raise Refused(f"{path} is encrypted: it needs its {kind}")
    try:
        with open_regular(path) as file:
            yield Decrypting(file, secret) if kind is not None and secret is not None else file
    except OSError as error:
        raise Broken(f"{path} cannot be read, or not be unpacked: {error.strerror or error}") from error


def unpacked(path: Path, folder: Path, secret: Secret | None, told: Told = lambda _done, _of: None) -> Contents:
    """Unpack the backup at ``path`` into the empty ``folder``; raises Refused or Broken, and ``folder`` is worthless.

    Every hash was compared.  Refused is also a backup that a newer version of Claw made.
    """
    done, size = 0, path.stat().st_size if path.is_file() else 0

    def step(more: int) -> None:
        nonlocal done
        done += more
        told(min(done, size), size)

    with opened(path, secret) as source:
        contents = unpack(source, folder, step)
    about = contents.about
    steps, number = about.get("steps"), about.get("audit_format")
    newer = newer_than_this([str(step) for step in steps]) if isinstance(steps, list) else ""
    if newer or (isinstance(number, int) and number > AUDIT_FORMAT):
        what = f"this backup was made by a newer version of Claw ({about.get('claw')})"
        raise Refused(f"{what}: install that or a newer one, and restore it there")
    if not (folder / CLAW).is_file() or not (folder / AUDIT).is_file():
        raise Refused("this is no backup of Claw: a database is missing")
    for segment in segments(folder / AUDIT):
        segment.path.chmod(SEALED_FILE)
    return contents


def examined(folder: Path, contents: Contents) -> Examined:
    """Say whether an unpacked backup would do: pages, schema, the chain of its log and every signature over it.

    Raises Refused for one of a newer version.
    """
    with leaving_no_trace():
        return _examined(folder, contents)


def _examined(folder: Path, contents: Contents) -> Examined:
    problems: list[str] = []
    try:
        for name in (CLAW, AUDIT):
            check(folder / name)
        problems += _strange_steps(folder / CLAW)
    except Broken as error:
        return Examined(0, [*problems, str(error)], [], 0)
    about = contents.about
    found = survey(folder / AUDIT, payloads=True)
    made_for = list(notes(str(about.get("checkpoint", ""))))
    own = [note for proof in found.proofs for note in notes(str(proof.payload.get("note")))]
    brought = [Seen("the checkpoint in the backup", made_for)] if made_for else []
    proven = prove(folder / AUDIT, found, Grounds(brought=brought))
    if (found.id.hex(), found.last) != (about.get("log"), about.get("entries")):
        problems.append("its log is another one, or has other entries, than its list of parts says")
    signed = max((note.checkpoint.size for note in (*made_for, *own)), default=0)
    problems += [_said(problem.seq, problem.what) for problem in proven.log.problems if not problem.warning]
    if made_for and made_for[-1].checkpoint.log != found.id:
        problems.append("the checkpoint in the backup is none of its log")
    warned = [one for one in proven.log.problems if one.warning and "out of reach" not in one.what]
    return Examined(found.rows, problems, [_said(one.seq, one.what) for one in warned], signed)


def verified(
    path: Path, secret: Secret | None, work: Path | None = None, told: Told = lambda _done, _of: None
) -> tuple[Contents, Examined]:
    """Unpack the backup at ``path`` aside, examine it and remove that again; raises Refused or Broken.

    ``work`` is the folder in which it is unpacked, best one that nobody else can enter.
    """
    with _aside(Path(work or tempfile.gettempdir())) as folder:
        contents = unpacked(path, folder, secret, told)
        return contents, examined(folder, contents)


@contextlib.contextmanager
def _aside(work: Path) -> Generator[Path]:
    """Give an empty folder in ``work`` that goes again, after those that a killed look left there; raises Broken.

    Whoever works in one holds its lock, which ends with the process: what nobody holds is nobody's.
    """
    try:
        for left in work.glob(f"{_ASIDE}*"):
            _clear(left)
        folder, handle = _begun(work)
        while not folder.exists():  # somebody cleared it away before it was held
            os.close(handle)
            folder, handle = _begun(work)
    except OSError as error:
        raise Broken(f"nothing can be unpacked in {work}: {error.strerror}") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def _begun(work: Path) -> tuple[Path, int]:
    folder = Path(tempfile.mkdtemp(prefix=_ASIDE, dir=work))
    handle = os.open(folder, _FOLDER)
    fcntl.flock(handle, fcntl.LOCK_EX)
    return folder, handle


def _clear(left: Path) -> None:
    """Remove a folder of our own that nobody works in; one that cannot be removed is in nobody's way."""
    with contextlib.suppress(OSError):
        handle = os.open(left, _FOLDER)
        try:
            if os.fstat(handle).st_uid == os.geteuid():
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left, ignore_errors=True)
        finally:
            os.close(handle)


def as_json(contents: Contents, found: Examined) -> dict[str, Json]:
    """Return what a backup is, for a program."""
    about: Mapping[str, Json] = contents.about
    return {
        "ok": not found.problems,
        **{key: about.get(key) for key in ("made", "claw", "log", "stopped")},
        "entries": found.entries,
        "signed": found.signed,
        "members": [member._asdict() for member in contents.members],
        "problems": list(found.problems),
        "warnings": list(found.warnings),
    }


def _strange_steps(path: Path) -> list[str]:
    with contextlib.closing(connect(path, read_only=True)) as connection:
        db = Database(connection, execute_plugins=False)
        table = db.table("_sqlite_migrations")
        steps = [str(row["name"]) for row in table.rows_where("migration_set = 'claw'")] if table.exists() else []
        acting = _acting(db)
    newer = newer_than_this(steps)
    if newer:
        raise Refused(f"this backup was made by a newer version of Claw (its database has the step {newer!r})")
    if strange := acting - _acting(shaped(steps)):
        # A row that was put in can be looked at and revoked; this would put it back.
        return [f"its database does things by itself that Claw's does not: {plain(min(strange)[0], 60)}"]
    return [] if steps else ["its database is none of Claw's"]


def _acting(db: Database) -> set[tuple[str, str]]:
    """Return what of a database acts without being asked, each by its name and what it is.

    Triggers and views by their text; of tables what changes or drops what is written to them.
    """
    found: set[tuple[str, str]] = set()
    for kind, name, sql in db.execute("SELECT type, name, sql FROM sqlite_master").fetchall():
        if kind in {"trigger", "view"}:
            found.add((str(name), str(sql)))
        elif kind == "table":
            text = str(sql).casefold()
            # Comments and quotes may stand anywhere: only whether the word is there is looked at.
            found |= {(str(name), word) for word in ("conflict", "virtual") if word in text}
            keys = db.execute("SELECT * FROM pragma_foreign_key_list(?)", [name]).fetchall()
            found |= {(str(name), f"foreign key {key[2:]}") for key in keys}
            columns = db.execute("SELECT name, hidden FROM pragma_table_xinfo(?)", [name]).fetchall()
            found |= {(str(name), f"generated {column}") for column, hidden in columns if hidden in _GENERATED}
    return found


def _said(seq: int | None, what: str) -> str:
    return what if seq is None else f"entry {seq}: {what}"
