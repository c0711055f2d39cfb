"""The steps that bring ``claw.db`` to the shape this version expects, each applied once and all or nothing.

A step that has shipped is never edited: a later one changes what it made.  A file that knows steps this version does
not was written by a newer Claw and is left alone.
"""

import sqlite3

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from claw.base.errors import Broken

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


def migrate(db: Database) -> None:
    """Apply the missing steps to ``db``; raises Broken when a newer Claw wrote it or a step cannot be applied."""
    try:
        known = {step.name for step in STEPS.applied(db)} | {step.name for step in STEPS.pending(db)}
        unknown = sorted(known - {step.name for step in STEPS.pending(Database(memory=True))})
        if unknown:
            raise Broken(f"claw.db was written by a newer version of Claw (it has the step {unknown[-1]!r})")
        STEPS.apply(db)
    except sqlite3.Error as error:
        raise Broken(f"claw.db cannot be brought up to date: {error}") from error
