"""The steps that bring ``claw.db`` to the shape this version expects, each applied once and all or nothing.

A step that has shipped is never edited: a later one changes what it made.  A file that knows steps this version does
not was written by a newer Claw and is left alone.
"""

import sqlite3
from collections.abc import Iterable, Iterator

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from claw.base.errors import Broken
from claw.store.before_upgrade import keep_copy

STEPS = Migrations("claw")


@STEPS(name="0001 questions, clients, waits and renames")
def _first(db: Database) -> None:
    db.table("pending").create(
        {
            "id": str,
            "body": str,
            "created": str,
            "expires": str,
            "state": str,
            "audit": int,
            "answered_by": str,
            "answered": str,
        },
        pk="id",
        not_null={"body", "created", "expires", "state", "audit"},
    )
    db.table("clients").create(
        {
            "id": str,
            "name": str,
            "person": str,
            "kind": str,
            "ceiling": str,
            "hash": str,
            "created": str,
            "expires": str,
            "last_used": str,
            "revoked": str,
        },
        pk="id",
        not_null={"name", "kind", "hash", "created"},
    )
    db.table("waits").create(
        {"entity_id": str, "action": str, "seconds": float, "seen": int},
        pk=("entity_id", "action"),
        not_null={"seconds", "seen"},
    )
    db.table("renames").create({"registry_id": str, "entity_id": str}, pk="registry_id", not_null={"entity_id"})


@STEPS(name="0002 renames and waits belong to a thing")
def _second(db: Database) -> None:
    db.table("renames").drop()
    db.table("renames").create(
        {"registry_id": str, "entity_id": str, "seen": str, "written": str},
        pk="registry_id",
        not_null={"entity_id", "seen", "written"},
    )
    db.table("waits").drop()
    db.table("waits").create(
        {"thing": str, "action": str, "seconds": float, "seen": int},
        pk=("thing", "action"),
        not_null={"seconds", "seen"},
    )


@STEPS(name="0003 what changes a verdict without being in the policy file")
def _third(db: Database) -> None:
    db.table("overlay").create(
        {
            "id": str,
            "kind": str,
            "body": str,
            "author": str,
            "reason": str,
            "created": str,
            "expires": str,
            "ended": str,
        },
        pk="id",
        not_null={"kind", "body", "author", "reason", "created"},
    )


@STEPS(name="0004 names that may be shown to a model")
def _fourth(db: Database) -> None:
    db.table("approved_names").create(
        {"thing": str, "names": str, "author": str, "approved": str},
        pk="thing",
        not_null={"names", "author", "approved"},
    )


@STEPS(name="0005 what asking a model has cost")
def _fifth(db: Database) -> None:
    db.table("spending").create(
        {
            "id": int,
            "day": str,
            "at": str,
            "purpose": str,
            "channel": str,
            "person": str,
            "background": int,
            "tokens_in": int,
            "tokens_out": int,
            "money": int,
            "settled": int,
        },
        pk="id",
        not_null={"day", "at", "purpose", "channel", "background", "tokens_in", "tokens_out", "money", "settled"},
    )
    db.table("spending").create_index(["day"])


@STEPS(name="0006 programs that wait or are under way")
def _sixth(db: Database) -> None:
    db.table("programs").create(
        {"id": str, "waits_for": str, "body": bytes, "created": str},
        pk="id",
        not_null={"waits_for", "body", "created"},
    )


