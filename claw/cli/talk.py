"""Commands that talk: say, chat, and the questions that wait."""

import re
import secrets
import threading
from pathlib import Path
from typing import Annotated

import typer

from claw.base.action import Json
from claw.base.errors import ClawError
from claw.cli import show
from claw.cli.client import Client
from claw.cli.options import AsJson, StateDir, client

_SPAN = re.compile(r"([1-9][0-9]{0,4}) *(s|m|min|h)")
_UNITS = {"s": 1, "m": 60, "h": 3600}

Question = Annotated[str, typer.Argument(metavar="ID", help="The id that `claw pending` shows.")]


def say(
    text: Annotated[str, typer.Argument(help="What you would say.")],
    state_dir: StateDir = None,
    as_json: AsJson = False,
    conversation: Annotated[str, typer.Option(help="Talk in a thread of its own.")] = "",
) -> None:
    """Say one thing to the house and print the answer."""
    answer = client(state_dir).ask("say", text=text, conversation=conversation)
    show.show(answer, as_json=as_json, human=show.reply)
    raise typer.Exit(show.EXIT[answer["status"]])


def chat(state_dir: StateDir = None) -> None:
    """Talk until you say bye; what happens meanwhile is told as it happens."""
    ask = client(state_dir)
    thread = secrets.token_hex(4)
    ask.ask("status")
    threading.Thread(target=_listen, args=(ask, thread), daemon=True).start()
    show.out.print("[dim]Say something to the house; an empty line or Ctrl-D ends.[/]")
    while True:
        try:
            text = input("> ").strip()
        except (EOFError, KeyboardInterrupt):
            return
        if text.lower() in {"", "bye", "exit", "quit"}:
            return
        show.reply(ask.ask("say", text=text, conversation=thread))


def _listen(ask: Client, thread: str) -> None:
    """Print what the house says unasked to this talk; ends with the daemon."""
    try:
        for event in ask.follow():
            to = str(event.get("to", ""))
            if event["type"] == "message" and (to == "everyone" or to.endswith(f":{thread}")):
                show.out.print(f"\n[yellow]{show.safe(event['text'])}[/]")
            elif event["type"] == "stop" and event["engaged"]:
                show.out.print(f"\n[bold red]Stopped: {show.safe(event['reason'])}[/]")
    except (ClawError, OSError):
        show.err.print("[red]The daemon has gone.[/]")


def pending(state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """List the questions that wait for a person."""
    show.show(client(state_dir).ask("pending"), as_json=as_json, human=show.pending)


def approve(
    question: Question,
    state_dir: StateDir = None,
    as_json: AsJson = False,
    without: Annotated[
        list[int] | None, typer.Option(help="Strike out this action, as `claw pending` numbers them; may be repeated.")
    ] = None,
    number: Annotated[str, typer.Option(help="The number that was said in the room.")] = "",
    for_: Annotated[
        str, typer.Option("--for", help="Let the yes hold for a time, such as 30m, where the rule offers it.")
    ] = "",
) -> None:
    """Say yes to a waiting question, to all of it or to a part."""
    struck = [at - 1 for at in without or ()]
    given = {"without": struck, "number": number, "grant_s": _seconds(for_) if for_ else 0}
    more = {name: value for name, value in given.items() if value}
    _answer(question, state_dir, as_json=as_json, yes=True, **more)


def reject(question: Question, state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """Say no to a waiting question."""
    _answer(question, state_dir, as_json=as_json, yes=False)


def _seconds(text: str) -> float:
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise typer.BadParameter(f"{text!r} is not a time such as 90s, 30m or 2h", param_hint="--for")
    return int(found[1]) * _UNITS[found[2][0]]


def _answer(question: str, state_dir: Path | None, *, as_json: bool, yes: bool, **more: Json) -> None:
    answer = client(state_dir).ask("answer", id=question, yes=yes, **more)
    show.show(answer, as_json=as_json, human=show.reply)
    raise typer.Exit(show.EXIT[answer["status"]])
