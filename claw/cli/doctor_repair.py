"""``claw doctor --repair``: one mapping for what was replaced, as a diff; with ``--apply`` its files are written.

Only the policy and the configuration are ever written, by whoever owns them, at a console.  What the daemon keeps is
changed by the commands that there are for it, and those are printed.
"""

import asyncio
import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from claw.base.action import Json, to_json
from claw.base.clock import SystemClock
from claw.base.documents import read_text
from claw.base.errors import ClawError, Refused
from claw.care.doctor_case import MAIN, Case
from claw.care.repair import About, Proposal, propose
from claw.care.repair_kept import kept, skills
from claw.care.repair_match import said
from claw.cli import compared, policy_change, show
from claw.cli.client import Client
from claw.cli.ground import Ground, ground
from claw.cli.policy_file import PolicyFile

if TYPE_CHECKING:
    from claw.skills.model import Report, Skill

FAILED, WIDER = 1, 3
STYLES = {"+": "green", "-": "red", " ": "dim"}
_PLAIN = re.compile(r"[^\W_]+(?:[ -][^\W_]+){0,5}")
"""A name that may stand in a command and a sentence and is nothing but a name there."""


def repair(
    case: Case, state_dir: Path | None, replace: Sequence[str], *, apply: bool, yes: bool, as_json: bool
) -> None:
    """Print what would mend what was replaced, write the files where that is wanted, and end with a code.

    Raises typer.BadParameter for a ``replace`` that is none, Refused where nothing may be proposed or written.
    """
    try:
        spoken = said(replace)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--replace") from error
    there = ground(None, case.wanted.config, Client(case.state))
    about = _about(case, there)
    proposal = propose(about, spoken, SystemClock().now())
    proofs = _proved(about, proposal)
    todo = _todo(case, about, proposal)
    good = _good(proposal)
    answer = {**_as_json(proposal), "proofs": proofs, "todo": todo, "good": good}
    if not as_json:
        _told(proposal, proofs, todo)
    written: dict[str, Json] = {}
    if apply and good and proposal.written:
        _ask(proposal, yes=yes)
        written = _write(about, there, proposal, case.state, state_dir)
    show.show({**answer, **written}, as_json=as_json, human=lambda _: _ended(case, proposal, written, good=good))
    if proposal.judged.wider:
        raise typer.Exit(WIDER)
    raise typer.Exit(0 if good and not proposal.asked and all(row["green"] for row in proofs) else FAILED)


def _about(case: Case, there: Ground) -> About:
    if there.path is None:
        raise Refused("no daemon runs here and no configuration names a policy: which house is it about?")
    house, text = there.known, read_text(there.path)
    if there.text and there.text != text:
        raise Refused(f"{there.path} is not what is in force: see `claw policy check` first")
    config = case.wanted.config
    if case.config_problem:
        raise Refused(f"the configuration has to be readable first: {case.config_problem}")
    config_text = read_text(config) if case.config is not None else ""
    with case.database(MAIN) as db:
        known = kept(db, house.registry, text)
    return About(there.path, text, config, config_text, there.people, there.actions, house, known, skills(case.state))


def _good(proposal: Proposal) -> bool:
    """Return whether the changed files may take the place of those that count."""
    judged = proposal.judged
    return not (judged.problems or judged.failed or judged.open_risks or judged.wider or proposal.by_hand)


def _proved(about: About, proposal: Proposal) -> list[dict[str, Json]]:
    """Return what comes of proving every skill that would change, as it would be then, on a house of the tests' own."""
    names = sorted({one.skill for one in proposal.files if one.skill})
    if not names:
        return []
    from claw.skills.reading import read_skill, sealed  # noqa: PLC0415  half the daemon comes with it

    rows: list[dict[str, Json]] = []
    for name in names:
        new = {one.path.removeprefix(f"skills/{name}/"): one.after for one in proposal.files if one.skill == name}
        files = {path: new.get(path, text).encode() for path, text in about.skills[name].items()}
        try:
            report = asyncio.run(_report(read_skill(sealed(files), name)))
            why = "" if report.green else "not everything held: `claw skills prove` says what"
            rows.append({"name": name, "green": report.green, "why": why})
        except ClawError as error:
            rows.append({"name": name, "green": False, "why": str(error)})
    return rows


