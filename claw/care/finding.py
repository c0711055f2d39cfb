"""What an examination finds: how bad it is, in plain words, and the command that mends it.  A noun without verbs."""

from dataclasses import dataclass
from typing import Literal

from claw.base.action import Json

Level = Literal["ok", "note", "warning", "problem"]
"""``problem``: something that was promised does not hold; ``warning``: it may not for long; ``note``: worth knowing."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: ``about`` (``house``, ``log``, ...), how it stands and what to do about it.

    ``mend`` is a whole command, or a sentence where no command can do it; empty where nothing is to be done.  Neither
    text holds a secret, and what strangers wrote is only in it as ``claw.house.text.plain`` leaves it.
    """

    about: str
    level: Level
    text: str
    mend: str = ""

    def as_json(self) -> dict[str, Json]:
        """Return the same as JSON."""
        return {"about": self.about, "level": self.level, "text": self.text, "mend": self.mend}
