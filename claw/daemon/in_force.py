"""Whether the policy file is still the one that was last in force.

A file that was cut between two lines while no daemon ran may be a good one that says less, and what it lacks may be a
denial.  Owners edit by hand, so a start does not refuse it; it says so, with how much there was and is.
"""

import hashlib
from collections.abc import Mapping

from claw.audit.log import AuditLog, Entry
from claw.base.action import Json
from claw.policy.rules import PolicyFile

_LOOKED_AT = 20
"""So many of the newest entries that name a file are looked at: what one says may be erased."""


def described(text: str, file: PolicyFile) -> dict[str, Json]:
    """Return what the log keeps of a policy file: the SHA-256 of its ``text`` and how much is in it."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    return {"file": digest, "rules": len(file.rules), "never": len(file.never), "tests": len(file.tests)}


def last(audit: AuditLog) -> Entry | None:
    """Return the entry that tells of the file that was last in force, None where none does."""
    newest = audit.entries(0, _LOOKED_AT, newest_first=True, kinds=("start", "policy"))
    return next((entry for entry in newest if entry.payload and "file" in entry.payload), None)


def unlike(before: Mapping[str, Json] | None, now: Mapping[str, Json]) -> str:
    """Return what is to be said of a file that was changed since the last one; empty where it is the same."""
    if before is None or before["file"] == now["file"]:
        return ""
    return f"the policy file was changed while no daemon ran: it had {_much(before)}, and has {_much(now)} now"


def _much(said: Mapping[str, Json]) -> str:
    return f"{said['rules']} rules, {said['never']} never and {said['tests']} tests"
