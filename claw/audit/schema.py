"""The shape of an audit file: every table, index and trigger, word for word.

Triggers refuse every UPDATE and DELETE; a payload may be deleted only after an ``erased`` row has named it.  A file of
the running log and a sealed one have the same shape, and ``verify`` holds both to exactly this.
"""

from collections.abc import Mapping

FORMAT = 1

INTENT = "intent"
OUTCOME = "outcome"
ERASED = "erased"
CHECKPOINT = "checkpoint"
KEY = "key"
CONTINUED = "continued"
RETIRED = "retired"
CONTRADICTED = "contradicted"
RESTORED = "restored"

PROOFS = frozenset({CHECKPOINT, KEY, CONTINUED, RETIRED, CONTRADICTED, RESTORED})
"""Kinds of entries that say something about the log itself: they are read when it is proved, and never erased."""

SCHEMA: Mapping[str, str] = {
    "log": (
        "CREATE TABLE log (one INTEGER PRIMARY KEY CHECK (one = 1), id BLOB NOT NULL, format INTEGER NOT NULL,"
        " settled INTEGER NOT NULL) STRICT"
    ),
    "rows": (
        "CREATE TABLE rows (seq INTEGER PRIMARY KEY CHECK (seq > 0), time INTEGER NOT NULL, kind TEXT NOT NULL,"
        " origin TEXT NOT NULL, parent INTEGER CHECK (parent > 0 AND parent < seq), versions TEXT NOT NULL,"
        " payload_hash BLOB NOT NULL CHECK (length(payload_hash) = 32),"
        " previous BLOB NOT NULL CHECK (length(previous) = 32), hash BLOB NOT NULL CHECK (length(hash) = 32)) STRICT"
    ),
    "payloads": (
        "CREATE TABLE payloads (seq INTEGER PRIMARY KEY, salt BLOB NOT NULL CHECK (length(salt) = 16),"
        " body BLOB NOT NULL) STRICT"
    ),
    "children": "CREATE INDEX children ON rows (parent) WHERE parent IS NOT NULL",
    "entries": (
        "CREATE VIEW entries AS SELECT r.seq AS seq, time, kind, origin, parent, versions, payload_hash, previous,"
        " hash, salt, body FROM rows r LEFT JOIN payloads p ON p.seq = r.seq"
    ),
    "entries_insert": (
        "CREATE TRIGGER entries_insert INSTEAD OF INSERT ON entries BEGIN"
        " INSERT INTO rows VALUES (NEW.seq, NEW.time, NEW.kind, NEW.origin, NEW.parent, NEW.versions,"
        " NEW.payload_hash, NEW.previous, NEW.hash);"
        " INSERT INTO payloads VALUES (NEW.seq, NEW.salt, NEW.body); END"
    ),
    "rows_insert": (
        "CREATE TRIGGER rows_insert BEFORE INSERT ON rows WHEN EXISTS (SELECT 1 FROM rows WHERE seq >= NEW.seq)"
        " BEGIN SELECT RAISE(ABORT, 'rows are only added at the end'); END"
    ),
    "rows_update": (
        "CREATE TRIGGER rows_update BEFORE UPDATE ON rows BEGIN SELECT RAISE(ABORT, 'rows are never changed'); END"
    ),
    "rows_delete": (
        "CREATE TRIGGER rows_delete BEFORE DELETE ON rows BEGIN SELECT RAISE(ABORT, 'rows are never removed'); END"
    ),
    "payloads_insert": (
        "CREATE TRIGGER payloads_insert BEFORE INSERT ON payloads"
        " WHEN EXISTS (SELECT 1 FROM payloads WHERE seq >= NEW.seq)"
        " BEGIN SELECT RAISE(ABORT, 'payloads are only added at the end'); END"
    ),
    "payloads_update": (
        "CREATE TRIGGER payloads_update BEFORE UPDATE ON payloads"
        " BEGIN SELECT RAISE(ABORT, 'payloads are never changed'); END"
    ),
    "payloads_delete": (
        "CREATE TRIGGER payloads_delete BEFORE DELETE ON payloads"
        " WHEN NOT EXISTS (SELECT 1 FROM rows WHERE parent = OLD.seq AND kind = 'erased')"
        " BEGIN SELECT RAISE(ABORT, 'a payload is only removed after an erased row has named it'); END"
    ),
    "log_insert": (
        "CREATE TRIGGER log_insert BEFORE INSERT ON log WHEN EXISTS (SELECT 1 FROM log)"
        " BEGIN SELECT RAISE(ABORT, 'the log has one identity'); END"
    ),
    "log_update": (
        "CREATE TRIGGER log_update BEFORE UPDATE OF one, id, format ON log"
        " BEGIN SELECT RAISE(ABORT, 'the identity of the log is never changed'); END"
    ),
    "log_delete": (
        "CREATE TRIGGER log_delete BEFORE DELETE ON log BEGIN SELECT RAISE(ABORT, 'the log is never removed'); END"
    ),
}
"""Every object of the file by name; ``verify`` holds a file to exactly this.  ``log.settled`` only saves a search."""