async def _report(skill: "Skill") -> "Report":
    from claw.daemon.proving_alone import proved  # noqa: PLC0415  see above
    from claw.skills.proving import TENTH  # noqa: PLC0415  see above

    (report,) = [one async for one in proved([skill], None, TENTH)]  # enough for an id that is another
    return report


def _todo(case: Case, about: About, proposal: Proposal) -> list[dict[str, Json]]:
    """Return what no file holds or no repair writes: a sentence, and the commands that do it, in order."""
    new = proposal.new
    rows: list[dict[str, Json]] = []
    for ident in sorted({use.id for use in proposal.uses if use.kind == "routine"}):
        changes = {
            use.entity_id: new[use.entity_id] for use in proposal.uses if (use.kind, use.id) == ("routine", ident)
        }
        text = f"Routine {ident}: make it anew with {_arrows(changes)}, then remove this one."
        quoted = shlex.quote(ident)
        rows.append(_do(text, case.claw(f"routines show {quoted}"), case.claw(f"routines remove {quoted}")))
    for use in proposal.uses:
        if use.kind == "routine":
            continue
        thing = about.house.registry.entities[new[use.entity_id]]
        forget = case.claw(f"memory forget {shlex.quote(use.id)}")
        if use.kind == "alias" and _PLAIN.fullmatch(use.name) and _PLAIN.fullmatch(thing.name):
            words = shlex.quote(f"call {thing.name} {use.name}")
            text = f"Memory {use.id}: {thing.entity_id} is to be called what {use.entity_id} was."
            rows.append(_do(text, forget, case.claw(f"memory add {words}")))
        else:
            text = f"Memory {use.id}: it is about {use.entity_id}; say it anew of {thing.entity_id}."
            rows.append(_do(text, case.claw(f"memory why {shlex.quote(use.id)}"), forget))
    for name in sorted({one.skill for one in proposal.files if one.skill}):
        quoted = shlex.quote(name)
        text = f"Skill {name}: export it, change it as the diff says, and import it again."
        here = [case.claw(f"skills {word}") for word in (f"export {quoted} ./{quoted}", f"import ./{quoted}")]
        rows.append(_do(text, *here))
    for path, one in proposal.by_hand:
        rows.append(_do(f"{path}: {one.where}: write {new[one.entity_id]} by hand; its letters do not stand there."))
    if proposal.unknown:
        rows.append(_do(f"{proposal.unknown} memories are about things of which nobody knows an id any more."))
    return rows


def _do(text: str, *commands: str) -> dict[str, Json]:
    return {"text": text, "commands": list(commands)}


def _arrows(new: Mapping[str, str]) -> str:
    return ", ".join(f"{one} for {old}" if one != old else f"the new {one}" for old, one in sorted(new.items()))


def _as_json(proposal: Proposal) -> dict[str, Json]:
    judged = proposal.judged
    return {
        "mapping": to_json(proposal.pairs),
        "asked": to_json(proposal.asked),
        "diff": "".join(one.diff for one in proposal.files),
        "problems": list(judged.problems),
        "tests": {"passed": len(judged.tests) - len(judged.failed), "failed": to_json(judged.failed)},
        "open_risks": list(judged.open_risks),
        "wider": to_json(judged.wider),
        "differences": to_json(judged.differences),
        "also": list(judged.also),
    }


