import os
from pathlib import Path

import pytest

from tests.prove.mutants import mutants
from tests.prove.mutation import DONE, OUTSIDE, ROOT, TELLING, equivalents, run, scope, unexplained
from tests.prove.server import function_of

PART = os.environ.get("CLAW_PROVE_PART", "0/1")
"""Which part of the mutants is tried: ``3/10`` is the fourth tenth.  A tenth is drawn by what is changed, not where."""

CODE = """\
def opens(asked: bool, role: str | None, left: int) -> bool:
    if not asked:
        raise ValueError(f"nobody asked, {role is None}")
    check(role)
    logger.info("opened by %s", role == "owner")
    return role == "owner" and 0 < left <= 5
"""


def test_every_kind_of_mistake_is_made_once_and_words_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "door.py").write_text(CODE, encoding="utf-8")
    found = [(one.before, one.after) for one in mutants(tmp_path, "door.py")]
    assert len(found) == len(set(found))
    assert ("not asked", "asked") in found
    assert ("check(role)", "pass") in found
    assert any(before.startswith("raise") and after == "pass" for before, after in found)
    assert ("0 < left <= 5", "0 <= left <= 5") in found
    assert ("0 < left <= 5", "0 < left < 5") in found
    assert ("role == 'owner' and 0 < left <= 5", "role == 'owner' or 0 < left <= 5") in found
    assert ("role == 'owner' and 0 < left <= 5", "0 < left <= 5") in found
    assert ("return role == 'owner' and 0 < left <= 5", "return None") in found
    assert not [before for before, _ in found if "is None" in before and "raise" not in before], "an error's words"
    assert not [before for before, _ in found if before.startswith("logger")]


def test_what_is_excused_is_there_and_has_a_reason() -> None:
    paths = {one["where"].partition("::")[0] for one in equivalents()} | {"claw/policy/decide.py", "claw/gate/drill.py"}
    assert paths <= set(scope())
    made = [one for path in sorted(paths) for one in mutants(ROOT, path)]
    found = {(one.where, one.before, one.after) for one in made}
    for one in equivalents():
        assert (one["where"], one["from"], one["to"]) in found, f"there is no such mutant any more: {one}"
        assert len(one["why"]) > 20
    assert all((ROOT / path).exists() for path in OUTSIDE)
    assert {one.function for one in made} >= TELLING


def test_a_function_is_found_under_whatever_decorates_it() -> None:
    made = {one.function: one for one in mutants(ROOT, "claw/policy/rules.py")}
    assert {"Rule.limits", "Rule.terms", "StateWish._short_form"} <= made.keys()
    assert all(function_of(one).__code__.co_qualname == name for name, one in made.items())


@pytest.mark.timeout(600)
def test_no_mutant_of_the_chain_survives() -> None:
    room = "tests/unit/audit"
    found = run(paths=("claw/audit/chain.py",), tests=(f"{room}/test_chain.py", f"{room}/test_chain_edges.py"))
    assert len(found) > 20
    assert unexplained(found) == []


@pytest.mark.prove
@pytest.mark.timeout(3600)
def test_no_mutant_survives_on_a_decision_a_latch_check_or_a_chain_check() -> None:
    part, _, parts = PART.partition("/")
    found = run((int(part), int(parts)), done=DONE)
    assert unexplained(found) == []
