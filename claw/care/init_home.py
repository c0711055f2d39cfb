"""What a home is when Claw is set up for it: a noun without verbs, read once from Home Assistant."""

from dataclasses import dataclass

from claw.house.assist import Assist
from claw.house.model import House

NO_ASSIST = Assist(None, (), None)


@dataclass(frozen=True, slots=True)
class TokenOf:
    """Whose token it is, as Home Assistant names them; ``admin`` holds for owners too."""

    id: str
    name: str
    admin: bool
    owner: bool = False


@dataclass(frozen=True, slots=True)
class Home:
    """The house behind ``url`` with everything that a first configuration needs.

    ``notifiers`` are its ``notify`` actions.  ``theirs`` and ``ours`` are the addresses of the two ends of a connection
    to it, as an IP address each: where its voice comes from, and where it finds Claw.
    """

    url: str
    version: str
    house: House
    token_of: TokenOf
    notifiers: tuple[str, ...] = ()
    assist: Assist = NO_ASSIST
    theirs: str = "127.0.0.1"
    ours: str = "127.0.0.1"
