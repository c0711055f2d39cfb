"""One trigger that waits for something in the house: its eye, the spans that it runs, and what is kept of both."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from claw.base.action import Json
from claw.routines.eyes import BecomesEye, Began, Eye, PresenceEye


@dataclass(frozen=True, slots=True)
class Span:
    """What began and is not counted yet; ``began`` is None where that was before a restart."""

    began: Began | None
    since: datetime


@dataclass(eq=False)
class Post:
    """A trigger at its post.

    ``mark`` is what it is kept under, ``lasts_s`` for how long it must stay so, ``by_clock`` whether it is looked at
    each minute.
    """

    routine: str
    number: int
    mark: str
    eye: Eye
    lasts_s: float
    by_clock: bool
    unwatch: Callable[[], None] = lambda: None
    spans: dict[str, Span] = field(default_factory=dict[str, Span])

    def kept(self) -> dict[str, Json]:
        """Return what must not be forgotten over a restart."""
        known = dict(self.eye.kept())
        if self.spans:
            known["since"] = {subject: span.since.isoformat() for subject, span in self.spans.items()}
        return known

    def restore(self, kept: Json) -> None:
        """Take that up again; what cannot be read is left out."""
        if not isinstance(kept, Mapping):
            return
        told = cast("Mapping[str, Json]", kept)
        self.eye.restore(told)
        since = told.get("since")
        for subject, at in (cast("Mapping[str, Json]", since) if isinstance(since, Mapping) else {}).items():
            with suppress(ValueError):
                began = datetime.fromisoformat(str(at))
                if began.tzinfo is not None and self.lasts_s:
                    self.spans[subject] = Span(None, began)

    def since(self, began: Began, now: datetime, *, late: bool) -> datetime:
        """Return since when it is so: from now on, or, where it was found so, as it is kept or the house tells it."""
        before, state = self.spans.get(began.subject), began.state
        told = state.changed if state is not None else None
        if before is None or before.began is not None:
            return min(told, now) if late and told is not None else now
        # A figure is told anew all the time, and only since when it lies beyond counts; of a state the house knows it.
        exact = isinstance(self.eye, BecomesEye | PresenceEye) and told is not None and told > before.since
        return min(told if exact and told is not None else before.since, now)
