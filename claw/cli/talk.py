"""Commands that say one thing, and the questions that wait."""

from pathlib import Path
from typing import Annotated

import typer

from claw.base.action import Json
from claw.cli import show
from claw.cli.durations import seconds
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
    given = {"without": struck, "number": number, "grant_s": seconds(for_) if for_ else 0}
    more = {name: value for name, value in given.items() if value}
    _answer(question, state_dir, as_json=as_json, yes=True, **more)


def reject(question: Question, state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """Say no to a waiting question."""
    _answer(question, state_dir, as_json=as_json, yes=False)


def _answer(question: str, state_dir: Path | None, *, as_json: bool, yes: bool, **more: Json) -> None:
    answer = client(state_dir).ask("answer", id=question, yes=yes, **more)
    show.show(answer, as_json=as_json, human=show.reply)
    raise typer.Exit(show.EXIT[answer["status"]])
