"""``claw doctor --repair``: one mapping for what was replaced, and one diff of all that follows from it.

With ``--apply`` and a yes all of it is done (``claw/cli/doctor_apply.py``).
"""

import asyncio
import shlex
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from claw.base.action import Json, to_json
from claw.base.clock import SystemClock
from claw.base.documents import read_text
from claw.base.errors import ClawError, Refused
from claw.care.doctor_case import MAIN, Case
from claw.care.repair import About, Proposal, known, propose
from claw.care.repair_kept import kept, skills
from claw.care.repair_match import said
from claw.care.repair_rows import Row, rows
from claw.cli import compared, show
from claw.cli.client import Client
from claw.cli.doctor_apply import ANOTHERS, Work, applied, begun, cut_off, ended, said_before, work
from claw.cli.ground import Ground, ground
from claw.house.model import House

if TYPE_CHECKING:
    from claw.skills.model import Report, Skill

FAILED, WIDER = 1, 3
STYLES = {"+": "green", "-": "red", " ": "dim"}


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
    if apply and cut_off(there):
        Client(case.state).ask("policy_reload")
        there = ground(None, case.wanted.config, Client(case.state))
    about = _about(case, there)
    carried = {old: new for old, new in begun(about.policy).items() if old not in spoken and known(about, old, new)}
    proposal = said_before(propose(about, {**carried, **spoken}, SystemClock().now()), carried)
    proofs = _proved(about, proposal)
    with case.database(MAIN) as db:
        kept_rows = rows(db, proposal.uses, proposal.new, about.house.registry)
    changed = {str(row["name"]): _sealed(_skill(about, proposal, str(row["name"]))) for row in proofs if row["green"]}
    plan = work(kept_rows, changed, Client(case.state) if there.text else None)
    todo = _todo(case, proposal, plan) + [_unproved(case, str(row["name"])) for row in proofs if not row["green"]]
    good = _good(proposal)
    answer = {**_as_json(proposal, kept_rows), "proofs": proofs, "todo": todo, "good": good}
    if not as_json:
        _told(proposal, kept_rows, proofs)
    written: dict[str, Json] = {}
    if apply and good and (proposal.written or plan.rows or plan.skills):
        _ask(proposal, plan, yes=yes)
        written = applied(about, there, proposal, plan, case.state, state_dir)
    elif apply and good and (there.text or not plan.left):  # beside a daemon what is left is left for others
        ended(about.policy)
    human = partial(_ended, case, proposal, plan, written, todo, good=good)
    show.show({**answer, **written}, as_json=as_json, human=lambda _: human())
    if proposal.judged.wider:
        raise typer.Exit(WIDER)
    whole = good and not proposal.asked and all(row["green"] for row in proofs) and written.get("whole", True)
    raise typer.Exit(0 if whole else FAILED)


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
        uses = kept(db, house.registry, text)
    return About(there.path, text, config, config_text, there.people, there.actions, house, uses, skills(case.state))


def _good(proposal: Proposal) -> bool:
    """Return whether the changed files may take the place of those that count."""
    judged = proposal.judged
    return not (judged.problems or judged.failed or judged.open_risks or judged.wider or proposal.by_hand)


def _proved(about: About, proposal: Proposal) -> list[dict[str, Json]]:
    """Return what comes of proving every skill that would change, as it would be then, in this house or the demo's.

    What names a thing holds only where the thing is, and what wants to know of a thing what the daemon does not tell
    here holds only in the demo's.  It is a draft in any case, which the daemon proves before anybody accepts it.
    """
    names = sorted({one.skill for one in proposal.files if one.skill})
    if not names:
        return []
    from claw.skills.reading import read_skill, sealed  # noqa: PLC0415  half the daemon comes with it

    rows: list[dict[str, Json]] = []
    for name in names:
        files = {path: text.encode() for path, text in _skill(about, proposal, name).items()}
        try:
            skill = read_skill(sealed(files), name)
            report = asyncio.run(_report(skill, about.house))
            report = report if report.green else asyncio.run(_report(skill, None))
            why = "" if report.green else "not everything held: `claw skills prove` says what"
            rows.append({"name": name, "green": report.green, "why": why})
        except ClawError as error:
            rows.append({"name": name, "green": False, "why": str(error)})
    return rows


