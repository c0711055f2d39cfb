"""``claw mcp``: the daemon's tools for a program that starts its servers itself and speaks with them on stdin.

It is a way to the daemon and nothing more: every call goes there with the token, which says who asks.  What this
process may do as its Unix user does not count.
"""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from claw.base.action import Json
from claw.base.errors import Broken, ClawError, Refused
from claw.base.reinstall import adding
from claw.cli import show
from claw.cli.client import Client
from claw.cli.options import AsJson, StateDir, client

if TYPE_CHECKING:
    from claw.channels.agent_tools import Result

TOKEN = "CLAW_MCP_TOKEN"  # noqa: S105  the name of a variable, not a token
ANSWER_S = 60.0
PATIENCE_S = 330.0
"""As long as the slowest server may take, with the time that a process takes to come up."""
LONGEST_TOKEN = 1000

commands = typer.Typer(help="Speak the Model Context Protocol, and look after the tools of other servers.")


@commands.callback(invoke_without_command=True, epilog="Example: claw mcp --token-file ~/.claw-mcp-token")
def mcp(
    context: typer.Context,
    token_file: Annotated[
        Path | None, typer.Option(help=f"A file with the token; else it comes from ${TOKEN}.", show_default=False)
    ] = None,
    state_dir: StateDir = None,
) -> None:
    """Serve this daemon's tools on stdin and stdout, for one program, until it hangs up."""
    if context.invoked_subcommand is None:
        daemon, token = client(state_dir, ANSWER_S), _token(token_file)
        daemon.ask("model_call", token=token)  # what is wrong is said now, not when the first tool is called
        asyncio.run(_serve(daemon, token))


def _token(path: Path | None) -> str:
    """Return the token; raises Refused or Broken without showing anything of it."""
    token = os.environ.get(TOKEN, "")
    if path is not None:
        try:
            with path.open(encoding="utf-8") as file:
                token = file.read(LONGEST_TOKEN)
        except (OSError, ValueError):
            raise Broken(f"{path} cannot be read") from None
    token = token.strip()
    if not token:
        raise Refused(f"no token: make one with `claw clients add NAME --person P --for-model`, put it into ${TOKEN}")
    return token


async def _serve(daemon: Client, token: str) -> None:
    try:
        from mcp.server.stdio import stdio_server  # noqa: PLC0415  of an extra, and it takes most of a second

        from claw.channels.agent_protocol import Context, server  # noqa: PLC0415  as above
    except ImportError:
        raise Broken(f"the package mcp is not installed: {adding('channels')}") from None

    async def answer(context: "Context", name: str, arguments: Mapping[str, Json]) -> "Result":
        del context
        return await asyncio.to_thread(_ask, daemon, token, name, dict(arguments))

    served = server(answer)
    async with stdio_server() as (heard, said):
        await served.run(heard, said, served.create_initialization_options())


def _ask(daemon: Client, token: str, name: str, arguments: dict[str, Json]) -> "Result":
    from claw.channels.agent_tools import Result  # noqa: PLC0415  as above

    try:
        answer = daemon.ask("model_call", token=token, name=name, data=arguments)
        return Result(answer["data"], failed=answer["failed"])
    except ClawError as error:
        return Result({"error": "unavailable", "text": str(error)}, failed=True)


@commands.command("list", epilog="Example: claw mcp list")
def list_tools(state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """List the tools of the configured servers, asked now: which are accepted, new, changed, or of no use here."""
    rows = client(state_dir, PATIENCE_S).ask("tools")
    show.show(rows, as_json=as_json, human=_print)


@commands.command("accept", epilog="Example: claw mcp accept mcp.notes.search")
def accept(
    name: Annotated[str, typer.Argument(help="The tool, such as mcp.notes.search.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Let programs call a tool as it is now; a later change of its words turns it off.  The policy decides as ever."""
    daemon = client(state_dir, PATIENCE_S)
    rows = [row for row in daemon.ask("tools") if row.get("name") == name and row.get("hash")]
    if len(rows) != 1:
        raise Refused(f"no server offers a tool {name} that can be used (claw mcp list)")
    if not yes:
        _print(rows)
        typer.confirm("May programs call this?", abort=True)
    answer = daemon.ask("tool_accept", name=name, hash=rows[0]["hash"])
    show.show(answer, as_json=as_json, human=lambda a: show.out.print(f"{show.safe(a['tool'])} is accepted."))


@commands.command("drop", epilog="Example: claw mcp drop mcp.notes.search")
def drop(
    name: Annotated[str, typer.Argument(help="The tool, such as mcp.notes.search.")],
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Let no program call a tool any more."""
    answer = client(state_dir).ask("tool_drop", name=name)
    show.show(answer, as_json=as_json, human=lambda a: show.out.print(f"{show.safe(a['tool'])} is off."))


def _print(rows: Json) -> None:
    for row in rows:
        show.out.print(
            f"{show.safe(row.get('name') or row['server'])}  [bold]{show.safe(row['state'])}[/]", soft_wrap=True
        )
        if row.get("takes"):
            show.out.print(f"  takes {show.safe(', '.join(row['takes']))}", soft_wrap=True)
        if row.get("description"):
            show.out.print(f'  it says: "{show.safe(row["description"])}"', soft_wrap=True)
        if row.get("why"):
            show.out.print(f"  {show.safe(row['why'])}", soft_wrap=True)
    if not rows:
        show.out.print("The configured servers have no tools.")