_MEMORY = """
CREATE TABLE residents (
    id INTEGER PRIMARY KEY, person TEXT NOT NULL, name TEXT NOT NULL, role TEXT NOT NULL,
    since TEXT NOT NULL, until TEXT
);
CREATE TABLE consents (
    person TEXT PRIMARY KEY, habits INTEGER NOT NULL, talks INTEGER NOT NULL, changed TEXT NOT NULL
);
CREATE TABLE episodes (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, channel TEXT NOT NULL, place TEXT, person TEXT,
    confidence REAL NOT NULL, conversation TEXT NOT NULL, previous INTEGER, trust TEXT NOT NULL, text TEXT NOT NULL,
    until TEXT, audit INTEGER
);
CREATE INDEX episodes_conversation ON episodes (conversation, id);
CREATE TABLE memories (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, subject TEXT NOT NULL, predicate TEXT NOT NULL,
    value TEXT NOT NULL, sentence TEXT NOT NULL, condition TEXT NOT NULL, key TEXT NOT NULL, several INTEGER NOT NULL,
    status TEXT NOT NULL, trust TEXT NOT NULL, explicit INTEGER NOT NULL, confidence REAL NOT NULL, author TEXT,
    visibility TEXT NOT NULL, sensitivity TEXT NOT NULL, valid_from TEXT, valid_to TEXT, recorded TEXT NOT NULL,
    retired TEXT, supersedes INTEGER, taint TEXT NOT NULL, hash TEXT NOT NULL, used INTEGER NOT NULL, last_used TEXT,
    confirmed TEXT, pinned INTEGER NOT NULL, audit INTEGER
);
CREATE UNIQUE INDEX memories_active ON memories (key) WHERE status = 'active';
CREATE INDEX memories_key ON memories (key, id);
CREATE INDEX memories_subject ON memories (subject, predicate, status);
CREATE TABLE evidence (
    id INTEGER PRIMARY KEY, memory INTEGER NOT NULL REFERENCES memories (id) ON DELETE CASCADE, at TEXT NOT NULL,
    trust TEXT NOT NULL, channel TEXT NOT NULL, person TEXT, explicit INTEGER NOT NULL, episode INTEGER, audit INTEGER,
    first TEXT, last TEXT, taint TEXT NOT NULL, weight REAL NOT NULL, stance TEXT NOT NULL
);
CREATE INDEX evidence_memory ON evidence (memory);
CREATE INDEX evidence_episode ON evidence (episode);
CREATE TABLE passages (
    id INTEGER PRIMARY KEY, memory INTEGER, episode INTEGER, session TEXT NOT NULL, speaker TEXT NOT NULL,
    day TEXT NOT NULL, text TEXT NOT NULL, near TEXT NOT NULL, visibility TEXT NOT NULL
);
CREATE UNIQUE INDEX passages_memory ON passages (memory) WHERE memory IS NOT NULL;
CREATE UNIQUE INDEX passages_episode ON passages (episode) WHERE episode IS NOT NULL;
CREATE INDEX passages_session ON passages (session, id);
CREATE VIRTUAL TABLE passages_fts USING fts5 (
    text, speaker, day, near, content='passages', content_rowid='id', tokenize='porter unicode61 remove_diacritics 2'
);
CREATE TRIGGER passages_insert AFTER INSERT ON passages BEGIN
    INSERT INTO passages_fts (rowid, text, speaker, day, near)
    VALUES (new.id, new.text, new.speaker, new.day, new.near);
END;
CREATE TRIGGER passages_delete AFTER DELETE ON passages BEGIN
    INSERT INTO passages_fts (passages_fts, rowid, text, speaker, day, near)
    VALUES ('delete', old.id, old.text, old.speaker, old.day, old.near);
END;
CREATE TRIGGER passages_update AFTER UPDATE OF text, speaker, day, near ON passages BEGIN
    INSERT INTO passages_fts (passages_fts, rowid, text, speaker, day, near)
    VALUES ('delete', old.id, old.text, old.speaker, old.day, old.near);
    INSERT INTO passages_fts (rowid, text, speaker, day, near)
    VALUES (new.id, new.text, new.speaker, new.day, new.near);
END;
CREATE TABLE vectors (
    passage INTEGER PRIMARY KEY REFERENCES passages (id) ON DELETE CASCADE, model TEXT NOT NULL, vector BLOB NOT NULL
);
CREATE TABLE changes (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, entity TEXT NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL,
    cause TEXT NOT NULL, person TEXT, run TEXT, audit INTEGER
);
CREATE INDEX changes_entity ON changes (entity, at);
CREATE INDEX changes_at ON changes (at);
CREATE TABLE overrides (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, entity TEXT NOT NULL, undone TEXT NOT NULL, before TEXT NOT NULL,
    after TEXT NOT NULL, seconds REAL NOT NULL, person TEXT, context TEXT NOT NULL, audit INTEGER
);
CREATE TABLE habits (
    id INTEGER PRIMARY KEY, pattern TEXT NOT NULL UNIQUE, person TEXT, fact TEXT NOT NULL, days INTEGER NOT NULL,
    chances INTEGER NOT NULL, rate REAL NOT NULL, first TEXT NOT NULL, last TEXT NOT NULL, state TEXT NOT NULL,
    offered TEXT, until TEXT, memory INTEGER
);
CREATE TABLE reads (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, memory INTEGER NOT NULL, conversation TEXT NOT NULL,
    audience TEXT NOT NULL, shown INTEGER NOT NULL
);
CREATE INDEX reads_memory ON reads (memory);
CREATE TABLE tombstones (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, by TEXT, scope TEXT NOT NULL, rows INTEGER NOT NULL,
    state TEXT NOT NULL, found INTEGER NOT NULL, commitment TEXT NOT NULL
);
CREATE TABLE sleeps (
    id INTEGER PRIMARY KEY, day TEXT NOT NULL, started TEXT NOT NULL, stage TEXT NOT NULL, ended TEXT,
    diff TEXT NOT NULL, undone TEXT
);
"""


