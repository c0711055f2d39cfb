"""Talks with questions about them, as public sets of such talks are written down: to see how much is found again.

The shape is that of the LoCoMo set: a list of samples, each with sessions of turns and questions whose ``evidence``
names the turns that answer them.  Sets come from many hands: an evidence that names no turn is passed over, and so is
a question that is left with none, and counted; a file of another shape is refused.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from claw.base.errors import Broken, Invalid
from claw.memory.stop_words import MONTHS

LARGEST_FILE = 200_000_000

CATEGORIES = {1: "multi-hop", 2: "temporal", 3: "open-domain", 4: "single-hop", 5: "adversarial"}
"""What the numbers of the set mean."""

_SESSION = re.compile(r"session_(\d+)")
_TURN = re.compile(r"D\s*:?\s*(\d+)\s*:\s*(\d+)", re.IGNORECASE)
_DATE = re.compile(r"(?:(\d{1,2}):(\d{2})\s*([ap]m)?\s*on\s*)?(\d{1,2})\s+([A-Za-z]+),?\s+(\d{4})", re.IGNORECASE)
_NOON = 12


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing said: ``id`` is that of the set, ``session`` its talk's number."""

    id: str
    session: int
    at: datetime | None
    speaker: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the ids of all turns that answer it."""

    text: str
    category: str
    evidence: frozenset[str]


@dataclass(frozen=True, slots=True)
class Talk:
    """The sessions of some people, in order, and the questions about them."""

    id: str
    turns: tuple[Turn, ...]
    questions: tuple[Question, ...]
    skipped: int
    """Questions that name no turn of this talk."""

    @property
    def names(self) -> frozenset[str]:
        """What the people who speak are called."""
        return frozenset(turn.speaker for turn in self.turns)


def read_talks(path: Path) -> list[Talk]:
    """Return the talks in ``path``; raises Broken where it cannot be read, Invalid where it has another shape."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise Invalid(str(path), None, f"is larger than {LARGEST_FILE // 1_000_000} MB")
        found: object = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Broken(f"{path} cannot be read: {error.strerror}") from error
    except json.JSONDecodeError as error:
        raise Invalid(str(path), error.lineno, f"is no JSON: {error.msg}") from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise Invalid(str(path), None, "is no JSON") from error
    try:
        return [_talk(one, at) for at, one in enumerate(_list(found, "the file"))]
    except ValueError as error:
        raise Invalid(str(path), None, str(error)) from error


def _talk(sample: object, at: int) -> Talk:
    fields = _mapping(sample, f"sample {at + 1}")
    name = str(fields.get("sample_id", at + 1))
    conversation = _mapping(fields.get("conversation"), f"the conversation of sample {name}")
    numbers = sorted(int(found[1]) for key in conversation if (found := _SESSION.fullmatch(key)))
    turns = [turn for number in numbers for turn in _session(conversation, number)]
    known = {turn.id for turn in turns}
    if not known:
        raise ValueError(f"the conversation of sample {name} has no turns")
    asked = [_question(one, known) for one in _list(fields.get("qa", []), f"the questions of sample {name}")]
    questions = tuple(one for one in asked if one.evidence)
    return Talk(name, tuple(turns), questions, len(asked) - len(questions))


def _session(conversation: Mapping[str, object], number: int) -> list[Turn]:
    at = _moment(conversation.get(f"session_{number}_date_time"))
    turns: list[Turn] = []
    for one in _list(conversation[f"session_{number}"], f"session {number}"):
        turn = _mapping(one, f"a turn of session {number}")
        said, caption = turn.get("text"), turn.get("blip_caption")
        found = _turns(str(turn.get("dia_id", "")))
        if not isinstance(said, str) or len(found) != 1:
            raise ValueError(f"a turn of session {number} has no text, or no id such as D1:3")
        text = f"{said} [{caption}]" if isinstance(caption, str) and caption else said
        turns.append(Turn(found.pop(), number, at, str(turn.get("speaker", "")), text))
    return turns


def _question(one: object, known: set[str]) -> Question:
    fields = _mapping(one, "a question")
    category, evidence = fields.get("category", ""), fields.get("evidence", [])
    named = _turns(json.dumps(evidence))
    called = CATEGORIES.get(category, str(category)) if isinstance(category, int) else str(category)
    return Question(str(fields.get("question", "")), called, frozenset(named & known))


def _turns(text: str) -> set[str]:
    """Return the ids in ``text``, of which there may be several in one string."""
    return {f"D{int(session)}:{int(turn)}" for session, turn in _TURN.findall(text)}


def _moment(text: object) -> datetime | None:
    """Return the time that ``text`` tells (``1:56 pm on 8 May, 2023``, or ISO 8601), None where it tells none."""
    if not isinstance(text, str):
        return None
    try:
        if (found := _DATE.search(text)) is None:
            return datetime.fromisoformat(text).replace(tzinfo=UTC)
        hour, minute, half, day, month, year = found.groups()
        months = [name[:3].casefold() for name in MONTHS["en"]]
        clock = int(hour or 0) % _NOON + _NOON if (half or "").lower() == "pm" else int(hour or 0)
        clock = 0 if (half or "").lower() == "am" and clock == _NOON else clock
        return datetime(
            int(year), months.index(month[:3].casefold()) + 1, int(day), clock, int(minute or 0), tzinfo=UTC
        )
    except ValueError:
        return None


def _mapping(value: object, what: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise ValueError(f"{what} is no JSON object")  # noqa: TRY004  what a file holds, not what a caller passed
    return cast("Mapping[str, object]", value)


def _list(value: object, what: str) -> list[object]:
    if not isinstance(value, list):
        raise ValueError(f"{what} is no JSON list")  # noqa: TRY004  as above
    return cast("list[object]", value)
