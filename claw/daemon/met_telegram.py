"""Telegram put together, where the configuration names a bot: its line, who may write, questions and messages."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from claw.base.action import Origin, Reply
from claw.base.config import read_secret
from claw.base.config_channels import TelegramConfig
from claw.base.errors import Broken
from claw.base.reinstall import adding
from claw.channels.posting import Asked, Posting
from claw.channels.revoked import Revoked
from claw.channels.telegram import Rooms, Telegram
from claw.channels.telegram_chats import Behind, Chats, origin_of
from claw.channels.telegram_links import Links, Standing
from claw.channels.telegram_mouth import ChatMouth
from claw.channels.telegram_seen import Seen
from claw.channels.web.limits import Fold
from claw.gate.messages import Messages

if TYPE_CHECKING:  # it is made there
    from claw.daemon.build import Daemon


def telegram(config: TelegramConfig, daemon: "Daemon", messages: Messages, revoked: Revoked) -> Telegram:
    """Return the bot's channel, which does nothing before it is started; ``revoked`` ends the accounts of whoever goes.

    Raises Broken where the token's file cannot be read, or the extra is not installed.
    """
    try:
        from claw.channels.telegram_board import ChatBoard  # noqa: PLC0415  the extra, only where a bot is named
        from claw.channels.telegram_line import Line  # noqa: PLC0415  as above
    except ImportError as error:
        raise Broken(f"Telegram is configured, but not installed: {adding('channels')}") from error
    clock, questions, db = daemon.clock, daemon.gate.questions, daemon.programming.around.db
    token = read_secret("token of the Telegram bot", config.token_file)
    standing = Standing(
        lambda person: daemon.people.role(person) is not None, lambda person: questions.role(person) is not None
    )
    links, line = Links(db, daemon.audit, clock, standing), Line(config.api.rstrip("/"), token, clock)
    links.told.append(daemon.follower.send)
    revoked.add("Telegram accounts", links.end)
    fold = Fold(daemon.desk.refused)

    async def tapped(nonce: str, reader: str) -> Reply:
        return await posting.answer(nonce, reader)

    def origin(person: str, user: int) -> Origin:
        return origin_of(person, user, config.proves)

    board = ChatBoard(links, line, origin)
    behind = Behind(daemon.desk, links, Seen(db, clock), _stops(daemon), tapped, fold.add, config.proves, board.knows)
    chats = Chats(behind, line, clock, clock)
    posting = Posting(board, Asked(questions, daemon.desk.cards, daemon.desk.answer), clock, clock)
    questions.channels = (*questions.channels, "telegram")
    daemon.memory.forgets_in(chats)
    messages.mouths.append(ChatMouth(links, line, config.least))
    made = Telegram(line, Rooms(links, chats, posting, fold), clock, clock)
    daemon.socket.telegram = made
    return made


def _stops(daemon: "Daemon") -> Callable[[str, Origin], bool]:
    def stops(text: str, origin: Origin) -> bool:
        control = daemon.intents.control(text, origin)
        return control is not None and control.word == "stop"

    return stops
