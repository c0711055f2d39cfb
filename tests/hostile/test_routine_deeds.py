"""Whatever anybody does to routines in whatever order: each acts for whoever wrote it last, and nobody gets further.

The book is a dict here, so that hundreds of households quarrel in a second; what is tried is who may do what.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from claw.base.action import Origin
from claw.base.errors import Refused
from claw.gate.messages import SERVICES
from claw.house.file import parse_house
from claw.house.mirror import Mirror
from claw.policy.load import parse_policy
from claw.routines.asked import Asked
from claw.routines.deeds import Deeds
from claw.routines.making import Household, Making, written
from claw.routines.model import Routine
from claw.routines.whose import Deed, says_unheard
from tests.held_clock import HeldClock
from tests.making_room import ANNA, BEN, CARL, EVERYBODY, GUS, HOME, KITCHEN, LAMP, NOW, POLICY, VOICE, spec

OF_LIFE = Routine("safety-smoke", spec(kind="safety"), Origin("system"), NOW)
WHO = (ANNA, BEN, CARL, GUS, VOICE, KITCHEN, replace(ANNA, authenticated=False), replace(VOICE, person="anna"))
WRITES = {"schedule", "change", "adopt"}
KITCHEN_LAMP = {"actions": [{"action": "light.turn_on", "entities": ["light.kitchen"]}]}
SPECS = (LAMP, KITCHEN_LAMP, {"say": "dinner"}, {"prompt": "look", "gate": "True"}, [LAMP, {"say": "on"}])


@dataclass
class Shelf:
    """The book, in memory."""

    kept: dict[str, Routine] = field(default_factory=lambda: {OF_LIFE.id: OF_LIFE})

    def all(self) -> Sequence[Routine]:
        return [one for one in self.kept.values() if one.state != "removed"]

    def get(self, routine: str) -> Routine | None:
        return self.kept.get(routine)

    def add(self, routine: Routine) -> None:
        assert routine.id not in self.kept
        self.kept[routine.id] = routine

    def put(self, routine: Routine) -> None:
        self.kept[routine.id] = routine

    def change(self, routine: str, **fields: Any) -> Routine:
        self.kept[routine] = replace(self.kept[routine], **fields)
        return self.kept[routine]

    def remove(self, routine: str, why: str) -> None:
        self.kept[routine] = replace(self.kept[routine], state="removed", why=why)


def household() -> Household:
    clock = HeldClock(NOW)
    mirror = Mirror(clock)
    mirror.synced(parse_house(HOME))
    policy = parse_policy(POLICY, "policy.yaml", EVERYBODY, None)
    return Household(mirror, lambda: policy, EVERYBODY, clock, SERVICES, lambda _, __: "", lambda _: "")


STEPS = st.tuples(
    st.sampled_from(("schedule", "change", *get_args(Deed))),
    st.sampled_from(WHO),
    st.integers(0, 30),
    st.sampled_from(SPECS),
    st.sampled_from(((), (), ("mail",))),
    st.booleans(),
)


def _do(deeds: Deeds, deed: str, ident: str, text: str, asked: Asked) -> None:
    match deed:
        case "schedule":
            deeds.schedule(text, asked)
        case "change":
            deeds.change(ident, text, asked)
        case "skip":
            deeds.skip(ident, "2026-11-24", asked)
        case "run":
            deeds.runs(ident, asked)
        case _:
            getattr(deeds, deed)(ident, asked)


@settings(max_examples=120, deadline=None)
@given(st.lists(STEPS, max_size=16))
def test_nobody_gets_further_by_what_they_do_to_routines(steps: list[tuple[str, Origin, int, Any, Any, bool]]) -> None:
    shelf = Shelf()
    deeds = Deeds(shelf, Making(shelf, household()), EVERYBODY.role, NOW.date)
    wrote: dict[str, Asked] = {}
    settled: set[str] = set()
    for number, (deed, origin, which, do, taint, accepted) in enumerate(steps, 1):
        role = EVERYBODY.role(origin.person) if origin.authenticated else None
        asked = Asked(replace(origin, taint=taint), role, number, accepted=accepted, program=False)
        ident = list(shelf.kept)[which % len(shelf.kept)]
        before = dict(shelf.kept)
        try:
            _do(deeds, deed, ident, written(spec(do=do)), asked)
        except Refused:
            assert shelf.kept == before, "what is refused changes nothing"
            continue
        touched = {one for one in shelf.kept if shelf.kept[one] != before.get(one)}
        for one in touched:
            _was_theirs_to_touch(before.get(one), asked)
            if deed in WRITES and not (one in before and says_unheard(before[one], asked.asker)):
                wrote[one] = asked  # what somebody else does not see stays whose it is
            if (deed == "adopt" and role == "owner") or (deed in WRITES and accepted):
                settled.add(one)
            elif deed in WRITES and taint:
                settled.discard(one)
    for ident, routine in shelf.kept.items():
        if ident == OF_LIFE.id:
            assert routine.spec == OF_LIFE.spec
            assert routine.state in {"on", "paused"}
            continue
        assert routine.made_by.person == wrote[ident].origin.person, "it acts for whoever wrote it last"
        assert routine.made_by.authenticated == wrote[ident].origin.authenticated
        assert not (routine.made_by.taint and routine.fires) or ident in settled, "an owner saw what a stranger wrote"


def _was_theirs_to_touch(routine: Routine | None, asked: Asked) -> None:
    if routine is None or (asked.role in {"owner", "adult"} and asked.origin.authenticated):
        return
    maker = routine.made_by
    if asked.origin.authenticated:
        assert maker.person == asked.origin.person, "who is not grown up touches their own"
        assert maker.authenticated
    else:
        assert maker.place == asked.origin.place, "a room touches what was made in it"
        assert not maker.authenticated
        assert not routine.adopted_by
