"""What a house says of an event besides what happened: whose own doing it was, as far as the house knows that.

Home Assistant notes with each event the user behind it and what it followed from.  An answer to a question counts only
where a user gave it with their own hand: not where an automation or a script followed from somebody, and not where Claw
itself, which acts in the house as a user too, may have set it off.
"""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from claw.base.action import Json


@runtime_checkable
class Tells(Protocol):
    """A house that knows users; a simulated one knows none."""

    @property
    def user(self) -> str | None:
        """The id of the user that Claw is over there; None while it is not known."""
        ...

    @property
    def withheld(self) -> Mapping[str, str]:
        """Event types that were asked for and that it does not tell Claw about, each with why."""
        ...


def user_of(answer: Json) -> str | None:
    """Return the id in an answer that tells who somebody is, None where there is none."""
    known = answer.get("id") if isinstance(answer, dict) else None
    return known if isinstance(known, str) and known else None


def happening(event: Json, own: str | None) -> tuple[dict[str, Json], str | None, str | None]:
    """Return an event's data, the id of its context, and the user whose own hand it was.

    The user is None where none is named, where the event followed from another, for ``own``, and for everybody while
    ``own`` is not known.
    """
    told = event if isinstance(event, dict) else {}
    data, context = told.get("data"), told.get("context")
    behind = context if isinstance(context, dict) else {}
    number, user = behind.get("id"), behind.get("user_id")
    by = user if isinstance(user, str) and user and own is not None and user != own else None
    if "parent_id" not in behind or behind["parent_id"] is not None:
        by = None
    return (
        data if isinstance(data, dict) else {},
        number if isinstance(number, str) else None,
        by,
    )
