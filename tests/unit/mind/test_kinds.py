"""The table of verbs: what can reach a lock, a cover, a valve or an alarm at all."""

import pytest

from claw.house.services import CATALOGUE
from claw.mind.kinds import EVERYTHING, KINDS, REACH, SWITCHED
from claw.mind.language import SHIPPED, load

GUARDED = {
    "lock": {"lock", "unlock"},
    "alarm_control_panel": {"arm", "disarm"},
    "cover": {"open", "close", "stop", "level"},
    "valve": {"open", "close", "stop", "level"},
}


@pytest.mark.parametrize("domain", GUARDED)
def test_only_their_own_verbs_reach_what_is_guarded(domain: str) -> None:
    reaching = {verb for verb, domains in REACH.items() if domain in domains and not verb.startswith("q_")}
    assert reaching == GUARDED[domain]


def test_everything_never_holds_what_is_guarded() -> None:
    assert not (EVERYTHING | SWITCHED) & GUARDED.keys()


@pytest.mark.parametrize("code", SHIPPED)
def test_every_kind_that_a_language_names_is_known(code: str) -> None:
    named = {kind.partition("/")[0] for kind in load(code).kinds.values()}
    assert named - {"everything"} <= KINDS.keys()


def test_every_domain_that_is_switched_can_be_switched() -> None:
    for domain in SWITCHED - {"group"}:
        assert f"{domain}.turn_on" in CATALOGUE
        assert f"{domain}.turn_off" in CATALOGUE
