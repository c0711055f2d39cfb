"""What the rules and the house say of a skill's rights before anybody asks: never allowed, always asked, not there."""

from collections.abc import Callable, Sequence

from claw.house.mirror import Mirror
from claw.policy.decide import Policy
from claw.skills.model import Skill


class Forbidding:
    """Holds manifests against the policy in force and the house as it is."""

    def __init__(self, mirror: Mirror, policy: Callable[[], Policy]) -> None:
        """``policy`` gives the one in force."""

    def denied(self, skill: Skill, people: Sequence[str]) -> str | None:
        """Return what of it is never allowed now to any of ``people`` (empty: to anybody), in a sentence."""
        raise NotImplementedError

    def asks(self, skill: Skill) -> str | None:
        """Return what of it a person is always asked about first, in a sentence; None where nothing is."""
        raise NotImplementedError

    def gone(self, skill: Skill) -> str | None:
        """Return which thing that it names is not in the house any more, in a sentence."""
        raise NotImplementedError
