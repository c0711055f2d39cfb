"""How a simulated house is set for a trial: another time, devices that do not dawdle, and something to remember."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from claw.base.clock import SystemClock
from claw.house.model import State

TRAVEL_S: Mapping[str, float] = {"cover": 5.0, "lock": 0.5, "valve": 1.0}
"""How long a simulated device moves, so that a demo shows what a real one does."""


@dataclass(frozen=True)
class Staging:
    """What is different from a demo.

    ``clock`` is what everything reads the time from; ``travel_s`` how long things move, by domain; ``past`` what each
    entity went through before, oldest first.
    """

    clock: SystemClock = field(default_factory=SystemClock)
    travel_s: Mapping[str, float] = field(default_factory=lambda: TRAVEL_S)
    past: Mapping[str, Sequence[State]] = field(default_factory=dict[str, Sequence[State]])
