"""What is asked of a model and what it answered, as plain values.

A call says beforehand how much it may cost at most; an answer says what it did cost.  A program in an answer is text
that somebody else has to check: nothing here believes it.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from claw.base.action import canonical
from claw.base.errors import Unavailable

Purpose = Literal["plan", "read", "check", "embed"]

Message = Mapping[str, str]
"""One message of a talk: ``role`` (system, user or assistant) and ``content``."""

BYTES_PER_TOKEN = 3
"""Text of every language has at least so many bytes for a token on average, so that an estimate is never too low."""
PER_MESSAGE = 8
TOOL_TOKENS = 100


class Cut(Unavailable):
    """An answer began and did not come to its end: what was written of it may have to be paid for."""


def clean(text: str) -> str:
    """Return ``text`` as it can be encoded: half of a character pair, which JSON can carry, becomes a question mark."""
    return text.encode("utf-8", "replace").decode()


def estimated(text: str) -> int:
    """Return how many tokens ``text`` has at most, or nearly."""
    return -(-len(text.encode("utf-8", "replace")) // BYTES_PER_TOKEN)


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a model.

    ``max_tokens`` bounds the answer; with ``tool`` a program is expected and may come as a call of the tool ``run``;
    ``on_text`` is told each piece of text as it comes, code in it included.
    """

    messages: tuple[Message, ...]
    purpose: Purpose
    max_tokens: int
    tool: bool = False
    on_text: Callable[[str], None] | None = None

    @property
    def tokens_in(self) -> int:
        """What reading it costs at most, or nearly."""
        return sum(estimated(one["content"]) + PER_MESSAGE for one in self.messages) + TOOL_TOKENS * self.tool

    def digest(self) -> str:
        """Return the SHA-256 of the messages, in hex: what the log knows them by."""
        return hashlib.sha256(canonical([[one["role"], clean(one["content"])] for one in self.messages])).hexdigest()


@dataclass(frozen=True, slots=True)
class Completion:
    """What a model answered.

    ``program`` is there only where one was expected and exactly one came; ``text`` is everything else.  ``problem``
    says, in words that the model may be given back, what is wrong with the answer; empty where nothing is.
    ``finish`` is the server's word for how it ended.  ``model``, ``prompt`` (the hash of what it was asked) and
    ``entry`` (the number of the call in the log) are there once it came through the gate.
    """

    text: str
    program: str | None
    tokens_in: int
    tokens_out: int
    finish: str
    ms: float
    problem: str = ""
    model: str = ""
    prompt: str = ""
    entry: int | None = None
