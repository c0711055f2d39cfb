"""Who belongs to the household: look, let in, shut out at once, and let in again."""

import shlex
from typing import Annotated

import typer

from claw.base.action import Json
from claw.cli import show
from claw.cli.options import AsJson, StateDir, client

commands = typer.Typer(no_args_is_help=True, help="Who belongs to the household, and who is shut out.")

Name = Annotated[str, typer.Argument(help="The person's id or name.")]


@commands.command("list", epilog="Example: claw people list")
def list_people(state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """List everybody, with how they may come in."""

    def human(rows: Json) -> None:
        for row in rows:
            ways = [
                f"{row[way]} {way[:-1] if row[way] == 1 else way}" for way in ("browsers", "programs") if row[way]
            ] + (["a password"] if row["password"] else [])
            where = "the configuration" if row["configured"] else "the page"
            gone = "  [red]shut out[/]" if row["barred"] else ""
            told = f"{show.safe(row['id']):<16} {row['role']:<8} {show.safe(row['name'])}  (from {where})"
            show.out.print(f"{told}  {', '.join(ways)}{gone}".rstrip(), soft_wrap=True)
        if not rows:
            show.out.print("Nobody yet. `claw people first` prints a code that makes the first account.")

    show.show(client(state_dir).ask("people"), as_json=as_json, human=human)


@commands.command(epilog="Example: claw people add Ben --role adult")
def add(
    name: Annotated[str, typer.Argument(help="What they are called.")],
    role: Annotated[str, typer.Option(help="owner, adult, child, guest or service.")],
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Let somebody in, with a code that signs them in once, within ten minutes."""
    answer = client(state_dir).ask("people_add", name=name, kind=role)

    def human(made: Json) -> None:
        show.out.print(f"{show.safe(made['person'])} belongs to the household now.", soft_wrap=True)
        show.out.print(f"Code to sign in: [bold]{show.safe(made['code'])}[/]")

    show.show(answer, as_json=as_json, human=human)


@commands.command(epilog="Example: claw people first")
def first(state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """Print a code that makes the first account, within a quarter of an hour; only where there is nobody yet."""
    answer = client(state_dir).ask("people_first")
    show.show(answer, as_json=as_json, human=lambda a: show.out.print(f"[bold]{show.safe(a['code'])}[/]"))


@commands.command(epilog="Example: claw people revoke Ben")
def revoke(name: Name, state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """Shut somebody out at once: sessions, tokens, codes, passwords, keys, chats, grants and what waits for a yes."""
    answer = client(state_dir).ask("people_revoke", person=name)

    def human(done: Json) -> None:
        ended = ", ".join(f"{count} {what}" for what, count in done["ended"].items())
        person = show.safe(done["person"])
        show.out.print(f"{person} is shut out{f'; ended: {show.safe(ended)}' if ended else ''}.", soft_wrap=True)
        show.out.print(f"To let them in again: claw people admit {shlex.quote(person)}", soft_wrap=True)

    show.show(answer, as_json=as_json, human=human)


@commands.command(epilog="Example: claw people admit Ben")
def admit(name: Name, state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """Let somebody count again who was shut out; `claw signin` then makes them a code."""
    answer = client(state_dir).ask("people_admit", person=name)
    show.show(answer, as_json=as_json, human=lambda a: show.out.print(f"{show.safe(a['person'])} counts again."))
