"""What every channel is to the daemon, and what it owes to a household; a new one is one file that holds to this.

A channel turns what comes in into one call of the desk (``claw/channels/channel.py``) and what comes back into its own
words.  Every one of them passes the tests in ``tests/channels``:

- *identity*: who speaks is proved by the channel or is nobody; what a message says about itself proves nothing;
- *rights*: what its origin may not do is refused by the policy, and a channel adds nothing to it;
- *confirmation*: a yes counts where the question's terms let it, from whom it was asked of, once;
- *stop*: the stop phrase engages the switch without a model, also while something is wrong;
- *long and empty messages* get one polite sentence;
- *reconnection*: what was lost on the way is tried again, and is never done twice;
- *duplicates*: a message delivered twice acts once.
"""

from typing import Protocol

from claw.base.action import Json


class Channel(Protocol):
    """One ear and mouth that runs by itself; the daemon starts it when everything stands and ends it first."""

    @property
    def kind(self) -> str:
        """What the policy calls it: ``telegram``, ``phone``, ``mqtt``, ..."""
        ...

    async def start(self) -> None:
        """Begin; raises Broken for what a person must mend, never because the other side is not there yet."""
        ...

    async def close(self) -> None:
        """End whatever runs, and leave nothing half said."""
        ...

    def status(self) -> dict[str, Json]:
        """Return how it is, without secrets: ``kind``, ``ready``, ``detail`` (a sentence, empty when all is well)."""
        ...
