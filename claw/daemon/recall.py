"""What a daemon that starts has to know of the one before: what was done lately, and what was granted.

Both are read from the log, because a restart must forgive nothing: neither three tries a day become six by pulling the
plug, nor does a row that somebody put into the database become a yes.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from operator import attrgetter, itemgetter

from sqlite_utils import Database

from claw.audit.log import AuditLog, Entry
from claw.base.action import SYSTEM, Action, Json, Origin
from claw.base.clock import Clock
from claw.gate.judge import Judge
from claw.policy.overlay import Overlay
from claw.policy.words import LONGEST_S

_STOPS = ("stop", "reset")

WINDOW = 500
"""Rows that are read at once."""


def remember(judge: Judge, db: Database, audit: AuditLog, clock: Clock) -> Overlay:
    """Give ``judge`` what the log of the last day holds: acts to count, and the grants that were really given.

    Returns where grants are kept from now on.
    """
    rows = sorted(_lately(audit, clock), key=attrgetter("seq"))
    entries = [entry for entry in rows if entry.payload]
    oldest = clock.now() - timedelta(seconds=LONGEST_S)
    acts = [act for entry in entries if (act := _act(entry, audit)) is not None and act[0] > oldest]
    judge.acts.load(sorted(acts, key=itemgetter(0)))
    # Who resets a stop means to be asked again; also when the stop was written by hand, and the daemon was not there.
    stopped = max((entry.seq for entry in rows if entry.kind in _STOPS), default=0)
    given = {
        (entry.payload.get("id"), entry.payload.get("digest"))
        for entry in entries
        if entry.kind == "grant" and entry.payload and entry.seq > stopped
    }

    def witnessed(name: str, digest: str) -> bool:
        return (name, digest) in given

    judge.overlay = Overlay(db, clock, witnessed)
    return judge.overlay


def _act(entry: Entry, audit: AuditLog) -> tuple[datetime, Action, Origin] | None:
    """Return what an intent says was done, None where it says nothing any more: it was erased, or cut as too long.

    What was forgotten counts all the same: its words are gone, and what was done stands where they were erased.
    """
    payload: Json = entry.payload or {}
    if entry.kind == "erased":
        payload, intent = payload.get("kept") or {}, audit.entry(entry.parent or 0)
        if intent is None or payload.get("kind") != "intent":
            return None
        entry = intent
    action: Json = payload.get("action") if entry.kind == "intent" else None
    return (entry.time, Action(**action), entry.origin or SYSTEM) if isinstance(action, dict) else None


def _lately(audit: AuditLog, clock: Clock) -> Iterator[Entry]:
    """Give the intents, erasures, grants, stops and resets of the last day, window by window from the newest."""
    oldest = clock.now() - timedelta(seconds=LONGEST_S)
    end = audit.head().seq
    while end > 0:
        start = max(0, end - WINDOW)
        for entry in audit.entries(start, WINDOW, kinds=("intent", "erased", "grant", *_STOPS)):
            if entry.seq <= end and entry.time > oldest:
                yield entry
        first = audit.entries(start, 1)
        if first and first[0].time <= oldest:
            return
        end = start
