"""Whether the log holds, who vouches for it, and what was begun and never came to an end."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from claw.audit.prove import Grounds, Proven, prove
from claw.audit.verify import survey, verify_tail
from claw.audit.witness_places import readable_witnesses
from claw.base.action import Json
from claw.care.doctor_case import AUDIT, Case
from claw.care.finding import Finding
from claw.store.db import leaving_no_trace, state_holder

ABOUT = "log"
TAIL_ROWS = 1_000
LOOKED_AT = 20_000
"""So many of the last entries are looked through for what never came to an end."""
AGE = timedelta(hours=1)
"""What takes longer than this between intent and outcome is no slow gate."""
NAMED = 3

_OPEN = (
    "SELECT r.seq FROM rows r WHERE r.kind = 'intent' AND r.seq > (SELECT max(seq) FROM rows) - ? AND r.time < ?"
    " AND NOT EXISTS (SELECT 1 FROM rows o WHERE o.parent = r.seq AND o.kind = 'outcome') ORDER BY r.seq DESC"
)
ELSEWHERE = (
    "Name audit: witness_file: on another machine's disk, or keep `claw log checkpoint` elsewhere (docs/audit.md)."
)


def log(case: Case) -> Iterator[Finding]:
    """Give how the log is: its end, or all of it and every witness where everything is wanted."""
    if not (case.state / AUDIT).exists():
        if case.daemon == "running":
            yield Finding(ABOUT, "problem", "The daemon runs, and its log is not in the state directory.")
        else:
            yield Finding(ABOUT, "note", "There is no log yet.")
        return
    yield from _whole(case) if case.wanted.full else _end(case)
    yield from _told(case)
    yield from _unfinished(case)


def _end(case: Case) -> Iterator[Finding]:
    with leaving_no_trace():
        problem = verify_tail(case.state / AUDIT, TAIL_ROWS)
    if problem:
        yield Finding(ABOUT, "problem", f"{_sentence(problem)}.", case.claw("log verify"))
    else:
        yield Finding(ABOUT, "ok", f"The last {TAIL_ROWS} entries of the log hold; --full looks at all of them.")


def _whole(case: Case) -> Iterator[Finding]:
    case.progress("log: every entry")
    proven = _proven(case)
    for problem in proven.log.problems:
        where = "" if problem.seq is None else f"Entry {problem.seq}: "
        text = f"{where}{problem.what}."
        yield Finding(ABOUT, "warning" if problem.warning else "problem", _sentence(text), case.claw("log verify"))
    if proven.ok:
        yield Finding(ABOUT, "ok", f"All {proven.log.rows} entries of the log hold.")
    for ground in proven.rests_on:
        yield Finding(ABOUT, "ok", _sentence(f"{ground}."))


def _proven(case: Case) -> Proven:
    """Prove the whole log, again where a daemon began to write while it was read as if nobody did."""
    path, before = case.state / AUDIT, state_holder(case.state)
    audit = case.config.audit if case.config is not None else None

    def proved() -> Proven:
        found = survey(path, payloads=True)
        return prove(path, found, Grounds(readable_witnesses(found, case.state, audit)))

    with leaving_no_trace():
        proven = proved()
    return proved() if not proven.ok and state_holder(case.state) != before else proven


def _told(case: Case) -> Iterator[Finding]:
    """Give what the daemon knows of its log."""
    audit = case.part("audit")
    if not audit:
        return
    vouched = audit.get("vouched")
    vouched = vouched if isinstance(vouched, Mapping) else {}
    mend = case.claw("log verify")
    if audit.get("holds") is not True:
        text = f"The daemon says that its log does not hold: {vouched.get('problem') or 'see `claw log verify`'}."
        yield Finding(ABOUT, "problem", text, mend)
    if audit.get("failures"):
        text = f"The log could not be written {audit['failures']} times since the daemon started."
        yield Finding(ABOUT, "warning", text, f"Look at the disk of {case.state}.")
    if audit.get("lost"):
        yield Finding(ABOUT, "warning", f"{audit['lost']} notes were lost: the disk was too slow for them.")
    for stranger in _listed(vouched.get("strangers")):
        yield Finding(ABOUT, "warning", f"{_sentence(str(stranger))}.", mend)
    yield from _witnesses(case, vouched)


def _witnesses(case: Case, vouched: Mapping[str, Json]) -> Iterator[Finding]:
    for witness in _listed(vouched.get("witnesses")):
        if isinstance(witness, Mapping) and witness.get("problem"):
            text = f"A witness of the log does not take its heads: {witness['problem']}."
            yield Finding(ABOUT, "warning", text, "Make the place writable for Claw, or name another.")
    if vouched and vouched.get("out_of_reach") is not True:
        text = "Every witness of the log lies within Claw's own reach: who has Claw's rights could change both."
        yield Finding(ABOUT, "warning" if case.wanted.security else "note", text, ELSEWHERE)


def _unfinished(case: Case) -> Iterator[Finding]:
    until = case.clock.now().astimezone(UTC) - (AGE if case.daemon == "running" else timedelta())
    with case.database(AUDIT) as log:
        rows = log.execute(_OPEN, (LOOKED_AT, _microseconds(until))).fetchall() if log is not None else []
    if not rows:
        return
    numbers = ", ".join(str(seq) for (seq,) in rows[:NAMED]) + (" and more" if len(rows) > NAMED else "")
    what = "act was" if len(rows) == 1 else "acts were"
    text = f"{len(rows)} {what} begun and never came to an end that is known (entries {numbers})."
    if case.daemon == "running":
        yield Finding(ABOUT, "warning", text, case.claw(f"why {rows[0][0]}"))
    else:
        yield Finding(ABOUT, "note", f"{text} The next start says what became of them.")


def _microseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000)


def _listed(told: Json) -> list[Json]:
    return told if isinstance(told, list) else []


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
