"""``claw doctor --repair --apply``: all of a proposal after one yes, each part through the door that it has.

First the files, which only their owner writes and which go back where the daemon does not take them.  Then what the
daemon keeps, as one plan of acts of whoever types: it is judged whole, and where it is refused the files go back too.
Then the household's own skills, as drafts.  What was said yes to lies beside the policy until all of it is done, so
that one that was cut off, or had no daemon, is done to its end by the next.
"""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from claw.base.action import Json, to_json
from claw.base.documents import read_text
from claw.base.errors import ClawError, Invalid, Refused, Unavailable, UnknownOutcome
from claw.care.doctor_policy import BEGUN
from claw.care.repair import About, Proposal
from claw.care.repair_match import said
from claw.care.repair_rows import Row
from claw.care.repair_text import POLICY, replaced
from claw.cli import policy_change
from claw.cli.client import Client, NoDaemon
from claw.cli.ground import Ground
from claw.cli.policy_file import PolicyFile

ANOTHERS = "it is another's, and would act for you"


@dataclass(frozen=True)
class Work:
    """What is to be done: ``rows`` by acts of whoever types, ``skills`` the new files of each, by path.

    ``left`` are the rows that whoever types may not change, each with the reason.
    """

    rows: tuple[Row, ...]
    skills: Mapping[str, Mapping[str, str]]
    left: tuple[tuple[Row, str], ...]


def begun(policy: Path) -> dict[str, str]:
    """Return the mapping of a repair that did not come to its end, empty where there is none that can be read."""
    try:
        return dict(said(read_text(policy.with_name(policy.name + BEGUN)).splitlines()))
    except (Invalid, ValueError):
        return {}


def cut_off(there: Ground) -> bool:
    """Return whether the policy's file is, letter by letter, what a repair made of the one in force before it ended.

    It was said yes to, and nobody changed it since: the daemon may be told of it.
    """
    if there.path is None or not there.text:
        return False
    text, new = read_text(there.path), begun(there.path)
    return bool(new) and text != there.text and text == replaced(there.text, POLICY, new)[0]


def ended(policy: Path) -> None:
    """Take the note away of a repair of which nothing is left to do; raises OSError."""
    policy.with_name(policy.name + BEGUN).unlink(missing_ok=True)


def work(rows: Sequence[Row], skills: Mapping[str, Mapping[str, str]], client: Client | None) -> Work:
    """Return which rows whoever types may change, as the running daemon says; without one (None) all of them wait."""
    if client is None:
        return Work((), skills, tuple((row, "it waits for a running daemon") for row in rows))
    mine: list[Row] = []
    left: list[tuple[Row, str]] = []
    for row in rows:
        why = _why_not(row, client)
        if why:
            left.append((row, why))
        else:
            mine.append(row)
    return Work(tuple(mine), skills, tuple(left))


def _why_not(row: Row, client: Client) -> str:
    if row.act is None:
        return "it has to be made anew"
    try:
        if row.kind == "routine":
            return "" if client.ask("routine", name=row.id)["mine"] else ANOTHERS
        client.ask("memory_why", seq=int(row.id))
    except Refused as error:
        return str(error)
    return ""


