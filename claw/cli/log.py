"""The audit log from the command line: read it, follow it, prove it."""

from pathlib import Path
from typing import Annotated

import typer

from claw.audit.verify import Verification, verify
from claw.base.action import Json
from claw.cli import show
from claw.cli.options import AsJson, StateDir, client, directory

commands = typer.Typer(invoke_without_command=True, help="Read the audit log; prove that it holds.")


@commands.callback(epilog="Example: claw log --limit 20 --json")
def log(
    context: typer.Context,
    state_dir: StateDir = None,
    as_json: AsJson = False,
    follow: Annotated[bool, typer.Option("--follow", help="Go on printing what happens.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many of the last entries.")] = 50,
) -> None:
    """Print the last entries of the audit log; as JSON one list, or with --follow one line for each entry."""
    if context.invoked_subcommand:
        return
    ask = client(state_dir)
    rows: list[dict[str, Json]] = ask.ask("log", limit=limit, newest_first=True)
    rows.reverse()
    if not follow:
        show.show(rows, as_json=as_json, human=show.entries)
        return
    for row in rows:
        show.show(row, as_json=as_json, human=show.entry, indent=None)
    for event in ask.follow():
        if event["type"] == "log":
            show.show(event["entry"], as_json=as_json, human=show.entry, indent=None)


@commands.command("verify", epilog="Example: claw log verify --state-dir /var/lib/claw")
def verify_log(
    state_dir: StateDir = None,
    as_json: AsJson = False,
    file: Annotated[Path | None, typer.Option("--file", help="Verify this audit.db instead.")] = None,
) -> None:
    """Prove that no entry was changed, removed or moved. Needs no daemon."""
    found = verify(file or directory(state_dir) / "audit.db")
    answer: Json = {
        "ok": found.ok,
        "rows": found.rows,
        "problems": [{"seq": problem.seq, "what": problem.what} for problem in found.problems],
    }
    show.show(answer, as_json=as_json, human=lambda _: _verified(found))
    raise typer.Exit(0 if found.ok else 1)


def _verified(found: Verification) -> None:
    for problem in found.problems:
        where = "file" if problem.seq is None else f"entry {problem.seq}"
        show.out.print(f"[red]{where}[/]: {show.safe(problem.what)}")
    if found.ok:
        show.out.print(f"[green]The log holds[/]: {found.rows} entries.")
    else:
        show.out.print(f"[bold red]The log does not hold[/] ({len(found.problems)} problems in {found.rows} entries).")


def why(
    seq: Annotated[int, typer.Argument(help="The number of a log entry.")],
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Tell what led to a log entry and what came of it."""
    show.show(client(state_dir).ask("why", seq=seq), as_json=as_json, human=show.why)
