"""What Claw remembers, from the command line: look, ask why, put right, forget, take along, give leave to learn."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

import typer

from claw.base.action import Json
from claw.base.errors import Refused
from claw.cli import show
from claw.cli.memory_bench import bench
from claw.cli.options import AsJson, StateDir, client
from claw.memory.model import Kind

commands = typer.Typer(no_args_is_help=True, help="What Claw remembers, as far as you may hear it.")
commands.command(epilog="Example: claw memory bench talks.json --pooled")(bench)

LONG_S = 600.0
"""How long a night or a thorough forgetting may take."""

Number = Annotated[int, typer.Argument(metavar="ID", min=1, help="The number of a memory, as the list tells.")]
Proposal = Annotated[str, typer.Argument(metavar="ID", help="As `claw memory proposals` tells: habit-3 or memory-7.")]


@commands.command("list", epilog="Example: claw memory list --about Sam")
def list_memories(
    about: Annotated[str, typer.Option("--about", help="Only this: me, a person, a room, a thing.")] = "",
    kind: Annotated[Kind | None, typer.Option("--kind", help="Only these.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many at most.")] = 100,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """List what is remembered that you may hear, the newest first."""
    answer = client(state_dir).ask("memory", name=about, kind=kind or "", limit=limit)
    show.show(answer, as_json=as_json, human=lambda rows: _list(rows, "I remember nothing that you may hear."))


@commands.command(epilog='Example: claw memory search "water filter" --limit 5')
def search(
    words: Annotated[list[str], typer.Argument(metavar="WORDS...", help="What to look for.")],
    limit: Annotated[int, typer.Option(min=1, max=50, help="How many at most.")] = 10,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Find what is nearest to some words, the best first: memories, and your own words of before."""
    answer = client(state_dir).ask("memory_search", text=" ".join(words), limit=limit)
    show.show(answer, as_json=as_json, human=_found)


