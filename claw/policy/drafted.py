"""What a draft of a policy says before it counts: is it right, what would it change, what would it have decided.

All of it is worked out from a text and what it is held against, without a daemon: whoever writes a draft may write
anything, and a large one takes a while.  Nothing here puts anything in force.
"""

from collections.abc import Iterable, Sequence
from types import MappingProxyType

from claw.audit.entries import Entry
from claw.base.action import Action, Json, to_json
from claw.base.errors import Invalid
from claw.house.model import House, State
from claw.policy.decide import Policy
from claw.policy.difference import differences, unseen
from claw.policy.load import parse_policy
from claw.policy.replay import replay
from claw.policy.review import check
from claw.policy.supposing import DRAFT, IN_FORCE, Case, Ground, rules_in
from claw.policy.testing import read_tests, results

MOST_SHOWN = 200
"""Rows of each kind that are told; how many more there are is."""


def checked(text: str, before: str, ground: Ground) -> dict[str, Json]:
    """Return all that is to be known of a draft before it counts.

    ``problem`` (line and words) where it is no policy for this house, else None; its ``tests``; ``findings``; and how
    it differs from ``before``, the text in force: ``differences``, and in ``also`` what none of them tells of.
    """
    there = ground.renamed_to_present()
    answer: dict[str, Json] = {
        "problem": None, "hash": None, "tests": [], "failed": 0, "findings": [], "differences": [], "more": 0,
        "also": [], "rules": [],
    }  # fmt: skip
    try:
        document = read_tests(text, DRAFT)
        draft = parse_policy(text, DRAFT, there.people, None, there.actions)
    except Invalid as error:
        return answer | {"problem": _problem(error)}
    tested = results(document, draft, there.house.registry)
    answer |= {
        "rules": rules_in(document),
        "tests": _cut([{**to_json(one), "passed": one.passed} for one in tested]),
        "failed": sum(not one.passed for one in tested),
    }
    try:  # a draft that fails one of its tests is still worth comparing: that is how its writer sees why
        policy = parse_policy(text, DRAFT, there.people, there.house.registry, there.actions)
        answer["hash"] = policy.hash
    except Invalid as error:
        answer["problem"] = _problem(error)
    old = _before(before, there)
    found = differences(old, draft, there.house, there.local(), there.actions)
    review = check(draft, there.house.registry, there.actions, document.value.tests)
    return answer | {
        "findings": _cut([to_json(one) for one in review]),
        "differences": _cut([to_json(one) for one in found]),
        "more": max(0, len(found) - MOST_SHOWN),
        "also": _cut(unseen(old, draft, found)),
    }


def explained(text: str, case: Case, ground: Ground, *, draft: bool) -> dict[str, Json]:
    """Return what ``text`` says about ``case``: the decision, for each entity why, and the lines of its rules.

    A draft means things by the ids they have today.  Raises Invalid for a text that is no policy, Refused for a case
    that could not be.
    """
    there = ground.renamed_to_present() if draft else ground
    there.check(case)
    name = DRAFT if draft else IN_FORCE
    document = read_tests(text, name)
    policy = parse_policy(text, name, there.people, None, there.actions)
    states = {**there.house.states, **{entity: State(value) for entity, value in case.states.items()}}
    house = House(there.house.registry, MappingProxyType(states))
    action = Action(case.action, case.entities, case.data)
    found = policy.explain(house, action, case.origin, there.local(case.at))
    return {**to_json(found), "rules": rules_in(document)}


def replayed(text: str, rows: Iterable[Entry], ground: Ground) -> dict[str, Json]:
    """Return what a draft would have decided otherwise about what the log holds; of each its number, never its words.

    Its own tests need not hold yet.  Raises Invalid for a text that is no policy.
    """
    there = ground.renamed_to_present()
    policy = parse_policy(text, DRAFT, there.people, None, there.actions)
    found = replay(rows, policy, there.house.registry)
    told = [
        {
            "kind": one.kind,
            "seq": one.seq,
            "time": one.time.isoformat(),
            "actions": [{"name": action.name, "entities": list(action.entities)} for action in one.actions],
            "person": one.origin.person,
            "channel": one.origin.channel,
            "before": one.before,
            "after": one.after,
            "was": one.was,
            "rule": one.rule,
        }
        for one in found.otherwise[:MOST_SHOWN]
    ]
    more = max(0, len(found.otherwise) - MOST_SHOWN)
    return {"judged": found.judged, "otherwise": told, "more": more, "unjudged": dict(found.unjudged)}


def _before(text: str, ground: Ground) -> Policy:
    """Return the policy that counts now; one that cannot be read any more allows nothing."""
    try:
        return parse_policy(text, IN_FORCE, ground.people, None, ground.actions)
    except Invalid:
        return Policy((), ground.people)


def _problem(error: Invalid) -> dict[str, Json]:
    return {"line": error.line, "text": error.problem}


def _cut(rows: Sequence[Json]) -> list[Json]:
    return list(rows[:MOST_SHOWN])
