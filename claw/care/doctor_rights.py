"""Who may come in and with which rights: programs that may too much or are not used, owners without a passkey."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from claw.base.action import Json
from claw.base.errors import ClawError
from claw.care.doctor_case import MAIN, Case
from claw.care.doctor_policy import rules_of
from claw.care.finding import Finding

ABOUT = "rights"
OLD = timedelta(days=180)
NEW = timedelta(days=30)
"""A program that was let in since then may still come."""
LONG = timedelta(days=400)
RISKY_RIGHTS = frozenset({"approve", "reset"})
"""What a program in a file should not have: it would answer Claw's questions by itself."""

Row = Mapping[str, Json]


def rights(case: Case) -> Iterator[Finding]:
    """Give what is odd about who may come in."""
    odd = [*_clients(case), *_owners(case)]
    yield from odd
    if not odd:
        yield Finding(ABOUT, "ok", "No program may more than it should, and none lies unused.")


def _clients(case: Case) -> Iterator[Finding]:
    now = case.clock.now()
    for row in _rows_of_clients(case):
        if row.get("revoked") or _moment(row.get("expires"), now) <= now:
            continue
        mend = case.claw(f"clients revoke {shlex.quote(str(row.get('id')))}")
        name = f"The program {row.get('name')} ({row.get('id')})"
        ceiling = {str(right) for right in row.get("ceiling") or ()}
        if row.get("kind") != "session":
            if risky := sorted(ceiling & RISKY_RIGHTS):
                text = f"{name} may {' and '.join(risky)}: its token lies in a file, and nobody is asked."
                yield Finding(ABOUT, "warning", text, mend)
            if "read_log" in ceiling:
                yield Finding(ABOUT, "note", f"{name} may read the log, which says who did what when.", mend)
            if _moment(row.get("expires"), now) - now > LONG:
                yield Finding(ABOUT, "note", f"{name} may come in for more than a year from now.", mend)
        yield from _unused(row, name, now, mend)


def _unused(row: Row, name: str, now: datetime, mend: str) -> Iterator[Finding]:
    if row.get("kind") == "session":
        name = f"The browser {row.get('name')} ({row.get('id')})"
    last = row.get("last_used")
    if last is None:
        created = row.get("created")
        if created is not None and now - _moment(created, now) > NEW:
            yield Finding(ABOUT, "warning", f"{name} was never used.", mend)
        elif created is None and row.get("kind") != "session":
            yield Finding(ABOUT, "note", f"{name} was not used yet.", mend)
    elif now - _moment(last, now) > OLD:
        yield Finding(ABOUT, "warning", f"{name} was not used for {(now - _moment(last, now)).days} days.", mend)


def _rows_of_clients(case: Case) -> list[Row]:
    """Return the programs and browsers, from the database, which knows most of them; else from the daemon."""
    query = "SELECT id, name, kind, ceiling, created, expires, last_used, revoked FROM clients"
    with case.database(MAIN) as db:
        if db is not None and db.execute("SELECT 1 FROM sqlite_master WHERE name = 'clients'").fetchone():
            names = ("id", "name", "kind", "ceiling", "created", "expires", "last_used", "revoked")
            rows: list[Row] = [dict(zip(names, row, strict=True)) for row in db.execute(query)]
            return [{**row, "ceiling": str(row["ceiling"]).split()} for row in rows]
    return []


def _owners(case: Case) -> Iterator[Finding]:
    """Give the owners who have no passkey, where some rule asks for a signature or could."""
    found = rules_of(case)
    owners = {person.id for person in found.people if person.role == "owner"} if found is not None else set[str]()
    owners |= _accounts(case)
    signs = (
        any(rule.terms is not None and rule.terms.strength == "signed" for rule in found.policy.rules)
        if found
        else False
    )
    without = sorted(owners - _with_passkeys(case))
    for person in without:
        text = f"The owner {person} has no passkey: no yes of theirs can be signed."
        if signs:
            text += " The policy has rules that ask for one."
        mend = "Sign in on the page, open People, and add one (docs/passkeys.md)."
        yield Finding(ABOUT, "warning" if signs else "note", text, mend)


def _accounts(case: Case) -> set[str]:
    try:
        told = case.asked("people") if case.status is not None else []
    except ClawError:
        return set()
    rows: Sequence[Json] = told if isinstance(told, list) else []
    return {
        str(row["id"]) for row in rows if isinstance(row, dict) and row.get("role") == "owner" and not row["barred"]
    }


def _with_passkeys(case: Case) -> set[str]:
    with case.database(MAIN) as db:
        if db is None or not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'passkeys'").fetchone():
            return set()
        return {str(person) for (person,) in db.execute("SELECT DISTINCT person FROM passkeys")}


def _moment(written: Json, otherwise: datetime) -> datetime:
    try:
        return datetime.fromisoformat(str(written))
    except (ValueError, TypeError):
        return otherwise
