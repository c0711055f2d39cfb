"""Whether a daemon is alive: what a watchdog and ``/healthz`` go by.

Alive is less than well.  A house that is away, a model that is down, a stop that is engaged: all that is a daemon at
its work, and none of it is mended by starting again.  What is asked here is only what a new start does mend.
"""

from dataclasses import dataclass

from claw.base.action import Json


@dataclass(frozen=True)
class Vital:
    """What a daemon cannot do without, each empty while it lives, else in plain words why it does not.

    ``loop`` runs, ``log`` can be written, the task behind the link to the ``house`` goes on trying.  The words are for
    everybody: they name no person, no device and no path.
    """

    loop: str = ""
    log: str = ""
    house: str = ""

    @property
    def alive(self) -> bool:
        """True while nothing of it is dead."""
        return not self.reasons

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is not alive, the worst first; empty while it is."""
        return tuple(reason for reason in (self.loop, self.log, self.house) if reason)

    def as_json(self) -> dict[str, Json]:
        """Return ``alive`` and, for each of the three, ``ok`` or the reason."""
        return {
            "alive": self.alive,
            "loop": self.loop or "ok",
            "log": self.log or "ok",
            "house": self.house or "ok",
        }
