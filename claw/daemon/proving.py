"""The house in which skills are proved: simulated, thrown away, and behind a gate, a log and rules of its own.

Everything that a run goes through is what the daemon itself runs on, built anew for each run; only the devices are
not real, the clock jumps ahead where everything waits, and nobody waits for the disk: what is kept here is read for a
moment and then thrown away.  The daemon's own gate, log and switch are not known here.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from claw.gate.children import Children
from claw.house.model import House
from claw.policy.people import People
from claw.skills.proving import ProvingHouse


@dataclass(frozen=True)
class Household:
    """Whose house the proof stands for: the house as it is now, the text of its policy and who lives there."""

    house: Callable[[], House]
    policy: Callable[[], str]
    people: People
    languages: tuple[str, ...]


@asynccontextmanager
async def proving_house(
    folder: Path, household: Household | None, children: Children, halted: Callable[[], bool]
) -> AsyncGenerator[ProvingHouse]:
    """Give a house for proofs with its files below ``folder``; without a ``household`` it is the demo's.

    ``children`` is the stop's list of processes, ``halted`` whether it came.
    """
    raise NotImplementedError
    yield  # pyright: ignore[reportUnreachable]
