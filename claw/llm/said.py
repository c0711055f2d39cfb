"""What a server says when it does not do as it was asked, and what that means.

Servers agree on little here: the same thing is a 400, a 404 or a 500, with a code or only in words.  Whatever it is, a
person gets one sentence of ours: what a server writes may quote the key, or be somebody else's text.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from claw.base.errors import Broken, ClawError, Refused, Unavailable

LONGEST_WAIT_S = 10.0
"""Nobody waits longer than this for a busy server: they are told instead."""

TOO_LONG = 413
BUSY = 429
MISSING = 404
FAILED = 500
FAILED_LAST = 599
REDIRECTS = range(300, 400)
AGAIN = frozenset({408, 409, BUSY, 500, 502, 503, 504, 520, 522, 524, 529})
"""Answers after which the same request may work a moment later."""

_CONTEXT = re.compile(
    r"context[ _-]?(length|size|window)|maximum context|prompt is too long|too many tokens|reduce the length"
)
_NO_MODEL = re.compile(r"model.{0,120}(not found|not exist)|(unknown|invalid|no such) model|model_not_found")
_NO_CREDIT = re.compile(r"insufficient_quota|exceeded your current quota|credit balance|billing")


@dataclass(frozen=True, slots=True)
class Said:
    """An error answer: its HTTP status (0: inside a stream), its words in small letters, and when to come again."""

    status: int
    words: str
    wait_s: float | None = None

    @property
    def too_long(self) -> bool:
        """Whether the request was more than the model can take."""
        return self.status == TOO_LONG or bool(_CONTEXT.search(self.words))

    @property
    def no_credit(self) -> bool:
        """Whether somebody has to pay first."""
        return self.status == 402 or (self.status == BUSY and bool(_NO_CREDIT.search(self.words)))  # noqa: PLR2004  an HTTP status

    @property
    def no_such_model(self) -> bool:
        """Whether the model is not there."""
        return self.status in {400, MISSING, 422} and bool(_NO_MODEL.search(self.words))

    @property
    def unexplained(self) -> bool:
        """Whether the request was not taken for a reason that is not among the usual ones."""
        return self.status in {400, 422} and not (self.too_long or self.no_such_model)

    @property
    def again(self) -> bool:
        """Whether to try the same once more."""
        return self.status in AGAIN and not self.no_credit and not self.too_long


def meaning(said: Said, model: str, host: str) -> ClawError:
    """Return what an error answer means for whoever asked: the first of these that holds."""
    readings: tuple[tuple[bool, ClawError], ...] = (
        (said.too_long, Refused("that is more at once than the model can take in")),
        (said.no_credit, Broken("the account at the model server has no credit left")),
        (said.no_such_model, Broken(f"the model server does not know the model {model}")),
        (said.status in {401, 403}, Broken("the model server refuses the key")),
        (said.status in REDIRECTS, Broken(f"{host} sends me elsewhere: set base_url to where the model server is")),
        (said.status == MISSING, Broken(f"there is no model server at {host}: base_url usually ends with /v1")),
        (said.status == BUSY, Unavailable("the model server is busy; try again in a moment")),
        (
            said.status == 0 or FAILED <= said.status <= FAILED_LAST or said.again,
            Unavailable("the model server failed; try again in a moment"),
        ),
    )
    return next((error for holds, error in readings if holds), Refused("the model server does not take the request"))


def wait_of(after_ms: str | None, after: str | None, now: datetime) -> float | None:
    """Return the seconds that ``retry-after-ms`` or ``Retry-After`` ask to wait, None where they ask for nothing."""
    for text, parts in ((after_ms, 1000.0), (after, 1.0)):
        try:
            seconds = float(text or "") / parts
        except ValueError:
            continue
        if 0 <= seconds < float("inf"):
            return seconds
    try:
        until = parsedate_to_datetime(after or "")
    except (ValueError, TypeError):
        return None
    return max(0.0, ((until if until.tzinfo else until.replace(tzinfo=UTC)) - now).total_seconds())