async def _report(skill: "Skill", house: House | None) -> "Report":
    from claw.daemon.proving_alone import proved  # noqa: PLC0415  see above
    from claw.skills.proving import TENTH  # noqa: PLC0415  see above

    (report,) = [one async for one in proved([skill], house, TENTH)]  # enough for an id that is another
    return report


def _skill(about: About, proposal: Proposal, name: str) -> dict[str, str]:
    """Return all files of a skill as they would be."""
    new = {one.path.removeprefix(f"skills/{name}/"): one.after for one in proposal.files if one.skill == name}
    return {path: new.get(path, text) for path, text in about.skills[name].items()}


def _sealed(texts: Mapping[str, str]) -> dict[str, str]:
    """Return the files of a skill with the hashes of what they are now: with those of before no proof would hold."""
    from claw.skills.reading import sealed  # noqa: PLC0415  see above

    return {path: data.decode() for path, data in sealed({path: text.encode() for path, text in texts.items()}).items()}


def _todo(case: Case, proposal: Proposal, plan: Work) -> list[dict[str, Json]]:
    """Return what ``--apply`` leaves: a sentence, and the commands that do it, in order."""
    new = proposal.new
    found: list[dict[str, Json]] = []
    for row, why in plan.left:
        ident = shlex.quote(row.id)
        text = f"{row.name.capitalize()} is left as it is: {why.rstrip('.')}."
        if row.again:
            anew = case.claw(f"memory add {shlex.quote(row.again)}")
            found.append(_do(text, f"{case.claw(f'memory forget {ident}')} && {anew}"))
        elif row.kind != "routine":
            found.append(_do(text, case.claw(f"memory why {ident}"), case.claw(f"memory forget {ident}")))
        elif row.act is None:
            found.append(_do(text, case.claw(f"routines show {ident}"), case.claw(f"routines remove {ident}")))
        elif why == ANOTHERS:
            found.append(_do(f"{text} Its person does the same, or you take it over first.",
                             case.claw(f"routines adopt {ident}")))  # fmt: skip
        else:
            found.append(_do(text))
    for name in sorted(plan.skills):
        text = f"Skill {name} is other bytes then, which nobody has approved: it is a draft until somebody does."
        quoted = shlex.quote(name)
        proves, accepts = case.claw(f"skills prove {quoted} --keep"), case.claw(f"skills accept {quoted}")
        found.append(_do(text, f"{proves} && {accepts}"))
    for path, one in proposal.by_hand:
        found.append(_do(f"{path}: {one.where}: write {new[one.entity_id]} by hand; its letters do not stand there."))
    if proposal.unknown:
        found.append(_do(f"{proposal.unknown} memories are about things of which nobody knows an id any more."))
    return found


def _unproved(case: Case, name: str) -> dict[str, Json]:
    text = f"Skill {name} is left as it is: it does not hold with what the diff says. Change it by hand and import it."
    return _do(text, case.claw(f"skills export {shlex.quote(name)} ./{shlex.quote(name)}"))


def _do(text: str, *commands: str) -> dict[str, Json]:
    return {"text": text, "commands": list(commands)}


def _as_json(proposal: Proposal, kept_rows: Sequence[Row]) -> dict[str, Json]:
    judged = proposal.judged
    return {
        "mapping": to_json(proposal.pairs),
        "asked": to_json(proposal.asked),
        "diff": "".join(one.diff for one in (*proposal.files, *kept_rows)),
        "problems": list(judged.problems),
        "tests": {"passed": len(judged.tests) - len(judged.failed), "failed": to_json(judged.failed)},
        "open_risks": list(judged.open_risks),
        "wider": to_json(judged.wider),
        "differences": to_json(judged.differences),
        "also": list(judged.also),
    }


