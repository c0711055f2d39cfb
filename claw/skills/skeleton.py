"""Whether two requests were cases of one thing: what was called, and the words, with all that was named left out.

The skeleton of what was called names actions and the fields of their data, and no value: "cosy" in one room is "cosy"
in another.  By it the earlier requests are found; whether the words agree as well is then looked at.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from claw.base.action import Action, Json
from claw.skills.mentions import Mention, words

ALIKE = 0.6
"""Share of the words that two requests must have in common where they did not do the very same."""

_COURTESY = frozenset(
    {"please", "can", "could", "would", "you", "now", "the", "bitte", "kannst", "konntest", "du", "jetzt", "der", "die"}
    | {"das", "te", "plait", "peux", "tu", "maintenant", "le", "la", "les", "alsjeblieft", "kun", "je", "nu", "de"}
    | {"het", "请", "帮", "我", "一", "下"}
)
"""Words that say nothing of what is wanted."""


@dataclass(frozen=True, slots=True)
class Step:
    """One or several calls that do the same to different things; ``calls`` are their numbers."""

    service: str
    entities: tuple[str, ...]
    data: Mapping[str, Json]
    calls: tuple[int, ...]

    @property
    def shape(self) -> str:
        """The action and the names of its data."""
        return f"{self.service}({','.join(sorted(self.data))})"


def steps(calls: Sequence[Action], *, apart: bool = False) -> tuple[Step, ...]:
    """Return the calls, those that follow each other and do the same in one; with ``apart`` each by itself."""
    found: list[Step] = []
    for number, call in enumerate(calls):
        last = found[-1] if found and not apart else None
        same = last is not None and call.entities and last.entities
        if last is not None and same and (last.service, last.data) == (call.name, call.data):
            things = tuple(dict.fromkeys((*last.entities, *call.entities)))
            found[-1] = Step(last.service, things, last.data, (*last.calls, number))
        else:
            found.append(Step(call.name, call.entities, call.data, (number,)))
    return tuple(found)


def skeleton(calls: Sequence[Action]) -> str:
    """Return what was called without any value, in no order: two runs that did one thing have it in common."""
    return " ".join(sorted(step.shape for step in steps(calls)))


def aligned(runs: Sequence[Sequence[Step]]) -> tuple[tuple[Step, ...], ...] | None:
    """Return for each step of the last run its counterparts, one of each run; None where the runs differ in them."""
    last = runs[-1]
    if any(Counter(step.shape for step in run) != Counter(step.shape for step in last) for run in runs):
        return None
    left = [list(run) for run in runs]
    return tuple(tuple(_take(run, step) for run in left) for step in last)


def _take(run: list[Step], like: Step) -> Step:
    """Take the counterpart of ``like`` out of ``run``: on the same things if there is one, else the next."""
    same = [step for step in run if step.shape == like.shape]
    best = next((step for step in same if set(step.entities) == set(like.entities)), same[0])
    run.remove(best)
    return best


def likeness(one: str, one_named: Sequence[Mention], other: str, other_named: Sequence[Mention]) -> float:
    """Return how much of the words of two requests is the same, 0 to 1, with what they name left out."""
    mine, theirs = _gist(one, one_named), _gist(other, other_named)
    if not mine and not theirs:
        return 1.0
    return 2 * sum((mine & theirs).values()) / max(1, sum(mine.values()) + sum(theirs.values()))


def _gist(said: str, named: Sequence[Mention]) -> Counter[str]:
    kept = (word for word in words(said) if not any(one.start <= word.start < one.end for one in named))
    return Counter(word.plain for word in kept if word.plain not in _COURTESY)
