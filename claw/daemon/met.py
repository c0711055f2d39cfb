"""Where people and other programs meet Claw besides its page, its socket and voice: all of it put together.

Accounts, passkeys and ``/v1`` are always there; the rest only where the configuration names it, and only then is its
code imported.
"""

import logging
from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from claw.base.config_channels import ChannelsConfig
from claw.base.errors import ClawError
from claw.channels.contract import Channel
from claw.channels.revoked import Revoked
from claw.daemon.admitting import admitting
from claw.daemon.met_openai import Served as ServedOpenAi
from claw.daemon.met_openai import jobs
from claw.daemon.signed import signed
from claw.daemon.viewed import viewed
from claw.gate.judge import Judge
from claw.gate.messages import Messages

if TYPE_CHECKING:  # it is made there
    from claw.daemon.build import Daemon

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Met:
    """Every channel of this daemon that runs by itself, in the order in which they begin."""

    channels: tuple[Channel, ...]

    async def start(self) -> None:
        """Begin; raises Broken where a person has to mend something first."""
        for channel in self.channels:
            await channel.start()

    async def close(self) -> None:
        """End all of them, the last one first; none keeps another from ending."""
        for channel in reversed(self.channels):
            try:
                await channel.close()
            except ClawError:
                logger.exception("The channel %s did not end well", channel.kind)


NOBODY_MET = Met(())
"""Before a daemon is met anywhere."""


def met(
    config: ChannelsConfig | None, daemon: "Daemon", judge: Judge, messages: Messages, rooms: AsyncExitStack
) -> Met:
    """Return every further way to ``daemon``; its page has all its views and asks who may come in from now on.

    ``rooms`` closes them.  Raises Broken for a secret that cannot be read, or an extra that is not installed.
    """
    revoked = admitting(daemon, daemon.programming.around.db, judge).accounts.revoked
    signed(daemon, revoked)
    viewed(daemon)
    if config is not None and config.mcp is not None and config.mcp.servers:
        from claw.daemon.met_tools import tools  # noqa: PLC0415  only where a server is named

        tools(daemon, config.mcp)
    made = Met((*_agents(config, daemon, rooms), *_people(config, daemon, messages, revoked)))
    rooms.push_async_callback(made.close)
    daemon.desk.meet(made.channels)
    return made


def _agents(config: ChannelsConfig | None, daemon: "Daemon", rooms: AsyncExitStack) -> Iterable[Channel]:
    """Give what other programs' models ask by; all their jobs are one list."""
    asked = jobs(daemon)
    rooms.push_async_callback(asked.close)
    yield ServedOpenAi(daemon, daemon.web, asked)
    if config is not None and config.mcp is not None and config.mcp.serve:
        from claw.daemon.met_mcp import Served  # noqa: PLC0415  the extra, only where it is configured

        yield Served(daemon, daemon.web, asked)


def _people(config: ChannelsConfig | None, daemon: "Daemon", messages: Messages, revoked: Revoked) -> Iterable[Channel]:
    """Give what people are asked and told by."""
    if config is None:
        return
    if config.phones or config.notifiers:
        from claw.daemon.met_phones import notifiers, phones  # noqa: PLC0415  only where any is configured

        found = phones(config, daemon, messages, revoked)
        if found is not None:
            yield found
        yield from notifiers(config, daemon, messages)
    if config.telegram is not None:
        from claw.daemon.met_telegram import telegram  # noqa: PLC0415  the extra, only where a bot is named

        yield telegram(config.telegram, daemon, messages, revoked)
    if config.mqtt is not None:
        from claw.daemon.met_mqtt import mqtt  # noqa: PLC0415  the extra, only where a broker is named

        yield mqtt(config.mqtt, daemon)
