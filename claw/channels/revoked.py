"""What ends at once when somebody is shut out: every way in, and every yes, that rests on being that person.

Each room that lets people in by something of theirs (a session, a password, a passkey, a chat) says here how that ends.
A way in that is not registered here outlives its person, so a new one brings its line.
"""

import logging
from collections.abc import Callable

from claw.base.errors import Broken, ClawError

logger = logging.getLogger(__name__)

End = Callable[[str], int]
"""Ends what somebody (their id) has of one kind, now and for good, and returns how many that were; may raise ClawError.

It is asked again of somebody who has nothing, and awaits nothing: between two of them nobody comes in.
"""


class Revoked:
    """Everything that ends with a person's admission, in the order in which it was added."""

    def __init__(self) -> None:
        self._ends: list[tuple[str, End]] = []

    def add(self, what: str, end: End) -> None:
        """Have ``end`` called when somebody is shut out; ``what`` says in the plural what that is: "passkeys"."""
        self._ends.append((what, end))

    def end(self, person: str) -> dict[str, int]:
        """End all that ``person`` has, and return how many of each kind that were, without those of which none was.

        What cannot be ended keeps nothing else from ending; raises Broken for it afterwards, by its name.
        """
        ended: dict[str, int] = {}
        left: list[str] = []
        for what, end in self._ends:
            try:
                ended[what] = ended.get(what, 0) + end(person)
            except ClawError:
                logger.exception("The %s of somebody who is shut out could not be ended", what)
                left.append(what)
        if left:
            raise Broken(f"they are shut out, but their {' and '.join(left)} could not be ended; try again")
        return {what: count for what, count in ended.items() if count}
