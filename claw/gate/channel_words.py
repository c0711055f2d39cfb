"""What a channel is called in a sentence for a person: rules and the log say ``cli``, and nobody at a phone does."""

from claw.house.text import plain

_WAYS = {
    "web": "on Claw's page",
    "screen": "on a shared screen",
    "cli": "at the command line",
    "phone": "on a phone",
    "telegram": "in Telegram",
    "routine": "by a routine",
}
_PROGRAMS = frozenset({"api", "mcp", "openai"})


def way(channel: str) -> str:
    """Return how somebody came by ``channel``, such as "in Telegram"; of a program its name, where the channel has it.

    What is no channel of Claw's own is told as it is written.
    """
    kind, _, name = channel.partition(":")
    if kind in _PROGRAMS:
        return f"through the program {plain(name, 60)}" if name else "through a program"
    return _WAYS.get(kind) or f"by {plain(kind, 60)}"