@STEPS(name="0007 what is remembered")
def _seventh(db: Database) -> None:
    for statement in statements(_MEMORY):
        db.execute(statement)


_SKILLS = """
CREATE TABLE skills (
    name TEXT PRIMARY KEY, version TEXT NOT NULL, hash TEXT NOT NULL, state TEXT NOT NULL, made TEXT NOT NULL,
    enabled INTEGER NOT NULL, people TEXT NOT NULL, accepted_by TEXT NOT NULL, accepted_at TEXT, why TEXT NOT NULL,
    agreed INTEGER NOT NULL, changed TEXT NOT NULL, last_run TEXT
);
CREATE TABLE skill_versions (
    name TEXT NOT NULL, hash TEXT NOT NULL, version TEXT NOT NULL, files TEXT NOT NULL, parent TEXT,
    created TEXT NOT NULL, report TEXT, found TEXT, PRIMARY KEY (name, hash)
);
CREATE TABLE skill_runs (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL, hash TEXT NOT NULL,
    mode TEXT NOT NULL, run TEXT NOT NULL, channel TEXT NOT NULL, person TEXT, conversation TEXT NOT NULL,
    said TEXT NOT NULL, arguments TEXT NOT NULL, calls TEXT NOT NULL, outcome TEXT NOT NULL, held INTEGER,
    why TEXT NOT NULL, undone TEXT, ms REAL NOT NULL, audit INTEGER
);
CREATE INDEX skill_runs_name ON skill_runs (name, id);
CREATE TABLE skill_events (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL, hash TEXT NOT NULL,
    what TEXT NOT NULL, why TEXT NOT NULL, person TEXT, audit INTEGER
);
CREATE INDEX skill_events_name ON skill_events (name, id);
CREATE TABLE skill_traces (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, person TEXT NOT NULL, conversation TEXT NOT NULL, language TEXT NOT NULL,
    said TEXT NOT NULL, origin TEXT NOT NULL, source TEXT NOT NULL, calls TEXT NOT NULL, before TEXT NOT NULL,
    skeleton TEXT NOT NULL, place TEXT, entry INTEGER, model TEXT NOT NULL, tokens INTEGER NOT NULL,
    undone INTEGER NOT NULL, skill TEXT NOT NULL
);
CREATE INDEX skill_traces_skeleton ON skill_traces (skeleton, id);
CREATE TABLE skill_offers (
    name TEXT PRIMARY KEY, hash TEXT NOT NULL, at TEXT NOT NULL, person TEXT NOT NULL, conversation TEXT NOT NULL,
    state TEXT NOT NULL, until TEXT
);
CREATE TABLE demonstrations (
    id INTEGER PRIMARY KEY, started TEXT NOT NULL, ended TEXT, person TEXT NOT NULL, conversation TEXT NOT NULL,
    origin TEXT NOT NULL, state TEXT NOT NULL, said TEXT NOT NULL, changes TEXT NOT NULL, before TEXT NOT NULL
);
"""


@STEPS(name="0008 what was learned to do")
def _eighth(db: Database) -> None:
    for statement in statements(_SKILLS):
        db.execute(statement)


_ROUTINES = """
CREATE TABLE routines (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT NULL, spec TEXT NOT NULL, made_by TEXT NOT NULL,
    person TEXT, place TEXT, conversation TEXT NOT NULL, language TEXT NOT NULL, created TEXT NOT NULL,
    state TEXT NOT NULL, why TEXT NOT NULL, runs INTEGER NOT NULL, shadow_left INTEGER NOT NULL, expires TEXT,
    adopted_by TEXT NOT NULL, skips TEXT NOT NULL, last TEXT, kept TEXT NOT NULL, entry INTEGER, accounted TEXT NOT NULL
);
CREATE TABLE routine_runs (
    id INTEGER PRIMARY KEY, routine TEXT NOT NULL, key TEXT NOT NULL, trigger INTEGER NOT NULL, due TEXT NOT NULL,
    status TEXT NOT NULL, reason TEXT NOT NULL, cause TEXT NOT NULL, context TEXT, asked_by TEXT, began TEXT,
    ended TEXT, times INTEGER NOT NULL, until TEXT, entries TEXT NOT NULL, would TEXT NOT NULL,
    untold INTEGER NOT NULL, UNIQUE (routine, key)
);
CREATE INDEX routine_runs_due ON routine_runs (due);
CREATE INDEX routine_runs_untold ON routine_runs (due) WHERE untold = 1;
CREATE INDEX routine_runs_open ON routine_runs (due) WHERE status = 'running';
CREATE TABLE hands (
    entity_id TEXT PRIMARY KEY, at TEXT NOT NULL, how TEXT NOT NULL, person TEXT, context TEXT, told TEXT NOT NULL
);
"""


