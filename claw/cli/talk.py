"""Commands that talk: say, chat, and the questions that wait."""

import secrets
import threading
from pathlib import Path
from typing import Annotated

import typer

from claw.base.errors import ClawError
from claw.cli import show
from claw.cli.client import Client
from claw.cli.options import AsJson, StateDir, client

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


def approve(question: Question, state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """Say yes to a waiting question."""
    _answer(question, state_dir, as_json=as_json, yes=True)


def reject(question: Question, state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """Say no to a waiting question."""
    _answer(question, state_dir, as_json=as_json, yes=False)


def _answer(question: str, state_dir: Path | None, *, as_json: bool, yes: bool) -> None:
    answer = client(state_dir).ask("answer", id=question, yes=yes)
    show.show(answer, as_json=as_json, human=show.reply)
    raise typer.Exit(show.EXIT[answer["status"]])
