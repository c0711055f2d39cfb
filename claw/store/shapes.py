"""The shapes that ``claw.db`` has had: what a database from elsewhere is held against."""

from collections.abc import Collection

from sqlite_utils import Database

from claw.store.migrations import STEPS


def shaped(steps: Collection[str]) -> Database:
    """Return an empty database in memory to which the first of Claw's steps were applied, as far as ``steps`` go."""
    db = Database(memory=True)
    until = next((step.name for step in STEPS.pending(db) if step.name not in steps), None)
    if until is None:
        STEPS.apply(db)
    else:
        STEPS.apply(db, stop_before=until)
    return db
