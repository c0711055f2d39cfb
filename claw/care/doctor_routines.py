"""Routines that never ran, that wait for somebody, or whose last runs all went wrong."""

import shlex
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from claw.care.doctor_case import MAIN, Case
from claw.care.finding import Finding
from claw.routines.model import TROUBLE

ABOUT = "routines"
NEW = timedelta(days=8)
"""A routine that is made for one day of the week has run by then."""
IN_A_ROW = 3
MOST = 200

_ROUTINES: Final = (
    "SELECT id, kind, state, created, runs, last FROM routines WHERE state NOT IN ('over', 'removed') LIMIT ?"
)
_RUNS: Final = "SELECT status FROM routine_runs WHERE routine = ? AND status <> 'running' ORDER BY due DESC LIMIT ?"


def routines(case: Case) -> Iterator[Finding]:
    """Give the routines that deserve a look, by their ids: what they are called is their people's."""
    odd: list[Finding] = []
    with case.database(MAIN) as db:
        if db is None or not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'routines'").fetchone():
            return
        rows = db.execute(_ROUTINES, (MOST,)).fetchall()
        for ident, kind, state, created, _runs, last in rows:
            mend = case.claw(f"routines show {shlex.quote(str(ident))}")
            runs = [status for (status,) in db.execute(_RUNS, (ident, IN_A_ROW))]
            if state in {"waiting", "suspended"}:
                odd.append(Finding(ABOUT, "note", f"The routine {ident} is {state}.", mend))
            elif len(runs) == IN_A_ROW and all(status in TROUBLE for status in runs):
                text = f"The last {IN_A_ROW} runs of the routine {ident} went wrong ({runs[0]})."
                odd.append(Finding(ABOUT, "warning", text, mend))
            elif kind != "safety" and state == "on" and last is None and not runs and _age(case, created) > NEW:
                text = f"The routine {ident} was made {_age(case, created).days} days ago and never ran."
                odd.append(Finding(ABOUT, "note", text, mend))
    yield from odd
    if rows and not odd:
        yield Finding(ABOUT, "ok", f"{len(rows)} routines.")


def _age(case: Case, created: object) -> timedelta:
    try:
        return case.clock.now() - datetime.fromisoformat(str(created))
    except (ValueError, TypeError):
        return timedelta()
