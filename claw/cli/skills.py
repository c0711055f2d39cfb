"""The skills from the command line: which there are, what each may do, and to decide about them; bring and take along.

A folder that is brought is read here, with the rights of whoever types, and one that is taken along is written here:
the daemon opens no path that somebody names to it.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from claw.base.action import Json
from claw.base.errors import Broken, Refused
from claw.cli import show
from claw.cli.options import AsJson, StateDir, client
from claw.cli.skills_print import compared, listed, one, past
from claw.cli.skills_prove import prove

commands = typer.Typer(no_args_is_help=True, help="What Claw has learned to do, and what each skill may do.")
commands.command(epilog="Example: claw skills prove --all")(prove)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The name of a skill, as the list tells.")]
Sure = Annotated[bool, typer.Option("--yes", help="Do not ask whether you are sure.")]


@commands.command("list", epilog="Example: claw skills list")
def list_skills(state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """List the skills that you may know of, each with what it may do and how far it is trusted."""
    show.show(client(state_dir).ask("skills"), as_json=as_json, human=listed)


@commands.command("show", epilog="Example: claw skills show movie-time")
def show_skill(
    name: Name,
    program: Annotated[bool, typer.Option("--program", help="Print its program and its SKILL.md, too.")] = False,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Tell all that a skill may do, in plain words, why it stands as it does, and its versions."""
    answer = client(state_dir).ask("skill", name=name)
    show.show(answer, as_json=as_json, human=lambda told: one(told, program=program))


