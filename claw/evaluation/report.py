"""What an evaluation comes to, as figures: one shape for programs, from which people's is drawn."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from claw.base.action import Json
from claw.evaluation.score import Verdict

UNSORTED = "unsorted"
"""The category of a case that names none."""


def report(verdicts: Sequence[Verdict], seconds: float = 0.0) -> dict[str, Json]:
    """Return the figures and the cases, as ``claw eval --json`` prints them.

    A case of several categories counts in each.  ``tokens`` are those read and written together; ``not_scored`` counts
    cases with a field that nothing can judge yet, by field, whatever else was scored of them.
    """
    tokens_in, tokens_out = sum(one.tokens_in for one in verdicts), sum(one.tokens_out for one in verdicts)
    return {
        "summary": {
            **figures(verdicts),
            "by_category": _by(verdicts, lambda one: one.category or (UNSORTED,)),
            "by_path": _by(verdicts, lambda one: (one.path,)),
            "tokens": tokens_in + tokens_out,
            "tokens_in": tokens_in,
            "tokens_out": tokens_out,
            "not_scored": {
                "cases": sum(1 for one in verdicts if one.not_scored),
                "by_field": _counted(field for one in verdicts for field in one.not_scored),
            },
            "seconds": round(seconds, 1),
        },
        "cases": [_told(one) for one in verdicts],
    }


def figures(verdicts: Iterable[Verdict]) -> dict[str, int]:
    """Return how many there are, how many were solved, and in how many something wrong was done."""
    found = list(verdicts)
    return {
        "total": len(found),
        "solved": sum(one.solved for one in found),
        "wrong_actions": sum(one.wrong_action for one in found),
    }


def _by(verdicts: Sequence[Verdict], kinds: Callable[[Verdict], Sequence[str]]) -> dict[str, Json]:
    found: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        for kind in dict.fromkeys(kinds(verdict)):
            found.setdefault(kind, []).append(verdict)
    return {kind: figures(found[kind]) for kind in sorted(found)}


def _counted(fields: Iterable[str]) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for field in fields:
        found[field] = found.get(field, 0) + 1
    return dict(sorted(found.items()))


def _told(verdict: Verdict) -> dict[str, Json]:
    return {
        "id": verdict.id,
        "category": list(verdict.category),
        "solved": verdict.solved,
        "wrong_action": verdict.wrong_action,
        "path": verdict.path,
        "why": verdict.why,
        "not_scored": list(verdict.not_scored),
        "tokens_in": verdict.tokens_in,
        "tokens_out": verdict.tokens_out,
        "seconds": verdict.seconds,
        "replies": list(verdict.replies),
    }