def _told(proposal: Proposal, kept_rows: Sequence[Row], proofs: Sequence[Mapping[str, Json]]) -> None:
    if not proposal.pairs and not proposal.asked:
        show.out.print("[green]Nothing is named that the house does not have.[/]")
    for pair in proposal.pairs:
        line = f"{pair.old} → {pair.new}"
        show.out.print(f"[bold]{show.safe(line)}[/]  {show.safe(pair.why)}", soft_wrap=True)
    for one in proposal.asked:
        show.out.print(f"[yellow]{show.safe(one.old)} → ?[/]  {show.safe(one.why)}", soft_wrap=True)
        for choice in one.choices:
            show.out.print(f"         [dim]→[/] --replace {show.safe(one.old)}={show.safe(choice)}", soft_wrap=True)
    for one in (*proposal.files, *kept_rows):
        show.out.print()
        for line in one.diff.rstrip("\n").split("\n"):
            sign = line[:1] if line[:1] in STYLES else ""
            style = STYLES.get(sign, "dim")
            show.out.print(f"[{style}]{sign}{show.code(line.removeprefix(sign))}[/]", soft_wrap=True)
    show.out.print()
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


def _ended(
    case: Case,
    proposal: Proposal,
    plan: Work,
    written: Mapping[str, Json],
    todo: Sequence[Mapping[str, Json]],
    *,
    good: bool,
) -> None:
    again = case.claw_configured("doctor --repair --apply")
    if written:
        _done(case, plan, written, again)
    elif proposal.judged.wider:
        show.err.print("[red]refused:[/] a repair never lets anything do more than before; nothing was changed")
    elif not good:
        show.err.print("[red]Nothing can be written like this; nothing was changed.[/]")
    elif proposal.written or plan.rows or plan.skills:
        more = "".join(f" --replace {pair.old}={pair.new}" for pair in proposal.pairs if pair.said)
        show.out.print(f"Nothing was changed. To do all of it: {show.safe(again + more)}", soft_wrap=True)
    for row in todo:
        show.out.print(f"[cyan]then[/] {show.safe(str(row['text']))}", soft_wrap=True)
    commands = [str(command) for row in todo for command in row["commands"]]
    if commands:
        show.out.print("\nTo paste, after looking:")
        for command in commands:
            show.out.print(f"    {show.safe(command)}", soft_wrap=True)


def _done(case: Case, plan: Work, written: Mapping[str, Json], again: str) -> None:
    """Tell what was done, and what it waits for."""
    if written["written"]:
        files = ", ".join(written["written"])
        show.out.print(f"[green]Written:[/] {show.safe(files)}; the old ones lie beside, with .bak.", soft_wrap=True)
    acts = written["acts"]
    if acts is not None and acts["status"] == "done":
        show.out.print(f"[green]Changed:[/] {show.safe(', '.join(row.name for row in plan.rows))}.", soft_wrap=True)
    elif acts is not None:
        show.out.print(f"[yellow]Not all of it is changed:[/] {show.safe(str(acts['text']))}", soft_wrap=True)
        for ask in acts["ask"]:
            show.out.print(f"         [dim]→[/] {show.safe(case.claw(f'approve {ask}'))}", soft_wrap=True)
    for skill in written["skills"]:
        line = f"the skill {skill['name']}: {skill['text']}"
        show.out.print(show.safe(line), soft_wrap=True)
    if written["restart"]:
        show.out.print("Start the daemon again: it reads its configuration then.")
    if written.get("problem"):
        show.out.print(f"[yellow]The daemon did not say that it took it: {show.safe(str(written['problem']))}[/]")
    if not written["whole"]:
        show.out.print(f"The rest waits. With a daemon running: {show.safe(again)}", soft_wrap=True)


def _ask(proposal: Proposal, plan: Work, *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise Refused("nobody can be asked here: run it in a terminal, or with --yes")
    parts = [*(one.path for one in proposal.written), *(row.name for row in plan.rows)]
    parts += [f"the skill {name}" for name in sorted(plan.skills)]
    if not typer.confirm(f"Change {show.safe(', '.join(parts))} so?", default=False, err=True):
        raise Refused("nothing was changed")