@commands.command(epilog="Example: claw memory add 'Sam is allergic to nuts'")
def add(
    text: Annotated[str, typer.Argument(help="One sentence.")],
    private: Annotated[bool, typer.Option("--private", help="For you alone; nobody else ever hears of it.")] = False,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Remember one sentence; it is read back as it was understood."""
    _said(client(state_dir).ask("memory_add", text=text, private=private), as_json=as_json)


@commands.command(epilog="Example: claw memory why 7")
def why(number: Number, state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """Tell why something is believed: who said it and when, what was seen, and what was so before."""
    show.show(client(state_dir).ask("memory_why", seq=number), as_json=as_json, human=_why)


@commands.command(epilog="Example: claw memory correct 7 'Sam is allergic to peanuts'")
def correct(
    number: Number,
    text: Annotated[str, typer.Argument(help="How it really is, as one sentence.")],
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Put one memory right; the wrong one is believed no more."""
    _said(client(state_dir).ask("memory_correct", seq=number, text=text), as_json=as_json)


@commands.command(epilog="Example: claw memory forget 7")
def forget(
    number: Annotated[int, typer.Argument(metavar="[ID]", min=0, help="The number of a memory.")] = 0,
    since: Annotated[str, typer.Option("--since", help="All since this time: 18:00, or: hour.")] = "",
    person: Annotated[str, typer.Option("--person", help="All of and about a person; me is yourself.")] = "",
    everything: Annotated[bool, typer.Option("--everything", help="All that was ever remembered.")] = False,
    sure: Annotated[bool, typer.Option("--yes", help="Do not ask whether you are sure.")] = False,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Forget for good: rows, copies and the words in the log; then look whether a byte is left, and say so.

    It cannot be undone.  Backups of the state directory, and what a model's provider keeps, are out of reach.
    """
    if sum(map(bool, (number, since, person, everything))) != 1:
        raise Refused("say what to forget: one memory, --since, --person or --everything")
    if not number and not sure:
        typer.confirm("This cannot be undone. Forget it for good?", abort=True, err=True)
    answer = client(state_dir, LONG_S).ask(
        "memory_forget", seq=number, since=since, person=person, everything=everything
    )
    _said(answer, as_json=as_json)


@commands.command(epilog="Example: claw memory export > mine.json")
def export(state_dir: StateDir = None) -> None:
    """Print everything that is kept and that you may see, as one JSON document to take along."""
    answer = client(state_dir, LONG_S).ask("memory_export")
    show.show(answer, as_json=True, human=lambda _: None)


@commands.command(epilog="Example: claw memory proposals")
def proposals(state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """List what was only noticed and waits for your yes or no; until then it has no effect."""
    show.show(client(state_dir).ask("memory_proposals"), as_json=as_json, human=_proposals)


@commands.command(epilog="Example: claw memory accept habit-3")
def accept(proposal: Proposal, state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """Say yes to a proposal."""
    _said(client(state_dir).ask("memory_settle", id=proposal, yes=True), as_json=as_json)


@commands.command(epilog="Example: claw memory decline memory-7")
def decline(proposal: Proposal, state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """Say no to a proposal; it is not proposed again for a long time."""
    _said(client(state_dir).ask("memory_settle", id=proposal, yes=False), as_json=as_json)


@commands.command(epilog="Example: claw memory consent --habits --no-talks")
def consent(
    habits: Annotated[bool | None, typer.Option("--habits/--no-habits", help="Your habits may be learned.")] = None,
    talks: Annotated[bool | None, typer.Option("--talks/--no-talks", help="What you say is kept for a while.")] = None,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Tell what you agreed to, or agree to it or take it back; nobody can do it for another."""
    ask = client(state_dir)
    if habits is None and talks is None:
        show.show(ask.ask("memory_consents"), as_json=as_json, human=_consents)
        return
    _said(ask.ask("memory_consent", habits=habits, talks=talks), as_json=as_json)


@commands.command(epilog="Example: claw memory night")
def night(state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """Tell what was learned last night."""
    answer = client(state_dir).ask("memory_night")
    show.show(answer, as_json=as_json, human=lambda a: show.out.print(show.safe(a["text"]), soft_wrap=True))


@commands.command(epilog="Example: claw memory sleep --dry-run")
def sleep(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Take back what the last night changed, once.")] = False,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Do now what is done every night: let old talk go, look for habits, let unused guesses fade.  For owners."""
    if dry_run and undo:
        raise Refused("--dry-run or --undo, not both")
    answer = client(state_dir, LONG_S).ask("memory_sleep", dry_run=dry_run, undo=undo)
    show.show(answer, as_json=as_json, human=_night)


def _said(answer: Mapping[str, Json], *, as_json: bool) -> None:
    """Print what came of an act, and end with the exit code that it means."""
    show.show(answer, as_json=as_json, human=_outcome)
    raise typer.Exit(show.EXIT[answer["status"]])


def _outcome(answer: Mapping[str, Json]) -> None:
    style = show.STATUS_STYLE[answer["status"]]
    more = f"  [dim]{answer['memory']['id']}[/]" if answer.get("memory") else ""
    if answer.get("ask"):
        more = f"  [dim]claw approve {show.safe(answer['ask'])}[/]"
    show.out.print(f"[{style}]{show.safe(answer['text'] or answer['status'])}[/]{more}", soft_wrap=True)


def _list(rows: Json, empty: str) -> None:
    if not rows:
        show.out.print(empty)
    for row in rows:
        _memory(row)


def _memory(row: Mapping[str, Json]) -> None:
    show.out.print(f"[bold]{row['id']:>5}[/]  {show.safe(row['sentence'])}", soft_wrap=True)
    show.out.print(f"       [dim]{show.safe(_from(row))}[/]", soft_wrap=True)


def _from(row: Mapping[str, Json]) -> str:
    """Return in one line where a memory comes from, when it holds and who may hear it."""
    told = f"told by {row['author'] or 'somebody'}" if row["explicit"] else "noticed"
    parts = [row["kind"], f"{told} on {_day(row['recorded'])}"]
    when = [f"{key} {value}" for key, value in row["condition"].items()]
    if when:
        parts.append(", ".join(when))
    if row["since"] and row["since"] == row["until"]:
        parts.append(f"on {row['since']}")
    else:
        parts += [f"{word} {row[word]}" for word in ("since", "until") if row[word]]
    if row["status"] != "active":
        parts.append(row["status"])
    if row["influenced"]:
        parts.append(f"influenced by {', '.join(row['influenced'])}")
    return " · ".join([*parts, f"for {row['heard_by']}"])


def _found(rows: Json) -> None:
    if not rows:
        show.out.print("I found nothing.")
    for row in rows:
        if row["memory"] is not None:
            _memory(row["memory"])
        else:
            said = f"{row['speaker'] or 'somebody'}, {row['day']}"
            show.out.print(f"       {show.safe(json.dumps(row['text'], ensure_ascii=False))}", soft_wrap=True)
            show.out.print(f"       [dim]{show.safe(said)}[/]", soft_wrap=True)


def _why(answer: Mapping[str, Json]) -> None:
    _memory(answer["memory"])
    for one in answer["evidence"]:
        if one["first"] and one["last"]:
            what = f"seen in the house from {_day(one['first'])} to {_day(one['last'])}"
        else:
            what = f"{one['who'] or 'somebody'} by {one['channel'] or 'talk'} on {_day(one['at'])}"
        words = f": {json.dumps(one['text'], ensure_ascii=False)}" if one["text"] else ""
        entry = f"  [dim]claw why {one['entry']}[/]" if one["entry"] else ""
        mark = "because" if one["supports"] else "against"
        show.out.print(f"[dim]{mark}[/] {show.safe(what + words)}{entry}", soft_wrap=True)
    for row in answer["before"]:
        show.out.print("[dim]before[/]")
        _memory(row)


def _proposals(rows: Json) -> None:
    if not rows:
        show.out.print("Nothing waits for your yes or no.")
    for row in rows:
        show.out.print(f"[bold]{show.safe(row['id'])}[/]  {show.safe(row['sentence'])}", soft_wrap=True)
        if row["evidence"]:
            show.out.print(f"       [dim]{show.safe(row['evidence'])}[/]", soft_wrap=True)


def _consents(answer: Mapping[str, Json]) -> None:
    if answer["person"] is None:
        show.out.print("I do not know who you are, so I learn nothing of you.")
        return
    for key, what in (("habits", "your habits are learned"), ("talks", "what you say is kept for a while")):
        show.out.print(f"{'[green]yes[/]' if answer[key] else 'no '}  {what}")


def _night(answer: Mapping[str, Json]) -> None:
    night, would = answer["night"], answer["dry_run"]
    for line in night["lines"]:
        show.out.print(show.safe(line), soft_wrap=True)
    count = night["edits"]
    if night["undone"]:
        show.out.print("The last night is taken back.")
    elif not night["lines"]:
        show.out.print("Nothing would be done." if would else f"Done; {count} changes.")


def _day(moment: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone():%Y-%m-%d}"