@commands.command(epilog="Example: claw skills diff movie-time --from 1.0.0")
def diff(
    name: Name,
    since: Annotated[str, typer.Option("--from", help="A version; by default the one before.")] = "",
    to: Annotated[str, typer.Option("--to", help="A version; by default the present one.")] = "",
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Tell how two versions differ: what the newer one may do besides, and line by line."""
    answer = client(state_dir).ask("skill_compare", name=name, old=since, hash=to)
    show.show(answer, as_json=as_json, human=compared)


@commands.command(epilog="Example: claw skills history movie-time")
def history(
    name: Name,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many steps and runs at most.")] = 20,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Tell what became of a skill, step by step with the reasons, and its last runs."""
    answer = client(state_dir).ask("skill_history", name=name, limit=limit)
    show.show(answer, as_json=as_json, human=past)


@commands.command(epilog="Example: claw skills accept reading-time")
def accept(name: Name, sure: Sure = False, state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """Trust a skill, for everybody whom the rules let. Shows what it may do, and asks you, first.  For owners.

    Your yes is for exactly these bytes: a version that comes later needs another.
    """
    answer = client(state_dir).ask("skill", name=name)
    if not sure:
        if not as_json:
            one(answer, program=False)
        typer.confirm("Shall it do this from now on?", abort=True, err=True)
    _decide("accept", name, answer["hash"], state_dir, as_json=as_json)


@commands.command(epilog="Example: claw skills enable movie-time")
def enable(name: Name, state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """Let a skill run again that was turned off or laid aside.  For owners."""
    _decide("enable", name, "", state_dir, as_json=as_json)


@commands.command(epilog="Example: claw skills disable movie-time")
def disable(name: Name, state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """Turn a skill off: it is kept, and does not run."""
    _decide("disable", name, "", state_dir, as_json=as_json)


@commands.command(epilog="Example: claw skills rollback movie-time --to 1.0.0")
def rollback(
    name: Name,
    to: Annotated[
        str, typer.Option("--to", help="A version; by default the last one before whose proof is green.")
    ] = "",
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Go back to an earlier version of a skill.  For owners."""
    _decide("rollback", name, to, state_dir, as_json=as_json)


@commands.command(epilog="Example: claw skills retire reading-time")
def retire(name: Name, state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """Lay a skill aside: it is kept, and does not run until it is enabled again.  For owners."""
    _decide("retire", name, "", state_dir, as_json=as_json)


@commands.command("import", epilog="Example: claw skills import ./reading-time")
def import_folder(
    folder: Annotated[Path, typer.Argument(help="A folder of this machine; its name is that of the skill.")],
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Bring a skill from a folder of this machine; it is looked through, and always a draft.  For owners."""
    from claw.skills.folder import read_folder  # noqa: PLC0415  no other command needs it

    files = {path: data.decode() for path, data in read_folder(folder).items()}
    name = Path(os.path.abspath(folder)).name  # noqa: PTH100  resolve() would follow a link
    answer = client(state_dir).ask("skill_import", name=name, files=files)
    _said(answer, as_json=as_json)


@commands.command(epilog="Example: claw skills export reading-time ./somewhere")
def export(
    name: Name,
    folder: Annotated[Path, typer.Argument(help="Where a folder of the skill's name is made.")],
    state_dir: StateDir = None,
) -> None:
    """Take a skill along: write its files into FOLDER/NAME, which must not be there yet."""
    from claw.skills.folder import check_files  # noqa: PLC0415  no other command needs it

    files = {path: text.encode() for path, text in client(state_dir).ask("skill_export", name=name).items()}
    check_files(files)
    place = folder / name
    try:
        place.mkdir()
        for path, data in files.items():
            (place / path).parent.mkdir(exist_ok=True, parents=True)
            (place / path).write_bytes(data)
    except FileExistsError:
        raise Refused(f"there is something at {place} already") from None
    except OSError as error:
        raise Broken(f"{place} cannot be written: {error.strerror}") from error
    show.out.print(f"{len(files)} files in {show.safe(str(place))}", soft_wrap=True)


@commands.command(epilog="Example: claw skills teach --called 'reading time'")
def teach(
    called: Annotated[str, typer.Option("--called", help="What it is to be called.")] = "",
    watch: Annotated[bool, typer.Option("--watch", help="Watch what I change by hand from now on.")] = False,
    done: Annotated[bool, typer.Option("--done", help="That was it: make a skill of what you saw.")] = False,
    never_mind: Annotated[bool, typer.Option("--never-mind", help="Forget what you saw.")] = False,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Teach Claw a skill: from what `claw say` did last, or by showing it.

    Without an option a skill is made of what a model last worked out for you by `claw say`.  With --watch it looks at
    what you change by hand, for ten minutes at most, until --done or --never-mind; then it asks which values are fixed,
    and you answer with `claw say`.  It is the same as to say it: "make that a skill", "watch me", "that's it".
    """
    if watch + done + never_mind > 1 or (called and (watch or never_mind)):
        raise Refused("say one thing: --watch, --done or --never-mind; a name goes with --done, or alone")
    words = "make that a skill"
    if watch or done or never_mind:
        words = "watch me" if watch else "that's it" if done else "never mind"
    told = f"{words} called {called}" if called and not done else words
    answer = client(state_dir).ask("say", text=told, language="en")
    if done and called and answer["status"] == "pending":
        if not as_json:
            show.show(answer, as_json=False, human=show.reply)  # what was seen, before it is asked about
        answer = client(state_dir).ask("say", text=f"call it {called}", language="en")
    show.show(answer, as_json=as_json, human=show.reply)
    raise typer.Exit(show.EXIT[answer["status"]])


def _decide(deed: str, name: str, content: str, state_dir: Path | None, *, as_json: bool) -> None:
    answer = client(state_dir).ask("skill_decide", name=name, deed=deed, hash=content)
    _said(answer, as_json=as_json)


def _said(answer: Mapping[str, Json], *, as_json: bool) -> None:
    """Print what came of a decision, and end with the exit code that it means."""
    show.show(answer, as_json=as_json, human=_outcome)
    raise typer.Exit(show.EXIT[answer["status"]])


def _outcome(answer: Mapping[str, Json]) -> None:
    style = show.STATUS_STYLE[answer["status"]]
    more = f"  [dim]claw approve {show.safe(answer['ask'])}[/]" if answer.get("ask") else ""
    show.out.print(f"[{style}]{show.safe(answer['text'] or answer['status'])}[/]{more}", soft_wrap=True)
    for problem in (answer.get("skill") or {}).get("problems", ()):
        show.out.print(f"  [red]{show.safe(problem)}[/]", soft_wrap=True)
