"""What a routine is by how it stands."""

from datetime import UTC, datetime

from claw.base.action import Origin
from claw.routines.model import Routine
from claw.routines.spec import Spec

SPEC = {"name": "x", "when": {"at": "07:00"}, "do": {"say": "hello"}}


def _routine(name: str, kind: str = "routine", **more: object) -> Routine:
    spec = Spec.model_validate({**SPEC, "kind": kind})
    return Routine(name, spec, Origin("web", "anna"), datetime(2026, 1, 5, tzinfo=UTC), **more)  # type: ignore[arg-type]


def test_only_a_routine_that_is_on_or_runs_dry_fires() -> None:
    assert _routine("a").fires
    assert _routine("a", state="shadow").fires
    assert not any(_routine("a", state=state).fires for state in ("paused", "waiting", "suspended", "over", "removed"))


def test_no_name_and_no_kind_alone_makes_a_routine_one_that_guards_life() -> None:
    assert _routine("safety-smoke", "safety").safety
    assert not _routine("safety-smoke").safety
    assert not _routine("smoke", "safety").safety
