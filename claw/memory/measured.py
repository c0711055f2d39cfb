"""How much of what was said is found again: the figure by which a search is worth its place.

The talks go into a store like a household's and are asked for through the same search that answers people.
"""

import statistics
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from claw.base.action import Json
from claw.base.clock import Stopwatch
from claw.memory.model import HOUSEHOLD, Audience
from claw.memory.passages import Passage, Passages
from claw.memory.recall import CANDIDATES, Recall
from claw.memory.talks import Question, Talk, Turn
from claw.store.db import open_database
from claw.store.migrations import migrate

KS = (5, 10, 20)
"""How many passages may be looked at."""

Unit = Literal["turn", "session"]

_RESIDENT = Audience(resident=True)
_PERCENTILES = 100


@dataclass
class _Store:
    """Some talks in a file of their own."""

    recall: Recall
    turns: list[tuple[str, Turn]] = field(default_factory=list["tuple[str, Turn]"])
    """The talk and the turn of each episode, from number 1 on."""


def measure(
    talks: Sequence[Talk],
    ks: Sequence[int] = KS,
    *,
    pooled: bool = False,
    unit: Unit = "turn",
    told: Callable[[], object] = lambda: None,
) -> dict[str, Json]:
    """Return the share of each question's evidence among the first k found, as a mean, over all and by category.

    ``pooled`` puts all talks into one store; ``unit`` session counts whole talks, each by its best turn.  ``told`` is
    called after each question.  Shares are from 0 to 1, times in ms.
    """
    shares: defaultdict[str, list[list[float]]] = defaultdict(list)
    times: list[float] = []
    for group in [talks] if pooled else [[talk] for talk in talks]:
        with tempfile.TemporaryDirectory(prefix="claw-recall-") as folder:
            store = _filled(Path(folder) / "claw.db", group)
            try:
                for talk in group:
                    for question in talk.questions:
                        row, ms = _asked(store, talk.id, question, ks, unit)
                        shares[question.category].append(row)
                        times.append(ms)
                        told()
            finally:
                store.recall.close()
    return {
        "unit": unit,
        "pooled": pooled,
        "talks": len(talks),
        "turns": sum(len(talk.turns) for talk in talks),
        "skipped": sum(talk.skipped for talk in talks),
        "overall": _means([row for rows in shares.values() for row in rows], ks),
        "by_category": {category: _means(shares[category], ks) for category in sorted(shares)},
        "search_ms": _times(times),
    }


def _filled(path: Path, talks: Iterable[Talk]) -> _Store:
    db = open_database(path)
    try:
        migrate(db)
        passages = Passages(db)
        names = {name for talk in talks for name in talk.names}
        store = _Store(Recall(path, lambda: names))
        with db.conn:
            for talk in talks:
                for turn in talk.turns:
                    store.turns.append((talk.id, turn))
                    session = f"{talk.id}/{turn.session}"
                    passage = Passage(turn.text, HOUSEHOLD, turn.speaker, turn.at, session)
                    passages.put(passage, episode=len(store.turns))
    finally:
        db.close()
    return store


def _asked(store: _Store, talk: str, question: Question, ks: Sequence[int], unit: Unit) -> tuple[list[float], float]:
    """Return the share of ``question``'s evidence found by each of ``ks``, and the milliseconds it took."""
    watch = Stopwatch()
    hits = store.recall.search(question.text, max(ks) if unit == "turn" else CANDIDATES, _RESIDENT)
    ms = watch.total()
    found = [store.turns[hit.episode - 1] for hit in hits if hit.episode is not None]
    if unit == "turn":
        ranking = [(one, turn.id) for one, turn in found]
        sought = {(talk, turn) for turn in question.evidence}
    else:
        ranking = list(dict.fromkeys((one, str(turn.session)) for one, turn in found))
        sought = {(one, str(turn.session)) for one, turn in store.turns if one == talk and turn.id in question.evidence}
    return [len(sought & set(ranking[:k])) / len(sought) for k in ks], ms


def _means(rows: Sequence[Sequence[float]], ks: Sequence[int]) -> dict[str, Json]:
    means = [round(statistics.fmean(row[at] for row in rows), 4) if rows else 0.0 for at in range(len(ks))]
    return {"questions": len(rows)} | {f"recall@{k}": mean for k, mean in zip(ks, means, strict=True)}


def _times(times: Sequence[float]) -> dict[str, Json]:
    if len(times) < 2:  # noqa: PLR2004  fewer have no percentiles
        return {}
    cut = statistics.quantiles(times, n=_PERCENTILES)
    return {"p50": round(statistics.median(times), 3), "p99": round(cut[-1], 3)}