def _told(proposal: Proposal, proofs: Sequence[Mapping[str, Json]], todo: Sequence[Mapping[str, Json]]) -> None:
    if not proposal.pairs and not proposal.asked:
        show.out.print("[green]Nothing is named that the house does not have.[/]")
    for pair in proposal.pairs:
        line = f"{pair.old} → {pair.new}"
        show.out.print(f"[bold]{show.safe(line)}[/]  {show.safe(pair.why)}", soft_wrap=True)
    for one in proposal.asked:
        show.out.print(f"[yellow]{show.safe(one.old)} → ?[/]  {show.safe(one.why)}", soft_wrap=True)
        for choice in one.choices:
            show.out.print(f"         [dim]→[/] --replace {show.safe(one.old)}={show.safe(choice)}", soft_wrap=True)
    for one in proposal.files:
        show.out.print()
        for line in one.diff.rstrip("\n").split("\n"):
            sign = line[:1] if line[:1] in STYLES else ""
            style = STYLES.get(sign, "dim")
            show.out.print(f"[{style}]{sign}{show.code(line.removeprefix(sign))}[/]", soft_wrap=True)
    show.out.print()
    for row in todo:
        show.out.print(f"[cyan]do this[/] {show.safe(str(row['text']))}", soft_wrap=True)
        for command in row["commands"]:
            show.out.print(f"         [dim]→[/] {show.safe(str(command))}", soft_wrap=True)
    _judged(proposal)
    for row in proofs:
        mark = "[green]proved[/]" if row["green"] else "[red]not proved[/]"
        text = f"the changed skill {row['name']} {row['why']}".rstrip()
        show.out.print(f"{mark} {show.safe(text)}", soft_wrap=True)


def _judged(proposal: Proposal) -> None:
    judged = proposal.judged
    for problem in judged.problems:
        show.out.print(f"[red]problem[/] {show.safe(problem)}", soft_wrap=True)
    if judged.tests:
        compared.tested("the changed policy", judged.failed or judged.tests, show.out)
    for risk in judged.open_risks:
        show.out.print(f"[bold red]open[/] {show.safe(risk)}", soft_wrap=True)
    if judged.differences or judged.also:
        show.out.print("Against today, where what is gone may do nothing:")
        compared.differences(judged.differences, judged.also)
    if judged.wider:
        show.out.print("[bold red]more than what is gone was let do:[/]")
        compared.differences(judged.wider)


def _ended(case: Case, proposal: Proposal, written: Mapping[str, Json], *, good: bool) -> None:
    if written:
        files = ", ".join(written["written"])
        show.out.print(f"[green]Written:[/] {show.safe(files)}; the old ones lie beside, with .bak.", soft_wrap=True)
        if written["restart"]:
            show.out.print("Start the daemon again: it reads its configuration then.")
        if written.get("problem"):
            show.out.print(f"[yellow]The daemon did not say that it took it: {show.safe(str(written['problem']))}[/]")
    elif proposal.judged.wider:
        show.err.print("[red]refused:[/] a repair never lets anything do more than before; nothing was changed")
    elif not good:
        show.err.print("[red]Nothing can be written like this; nothing was changed.[/]")
    elif proposal.written:
        more = "".join(f" --replace {pair.old}={pair.new}" for pair in proposal.pairs if pair.said)
        command = case.claw_configured("doctor --repair --apply") + more
        show.out.print(f"Nothing was changed. To write it: {show.safe(command)}", soft_wrap=True)


def _ask(proposal: Proposal, *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise Refused("nobody can be asked here: run it in a terminal, or with --yes")
    files = " and ".join(one.path for one in proposal.written)
    if not typer.confirm(f"Write {show.safe(files)} so?", default=False, err=True):
        raise Refused("nothing was changed")


def _write(about: About, there: Ground, proposal: Proposal, state: Path, state_dir: Path | None) -> dict[str, Json]:
    """Write the changed files, each whole, the old one beside it, and have the daemon read the policy.

    Where it does not take it, all of them are as they were.
    """
    after = {one.path: one.after for one in proposal.written}
    files = {path: PolicyFile.of(Path(path), state) for path in after}
    if any(files[one.path].text != one.before for one in proposal.written):
        raise Refused("somebody changed a file meanwhile; look again")
    done: list[PolicyFile] = []
    answer: dict[str, Json] = {"written": sorted(after), "restart": str(about.config) in after}
    try:
        for path, file in files.items():
            file.replace(after[path])
            done.append(file)
        policy = files.get(str(about.policy))
        if policy is not None:
            draft = there.parse(after[str(about.policy)], str(about.policy))
            told = policy_change.in_force(draft.policy.hash, policy, state_dir)
            answer |= told
            if told["daemon"] is False:
                before = there.parse(about.policy_text, str(about.policy)).policy
                answer |= policy_change.noted(state, draft, draft.policy, before)
    except ClawError:
        for file in reversed(done):
            file.put_back()
        raise
    return answer
