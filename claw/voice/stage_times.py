"""How long spoken turns took, stage by stage: people complain of slow voices without a figure to complain with.

The last turns only, in memory, without a word of what was said or where.
"""

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from claw.base.action import Json
from claw.voice.model import STAGES, Stages

KEPT = 500

Result = Literal[
    "done", "answered", "asked", "unclear", "refused", "failed", "late", "stop", "cut", "twin", "echo", "blank", "long"
]
"""What came of a turn: ``stop`` the kill switch, ``cut`` a bare stop, ``late`` answered after its deadline."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Milliseconds of one stage: of half the turns less than ``p50``, of all but one in twenty less than ``p95``."""

    turns: int
    p50: float
    p95: float


@dataclass(frozen=True, slots=True)
class Times:
    """What is known of the last turns; ``results`` count since the start."""

    turns: int
    stages: dict[str, Spread] = field(default_factory=dict[str, Spread])
    results: dict[str, int] = field(default_factory=dict[str, int])

    def as_json(self) -> dict[str, Json]:
        """Return it as status and metrics show it."""
        spreads = {
            stage: {"turns": one.turns, "p50_ms": one.p50, "p95_ms": one.p95} for stage, one in self.stages.items()
        }
        return {"turns": self.turns, "stages": spreads, "results": dict(sorted(self.results.items()))}


class StageTimes:
    """The stages of the last 500 turns; one for the daemon."""

    def __init__(self) -> None:
        """Nothing was said yet."""
        self._turns: deque[Stages] = deque(maxlen=KEPT)
        self._results = Counter[str]()

    def note(self, stages: Stages, result: Result) -> None:
        """Take one turn; what is marked on its ``stages`` later (the first sound of the answer) counts too."""
        self._turns.append(stages)
        self._results[result] += 1

    def times(self) -> Times:
        """Return the figures as they stand."""
        spans = [stages.spans() for stages in self._turns]
        found: dict[str, list[float]] = {stage: [one[stage] for one in spans if stage in one] for stage in STAGES}
        spreads = {stage: _spread(values) for stage, values in found.items() if values}
        return Times(len(self._turns), spreads, dict(self._results))


def _spread(values: Sequence[float]) -> Spread:
    ordered = sorted(values)
    return Spread(len(ordered), _at(ordered, 0.5), _at(ordered, 0.95))


def _at(ordered: Sequence[float], share: float) -> float:
    """Return the value at this share of the way, nearest rank."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
