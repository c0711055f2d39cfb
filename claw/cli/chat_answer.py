"""What somebody types under a card: a yes, to all or a part of it, a no, or nothing, which leaves the question waiting.

Only these words are a yes.  Anything else is asked again, so that no half sentence unlocks a door.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import typer

from claw.base.action import Json
from claw.cli.durations import seconds

_YES = re.compile(
    r"y(?:es)?"
    r"(?:[ ,]+without +(?P<without>[0-9]{1,4}(?:(?: *, *| +)[0-9]{1,4})*))?"
    r"(?:[ ,]+for +(?P<for>[0-9]+ *[a-z]+))?",
    re.IGNORECASE,
)
_NO = frozenset({"n", "no"})


class Unreadable(ValueError):
    """What was typed under a card is no answer; says what would be one."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to one question, as the socket takes it; ``without`` counts from 0."""

    yes: bool
    without: tuple[int, ...] = ()
    number: str = ""
    grant_s: float = 0.0

    def as_call(self) -> dict[str, Json]:
        """Return the arguments of the call, those that say nothing left out."""
        more = {"without": list(self.without), "number": self.number, "grant_s": self.grant_s}
        return {"yes": self.yes} | {name: value for name, value in more.items() if value}


def prompt(card: Mapping[str, Json]) -> str:
    """Return what a person may answer to this card."""
    if card["choices"]:
        ways = ["the number that was told", "n"]
    else:
        acts = {line["action"] for line in card["lines"]}
        ways = ["y", *(["y without 2"] if len(acts) > 1 else []), *(["y for 30m"] if card["grant_s"] else []), "n"]
    return f"{', '.join(ways)}, or Enter to leave it waiting: "


def read_answer(text: str, card: Mapping[str, Json]) -> Answer | None:
    """Return what ``text`` says about the question on ``card``, None for nothing; raises Unreadable for all else."""
    said = text.strip()
    if not said:
        return None
    if said.lower() in _NO:
        return Answer(yes=False)
    if card["choices"]:
        if said not in card["choices"]:
            raise Unreadable(f"the number that was told in the room: {', '.join(card['choices'])}, or n")
        return Answer(yes=True, number=said)
    found = _YES.fullmatch(said)
    if found is None:
        raise Unreadable("that is neither y nor n; nothing is done")
    struck = tuple(int(one) - 1 for one in re.findall(r"[0-9]+", found["without"] or ""))
    strange = set(struck) - {line["action"] for line in card["lines"]}
    if strange:
        raise Unreadable(f"there is no {min(strange) + 1} on this card")
    try:
        lasting = seconds(found["for"]) if found["for"] else 0.0
    except typer.BadParameter as error:
        raise Unreadable(error.message) from None
    return Answer(yes=True, without=struck, grant_s=lasting)
