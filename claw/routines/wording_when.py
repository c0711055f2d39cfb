"""A trigger as a phrase that fits into a sentence: "every weekday at 07:00", with the names that things have at home."""

from collections.abc import Sequence
from datetime import datetime

from claw.house.model import Registry
from claw.routines.spec import Trigger


def phrase(trigger: Trigger, registry: Registry) -> str:
    """Return the trigger as an English phrase, with the names of ``registry``."""
    raise NotImplementedError


def phrases(triggers: Sequence[Trigger], registry: Registry) -> str:
    """Return several, joined by "or"."""
    raise NotImplementedError


def moment(when: datetime, now: datetime, registry: Registry) -> str:
    """Return a moment on the wall clock as short as it is clear: "today 07:00", "Tue 07:00", "27 Nov 07:00"."""
    raise NotImplementedError
