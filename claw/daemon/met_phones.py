"""Phones with Home Assistant's app, and servers that messages are posted to, put together where any is configured."""

from typing import TYPE_CHECKING

from claw.base.action import SYSTEM, Action
from claw.base.config import read_secret
from claw.base.config_channels import ChannelsConfig
from claw.channels.notifier import Notifier
from claw.channels.phone import Around, Phones
from claw.channels.posting import Asked
from claw.channels.revoked import Revoked
from claw.gate.messages import Messages

if TYPE_CHECKING:  # it is made there
    from claw.daemon.build import Daemon


def phones(config: ChannelsConfig, daemon: "Daemon", messages: Messages, revoked: Revoked) -> Phones | None:
    """Return the channel of all phones, which does nothing before it is started; None where there is none.

    From now on messages go there too, and a rule may ask for an answer from a phone.
    """
    if not config.phones:
        return None
    questions, desk = daemon.gate.questions, daemon.desk

    def barred(action: Action) -> str:
        decision = desk.explain(action, SYSTEM)["decision"]
        return "" if decision["effect"] == "allow" else str(decision["why"])

    around = Around(
        daemon.gate.perform,
        daemon.mirror,
        daemon.backend,
        barred,
        lambda: daemon.stop.engaged,
        lambda person: questions.role(person) is not None,
        desk.refused,
    )
    asked = Asked(questions, desk.cards, desk.answer)
    made = Phones(config.phones, config.page or "", around, asked, daemon.clock, daemon.clock)
    questions.channels = (*questions.channels, Phones.kind)
    messages.mouths.append(made)
    revoked.add("questions on phones", made.end)
    return made


def notifiers(config: ChannelsConfig, daemon: "Daemon", messages: Messages) -> list[Notifier]:
    """Return what posts messages to servers; raises Broken where a token's file cannot be read."""
    made = [
        Notifier(
            one,
            read_secret("token of a notifier", one.token_file) if one.token_file is not None else "",
            config.page or "",
            daemon.clock,
            daemon.clock,
        )
        for one in config.notifiers
    ]
    messages.mouths.extend(made)
    return made
