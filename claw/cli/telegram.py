"""Who may write to Claw by Telegram."""

from typing import Annotated

import typer

from claw.base.action import Json
from claw.cli import show
from claw.cli.options import AsJson, StateDir, client

commands = typer.Typer(no_args_is_help=True, help="Who may write to Claw by Telegram, from which account.")

Person = Annotated[str, typer.Argument(help="The person's id.")]


@commands.command(epilog="Example: claw telegram enrol anna")
def enrol(name: Person, state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """Make a code that binds a person's account once, within ten minutes: they send it to the bot as /start CODE."""

    def human(answer: Json) -> None:
        bot = f"@{show.safe(answer['bot'])}" if answer["bot"] else "the bot"
        show.out.print(f"{show.safe(name)} writes to {bot}: [bold]/start {show.safe(answer['code'])}[/]")
        if answer["address"]:
            show.out.print(f"or opens {show.safe(answer['address'])}")
        show.out.print(
            "It works once, for ten minutes. Whoever sends it is them: tell it to nobody else.", soft_wrap=True
        )

    show.show(client(state_dir).ask("telegram_enrol", person=name), as_json=as_json, human=human)


@commands.command("list", epilog="Example: claw telegram list")
def list_accounts(state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """List who may write, since when, and how the bot does."""

    def human(answer: Json) -> None:
        bot = f"@{show.safe(answer['bot'])}" if answer["bot"] else "The bot"
        show.out.print(f"{bot} is there." if answer["ready"] else f"{bot}: [red]{show.safe(answer['detail'])}[/]")
        for row in answer["accounts"]:
            show.out.print(f"{show.safe(row['person']):<12} {row['user']:<14} since {show.safe(row['since'])}")

    show.show(client(state_dir).ask("telegram"), as_json=as_json, human=human)


@commands.command(epilog="Example: claw telegram revoke anna")
def revoke(name: Person, state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """Take every account away from a person at once; questions that stand in their chats are cleared."""

    def human(answer: Json) -> None:
        count = answer["accounts"]
        show.out.print(f"{show.safe(name)} had {'one account' if count == 1 else f'{count} accounts'}; none is left.")

    show.show(client(state_dir).ask("telegram_revoke", person=name), as_json=as_json, human=human)
