"""What leaves through a channel as JSON: every text in it can be looked at without harm.

States, ids and errors come from devices, and the log keeps them as they came.  Whoever shows them may be a terminal,
which obeys escape sequences, or a person, who believes the order of letters; so they are made harmless where they
leave, once for all channels.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from claw.base.action import NO_DATA, Json, Pending, Reply, to_json
from claw.gate.plan import without_secrets
from claw.house.text import plain

LONGEST_LINE = 10_000
DEEPEST = 80

KINDS_OF_VIEWERS = 4
"""Ways in which one thing is seen at once, at least: by those whose it is, and by everybody else."""


def shown(value: object) -> Json:
    """Return ``value`` as JSON without control, bidi or zero-width characters in any text or key; lines stay lines.

    Raises TypeError where there is no JSON form.
    """
    return _harmless(to_json(value))


class ShownOnce:
    """``shown`` for what goes to many viewers at once: what is the same for several of them is made a single time.

    An entry of the log goes to every open page while the act that it is about is under way, and waits for all of them.
    What is returned is shared: nobody changes it.
    """

    def __init__(self) -> None:
        self._made: deque[tuple[object, Json]] = deque(maxlen=KINDS_OF_VIEWERS)

    def __call__(self, value: object) -> Json:
        """Return ``value`` as ``shown`` does."""
        for known, made in self._made:
            if known == value:
                return made
        made = shown(value)
        self._made.appendleft((value, made))
        return made


def _harmless(value: Json) -> Json:
    if isinstance(value, str):
        return "\n".join(map(_line, value.split("\n")))
    if isinstance(value, Mapping):
        mapping = cast("Mapping[str, Json]", value)
        return {_harmless(key): _harmless(one) for key, one in mapping.items()}
    if isinstance(value, list):
        return [_harmless(one) for one in cast("list[Json]", value)]
    return value


def _line(line: str) -> str:
    if line.isascii() and line.isprintable():
        return line
    words = line.lstrip(" ")  # a program means something by how far a line is indented
    return " " * min(len(line) - len(words), DEEPEST) + plain(words, LONGEST_LINE)


def asked(pending: Pending) -> Pending:
    """Return a question as it may leave: without codes, and without the number that was said in a room."""
    return replace(pending, actions=tuple(map(without_secrets, pending.actions)), number="")


def told(reply: Reply) -> Reply:
    """Return ``reply`` without the codes that came with the actions: somebody else may have given them.

    What things were like before is for the log; to whoever asked it would only be long.
    """
    outcomes = tuple(replace(one, action=without_secrets(one.action), prior=NO_DATA) for one in reply.outcomes)
    return replace(reply, outcomes=outcomes, pending=tuple(map(asked, reply.pending)))
