"""Who may sign in on the page, and which programs hold a token."""

from typing import Annotated

import typer

from claw.base.action import Json
from claw.cli import show
from claw.cli.options import AsJson, StateDir, client

commands = typer.Typer(no_args_is_help=True, help="Programs and browsers that may talk to Claw over HTTP.")

Person = Annotated[str, typer.Option(help="The person it speaks for.")]


def signin(
    person: Annotated[str, typer.Argument(help="The person's id, or screen:AREA for a screen that everybody uses.")],
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Make a code that signs a person, or a shared screen, in on the page once, within ten minutes."""
    answer = client(state_dir).ask("sign_in_code", person=person)
    show.show(answer, as_json=as_json, human=lambda a: show.out.print(f"[bold]{show.safe(a['code'])}[/]"))


@commands.command("list", epilog="Example: claw clients list")
def list_clients(state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """List tokens and sessions."""

    def human(rows: Json) -> None:
        for row in rows:
            gone = " [red]revoked[/]" if row["revoked"] else ""
            one = {key: show.safe(row[key]) for key in ("id", "kind", "person", "name")}
            show.out.print(f"{one['id']}  {one['kind']:<7} {one['person']:<10} {one['name']}{gone}")

    show.show(client(state_dir).ask("clients"), as_json=as_json, human=human)


@commands.command(epilog="Example: claw clients add 'kitchen tablet' --person anna --may talk --may stop --days 90")
def add(
    name: Annotated[str, typer.Argument(help="What it is.")],
    person: Person,
    may: Annotated[
        list[str] | None, typer.Option(help="talk, approve, stop, reset, read_log, watch; repeat it.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=3650, help="How long it holds.")] = 365,
    model: Annotated[bool, typer.Option("--for-model", help="For /v1 and /mcp, and nothing else.")] = False,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Make a token for a program; it is shown once and never again."""
    kind = "model" if model else "token"
    answer = client(state_dir).ask("client_add", name=name, person=person, rights=may or [], days=days, kind=kind)
    show.show(answer, as_json=as_json, human=lambda a: show.out.print(show.safe(a["token"])))


@commands.command(epilog="Example: claw clients revoke 1f2e3d4c")
def revoke(
    ident: Annotated[str, typer.Argument(metavar="ID")],
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """End a token or session at once."""
    answer = client(state_dir).ask("client_revoke", id=ident)
    show.show(answer, as_json=as_json, human=lambda a: show.out.print(f"{show.safe(a['id'])} is revoked."))