@STEPS(name="0009 what runs in the background")
def _ninth(db: Database) -> None:
    for statement in statements(_ROUTINES):
        db.execute(statement)


@STEPS(name="0010 how much sound was sent to be heard")
def _tenth(db: Database) -> None:
    db.execute("CREATE TABLE sound_sent (day TEXT PRIMARY KEY, seconds REAL NOT NULL)")


@STEPS(name="0011 what a program that speaks for a model asked for")
def _jobs(db: Database) -> None:
    db.execute(
        "CREATE TABLE jobs (id TEXT PRIMARY KEY, client TEXT NOT NULL, key TEXT NOT NULL, digest TEXT NOT NULL,"
        " state TEXT NOT NULL, audit TEXT NOT NULL, rule TEXT NOT NULL, question TEXT NOT NULL, created TEXT NOT NULL,"
        " UNIQUE (client, key))"
    )


@STEPS(name="0012 with what people sign")
def _with_what_people_sign(db: Database) -> None:
    db.execute(
        "CREATE TABLE passkeys (id TEXT PRIMARY KEY, person TEXT NOT NULL, name TEXT NOT NULL, key BLOB NOT NULL, "
        "site TEXT NOT NULL, handle TEXT NOT NULL, counter INTEGER NOT NULL, created TEXT NOT NULL, last_used TEXT)"
    )


_ADMISSION = """
CREATE TABLE accounts (id TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, made TEXT NOT NULL);
CREATE TABLE barred (person TEXT PRIMARY KEY, since TEXT NOT NULL);
CREATE TABLE passwords (person TEXT PRIMARY KEY, hash TEXT NOT NULL, changed TEXT NOT NULL);
"""


@STEPS(name="0013 who was let in, and who was shut out")
def _admission(db: Database) -> None:
    for statement in statements(_ADMISSION):
        db.execute(statement)


@STEPS(name="0014 who may write by Telegram, and what of it was taken")
def _telegram(db: Database) -> None:
    db.execute("CREATE TABLE telegram_links (user INTEGER PRIMARY KEY, person TEXT NOT NULL, since TEXT NOT NULL)")
    db.execute(
        "CREATE TABLE telegram_seen (id INTEGER PRIMARY KEY, user INTEGER NOT NULL, at TEXT NOT NULL,"
        " state TEXT NOT NULL)"
    )


@STEPS(name="0015 drafts of the policy")
def _drafts(db: Database) -> None:
    db.execute(
        "CREATE TABLE drafts (id INTEGER PRIMARY KEY AUTOINCREMENT, person TEXT NOT NULL, name TEXT NOT NULL,"
        " text TEXT NOT NULL, changed TEXT NOT NULL)"
    )


@STEPS(name="0016 the tools of other servers that were accepted")
def _tools(db: Database) -> None:
    db.execute(
        "CREATE TABLE tools (name TEXT PRIMARY KEY, hash TEXT NOT NULL, spec TEXT NOT NULL, accepted_by TEXT NOT NULL,"
        " accepted TEXT NOT NULL)"
    )


def statements(script: str) -> Iterator[str]:
    """Give the statements of ``script`` one by one: ``executescript`` would end the transaction of the step."""
    written = ""
    for line in script.splitlines(keepends=True):
        written += line
        if sqlite3.complete_statement(written):
            yield written
            written = ""


def newer_than_this(steps: Iterable[str]) -> str:
    """Return the last of ``steps`` that this version does not know, empty where it knows them all."""
    known = {step.name for step in STEPS.pending(Database(memory=True))}
    return max((step for step in steps if step not in known), default="")


def migrate(db: Database) -> None:
    """Apply the missing steps to ``db``, of which a copy is kept before; raises Broken.

    Broken is a database that a newer Claw wrote, which is left as it is, and one to which a step cannot be applied.
    Each step is a transaction of its own: a crash leaves the shape before it or behind it.
    """
    try:
        applied = [step.name for step in STEPS.applied(db)]
        if newer := newer_than_this(applied):
            raise Broken(
                f"claw.db was written by a newer version of Claw (it has the step {newer!r}): run that version or a "
                "newer one, or restore a backup that this one made"
            )
        if applied and (pending := STEPS.pending(db)):
            keep_copy(db, pending[0].name)
        STEPS.apply(db)
    except sqlite3.Error as error:
        raise Broken(f"claw.db cannot be brought up to date: {error}") from error