def applied(
    about: About, there: Ground, proposal: Proposal, todo: Work, state: Path, state_dir: Path | None
) -> dict[str, Json]:
    """Do all of it and return what was done.

    Raises Refused where the daemon takes the policy or the acts not, and what the files raise: then all is as it was.
    Raises UnknownOutcome where the daemon was lost over the acts: then the files stay, and the next run goes on.
    """
    running = bool(there.text)
    client = Client(state)
    policy = PolicyFile.of(about.policy, state)
    if running:
        _may_import(todo.skills, client)
    files = [PolicyFile.of(Path(one.path), state) for one in proposal.written]
    if any(file.text != one.before for file, one in zip(files, proposal.written, strict=True)):
        raise Refused("somebody changed a file meanwhile; look again")
    note = PolicyFile(about.policy.with_name(about.policy.name + BEGUN), "")
    note.write_like("".join(f"{pair.old}={pair.new}\n" for pair in proposal.pairs), policy.path)
    answer: dict[str, Json] = {"written": [], "restart": False, "acts": None, "skills": []}
    try:
        answer |= _files(about, there, proposal, files, state, state_dir)
        if running and todo.rows:
            answer["acts"] = _acts(todo.rows, client)
    except UnknownOutcome:
        raise
    except ClawError:
        for file in files:
            file.put_back()
        if running and files:
            with contextlib.suppress(ClawError):
                client.ask("policy_reload")
        ended(about.policy)
        raise
    if running:
        answer["skills"] = [_imported(name, new, client) for name, new in todo.skills.items()]
    acts = answer["acts"]
    whole = running or not (todo.rows or todo.left or todo.skills)
    whole = whole and (acts is None or acts["status"] == "done")
    answer["whole"] = whole and all(one["status"] == "done" for one in answer["skills"])
    if answer["whole"]:
        ended(about.policy)
    return answer


def _files(
    about: About, there: Ground, proposal: Proposal, files: Sequence[PolicyFile], state: Path, state_dir: Path | None
) -> dict[str, Json]:
    after = {one.path: one.after for one in proposal.written}
    for file, one in zip(files, proposal.written, strict=True):
        file.replace(one.after)
    answer: dict[str, Json] = {"written": sorted(after), "restart": str(about.config) in after}
    if str(about.policy) in after:
        draft = there.parse(after[str(about.policy)], str(about.policy))
        file = next(file for file, one in zip(files, proposal.written, strict=True) if one.path == str(about.policy))
        told = policy_change.in_force(draft.policy.hash, file, state_dir)
        answer |= told
        if told["daemon"] is False:
            before = there.parse(about.policy_text, str(about.policy)).policy
            answer |= policy_change.noted(state, draft, draft.policy, before)
    return answer


def _acts(rows: Sequence[Row], client: Client) -> dict[str, Json]:
    """Have the daemon judge all acts as one plan and do them.

    Raises Refused where none of them was done, UnknownOutcome where it was lost before it answered.
    """
    acts = [to_json({"action": row.act.name, "data": row.act.data}) for row in rows if row.act is not None]
    try:
        reply = client.ask("act", acts=acts)
    except NoDaemon:
        raise
    except Unavailable as error:
        raise UnknownOutcome(
            f"{error}: what it changed is not known, the files stay, the same again goes on"
        ) from error
    done = [one["status"] == "sent" for one in reply["outcomes"]]
    asks = [one["id"] for one in reply["pending"]]
    if not any(done) and not asks:
        raise Refused(f"nothing was changed: {reply['text']}")
    whole = all(done) and len(done) == len(acts)
    return {"status": "done" if whole else "pending" if asks else "partial", "text": reply["text"], "ask": asks}


def _may_import(skills: Mapping[str, Mapping[str, str]], client: Client) -> None:
    for name in skills:
        told = client.ask("policy_explain", action="claw.skill_import", data={"skill": name, "hash": "0" * 64})
        if told["decision"]["effect"] == "deny":
            raise Refused(f"nothing was changed: the skill {name} may not be imported by you")


def _imported(name: str, files: Mapping[str, str], client: Client) -> dict[str, Json]:
    try:
        told = client.ask("skill_import", name=name, files=dict(files))
        return {"name": name, "status": told["status"], "text": told["text"]}
    except (Refused, Unavailable) as error:
        return {"name": name, "status": "failed", "text": str(error)}


def said_before(proposal: Proposal, carried: Mapping[str, str]) -> Proposal:
    """Return a proposal whose pairs say which of them were said yes to before."""
    why = "you said yes to it before, and that did not come to its end"
    pairs = tuple(replace(one, why=why) if carried.get(one.old) == one.new else one for one in proposal.pairs)
    return replace(proposal, pairs=pairs)
