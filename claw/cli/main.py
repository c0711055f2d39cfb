"""The command line: every command is one question to a daemon, or works without one.

Exit codes: 0 ok, 1 failed or partial, 2 misuse, 3 refused by policy, 4 stopped, 5 unclear.
"""

import sys
from collections.abc import Callable

import typer

from claw.base.errors import ClawError, Refused
from claw.cli import keys, log, memory, names, policy, running, show, switch, talk, trace, undo
from claw.cli.eval import evaluate

REFUSED = 3

EXAMPLES: tuple[tuple[Callable[..., None], str], ...] = (
    (running.demo, "claw demo --port 8400 --no-browser"),
    (running.run, "claw run --config config.yaml"),
    (talk.say, 'claw say "turn on the kitchen lights"'),
    (talk.chat, "claw chat"),
    (running.status, "claw status --json"),
    (switch.stop, 'claw stop --reason "smoke in the kitchen"'),
    (switch.reset, 'claw reset --reason "it was the toast"'),
    (switch.drill, "claw drill"),
    (switch.pause, "claw pause --for 30m"),
    (switch.resume, "claw resume"),
    (talk.pending, "claw pending"),
    (talk.approve, "claw approve 1f2e3d4c"),
    (talk.reject, "claw reject 1f2e3d4c"),
    (undo.undo, "claw undo --since 18:00 --tick lock.front_door --dry-run"),
    (log.why, "claw why lock.front_door"),
    (trace.trace, "claw trace 42"),
    (keys.signin, "claw signin anna"),
)
"""The plain commands in the order of the help, each with an example."""


def build() -> typer.Typer:
    """Return the whole command line."""
    app = typer.Typer(
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
        rich_markup_mode="rich",
        help="Claw runs your home, and can be trusted with it.",
        epilog="Try it: claw demo",
    )
    for command, example in EXAMPLES:
        app.command(epilog=f"Example: {example}")(command)
    app.command("eval", epilog="Example: claw eval cases.jsonl --house homes.json")(evaluate)
    app.add_typer(log.commands, name="log")
    app.add_typer(policy.commands, name="policy")
    app.add_typer(keys.commands, name="clients")
    app.add_typer(names.commands, name="names")
    app.add_typer(memory.commands, name="memory")
    return app


def main() -> None:
    """Run the command line; what Claw raises becomes one line on stderr and an exit code."""
    try:
        build()(prog_name="claw")  # however it was started: python -m names itself otherwise
    except Refused as error:
        show.err.print(f"[red]refused:[/] {show.safe(str(error))}", soft_wrap=True)
        sys.exit(REFUSED)
    except ClawError as error:
        show.err.print(f"[red]{show.safe(str(error))}[/]", soft_wrap=True)
        sys.exit(1)
