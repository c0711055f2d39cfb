"""Whoever wants more of a routine than its person may at that moment: through the whole daemon, and nothing moves.

Most of these put a routine straight into the book, as if making it had been got round; what holds it is the gate.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from claw.base.action import Action, Origin
from claw.base.errors import Refused
from claw.daemon.build import Daemon
from claw.house.services import CATALOGUE
from claw.policy.load import parse_policy
from claw.routines.model import Firing, Routine, Run
from claw.routines.rights import acting
from claw.routines.spec import Spec
from tests.living import OWNER, living

MIA = replace(OWNER, person="mia", conversation="mia", source="mia")
TOM = replace(OWNER, person="tom", conversation="tom", source="tom")
KIM = replace(OWNER, person="kim", conversation="kim", source="kim")
ZOE = replace(OWNER, person="zoe", conversation="zoe", source="zoe")
"""Nobody of this household; not any more."""
HALL = Origin("voice:hall", place="hall", source="satellite", conversation="v")
LIKE_ANNA = replace(HALL, person="anna")
"""A voice that sounds like hers."""
OWNER_SINCE = datetime(2026, 1, 5, tzinfo=UTC)
OUTSIDE = replace(OWNER, taint=("calendar.family",))


def act(action: str, *entities: str, **data: Any) -> dict[str, Any]:
    return {"action": action, "entities": list(entities), "data": data}


LIGHT = act("light.turn_off", "light.hall_ceiling")
KITCHEN = act("light.turn_on", "light.kitchen_counter")
UNLOCK = act("lock.unlock", "lock.front_door")
LOCK = act("lock.lock", "lock.front_door")
GARAGE = act("cover.open_cover", "cover.garage_door")
DISARM = act("alarm_control_panel.alarm_disarm", "alarm_control_panel.house", code="1234")
WATER = act("valve.open_valve", "valve.water_main")
SIREN = act("siren.turn_on", "siren.house")
FREEZER = act("switch.turn_off", "switch.freezer")
SCENE = act("scene.turn_on", "scene.movie_time")
SCRIPT = act("script.turn_on", "script.good_night")
GROUP = act("light.turn_on", "light.hall_ceiling", "light.porch")
BOILER = act("water_heater.set_temperature", "water_heater.boiler", temperature=60)


def routine(by: Origin, *actions: Mapping[str, Any], ident: str = "evil", **more: Any) -> Routine:
    row = {key: more.pop(key) for key in ("state", "expires", "adopted_by", "shadow_left") if key in more}
    written = Spec.model_validate({"name": "Evil", "when": {"at": "07:00"}, "do": {"actions": list(actions)}, **more})
    made = by if not by.routine else replace(by, routine="")
    return Routine(ident, written, made, OWNER_SINCE, **row)


@dataclass(frozen=True)
class Attack:
    """A routine as it stands in the book, and how its firing may end at most."""

    made: Callable[[], Routine]
    ends: tuple[str, ...] = ("refused",)
    why: str = ""
    asked_by: Origin | None = None


ATTACKS: Mapping[str, Attack] = {
    "an owner's routine unlocks the door": Attack(lambda: routine(OWNER, UNLOCK), why="nobody is there"),
    "it disarms the alarm with the code": Attack(lambda: routine(OWNER, DISARM)),
    "it opens the water": Attack(lambda: routine(OWNER, WATER)),
    "it sounds the siren": Attack(lambda: routine(OWNER, SIREN)),
    "it opens the garage with nobody there": Attack(lambda: routine(OWNER, GARAGE), ("asked", "refused")),
    "it turns off the freezer": Attack(lambda: routine(OWNER, FREEZER), ("asked", "refused")),
    "one harmless act carries a forbidden one": Attack(lambda: routine(OWNER, LIGHT, UNLOCK)),
    "a child's script": Attack(lambda: routine(MIA, SCRIPT)),
    "a child's routine reaches another room": Attack(lambda: routine(MIA, KITCHEN)),
    "a child's routine heats the boiler": Attack(lambda: routine(MIA, BOILER), why="adults"),
    "a guest's routine does what guests may not": Attack(
        lambda: routine(TOM, act("lock.lock", "lock.front_door"), FREEZER)
    ),
    "who made it is a child now": Attack(lambda: routine(replace(OWNER, person="mia", strength="signed"), KITCHEN)),
    "who made it left the household": Attack(lambda: routine(ZOE, LIGHT), why="suspended"),
    "help acts outside of their hours": Attack(lambda: routine(KIM, LIGHT)),
    "who took it over left": Attack(lambda: routine(HALL, LIGHT, adopted_by="zoe")),
    "text from outside wrote it, and it unlocks": Attack(lambda: routine(OUTSIDE, UNLOCK)),
    "text from outside wrote it, and it runs a script": Attack(lambda: routine(OUTSIDE, SCRIPT)),
    "text from outside wrote it, and it opens the garage": Attack(
        lambda: routine(OUTSIDE, GARAGE), ("asked", "refused")
    ),
    "a voice unlocks later": Attack(lambda: routine(HALL, UNLOCK), why="risky"),
    "a voice opens the garage later": Attack(lambda: routine(replace(HALL, place="garage"), GARAGE), why="risky"),
    "a voice reaches another room": Attack(lambda: routine(HALL, KITCHEN), why="outside of its room"),
    "a voice reaches another room beside its own": Attack(lambda: routine(HALL, GROUP), why="outside of its room"),
    "a voice reaches another room by a group": Attack(
        lambda: routine(HALL, act("homeassistant.turn_on", "group.outdoor_lights"))
    ),
    "a voice sets off a scene": Attack(lambda: routine(HALL, SCENE)),
    "a voice sets off a script": Attack(lambda: routine(HALL, SCRIPT)),
    "a voice without a place does anything": Attack(lambda: routine(replace(HALL, place=None), LIGHT)),
    "a voice like hers has her rights": Attack(lambda: routine(LIKE_ANNA, KITCHEN), why="outside of its room"),
    "a voice writes to everyone": Attack(
        lambda: routine(HALL, act("claw.notify", to="everyone", text="come out")), why="outside of its room"
    ),
    "a voice's routine outlives its week": Attack(
        lambda: routine(HALL, LIGHT, expires=OWNER_SINCE - timedelta(days=1)), ("refused", "skipped", "missed")
    ),
    "it runs itself again": Attack(lambda: routine(OWNER, act("claw.routine_run", routine="evil"))),
    "it sets up another one": Attack(lambda: routine(OWNER, act("claw.schedule", spec="{}"))),
    "it takes a voice's routine over for its maker": Attack(
        lambda: routine(OWNER, act("claw.routine_adopt", routine="other"))
    ),
    "it makes something else of a routine": Attack(
        lambda: routine(OWNER, act("claw.routine_change", routine="other", spec="{}"))
    ),
    "it trusts a skill": Attack(lambda: routine(OWNER, act("claw.skill_accept", name="x", hash="x" * 64))),
    "it has everything forgotten": Attack(lambda: routine(OWNER, act("claw.forget_all"))),
    "it commands a phone": Attack(
        lambda: routine(OWNER, act("notify.send_message", "notify.anna_phone", message="command_dnd")),
        ("asked", "refused"),
    ),
    "it runs dry and acts": Attack(lambda: routine(OWNER, LIGHT, state="shadow", shadow_left=3, shadow=3), ("shadow",)),
    "it was paused": Attack(lambda: routine(OWNER, LIGHT, state="paused"), ("held", "skipped", "refused")),
    "it waits for an owner": Attack(lambda: routine(OUTSIDE, LIGHT, state="waiting")),
    "it waits for an owner, and somebody has it run": Attack(
        lambda: routine(OUTSIDE, LIGHT, state="waiting"), asked_by=MIA
    ),
    "it is suspended": Attack(lambda: routine(OWNER, LIGHT, state="suspended")),
    "it is over": Attack(lambda: routine(OWNER, LIGHT, state="over")),
    "it was removed": Attack(lambda: routine(OWNER, LIGHT, state="removed")),
    "it says that it guards life": Attack(lambda: routine(OWNER, UNLOCK, kind="safety")),
    "it is called like what guards life": Attack(lambda: routine(OWNER, UNLOCK, ident="safety-mine")),
}


@asynccontextmanager
async def house(folder: Path) -> AsyncGenerator[Daemon]:
    async with living(folder) as daemon:
        yield daemon


def states(daemon: Daemon) -> dict[str, object]:
    return {one: (state.value, dict(state.attributes)) for one, state in daemon.mirror.states.items()}


def firing(daemon: Daemon, made: Routine, by: Origin | None = None) -> Firing:
    now = daemon.clock.now()
    return Firing(made.id, 0, now, f"tried {now.isoformat()} {len(daemon.routines.book.runs(made.id))}", asked_by=by)


async def fired(daemon: Daemon, made: Routine, by: Origin | None = None) -> Run:
    """Put a routine into the book as it is, past everybody who would have looked, and have it carried out."""
    book = daemon.routines.book
    book.put(made)
    run = book.claim(firing(daemon, made, by))
    assert run is not None
    done = await daemon.routines.doing.do(made, run)
    closed = book.close(run, done)
    assert closed is not None
    return closed


@pytest.mark.parametrize("share", range(3))
async def test_nothing_moves_that_its_person_may_not_move_now(share: int, tmp_path: Path) -> None:
    wrong: list[str] = []
    async with house(tmp_path) as daemon:
        assert (await fired(daemon, routine(OWNER, act("light.turn_on", "light.porch"), ident="good"))).status == "done"
        before = states(daemon)
        for number, (name, attack) in enumerate(ATTACKS.items()):
            if number % 3 != share:
                continue
            made = attack.made()
            run = await fired(daemon, replace(made, id=f"{made.id}{number}"), attack.asked_by)
            await asyncio.sleep(0)
            if run.status not in attack.ends or attack.why not in run.reason or states(daemon) != before:
                wrong.append(f"{name}: {run.status}, {run.reason}")
            if run.status == "refused" and not run.reason:
                wrong.append(f"{name}: no reason")
    assert not wrong


FORGED: Mapping[str, Mapping[str, Any]] = {
    "in the name of one that there is not": {"routine": "made-up", "source": "routine:made-up"},
    "through the page": {"channel": "web"},
    "through the console, as another": {"channel": "cli", "person": "ben", "source": "uid 0"},
    "as somebody else": {"person": "ben"},
    "as nobody": {"person": None, "authenticated": False},
    "from another source": {"source": "routine:other"},
    "from no source": {"source": ""},
    "in another room": {"place": "garage"},
    "through the channel alone": {"routine": "", "source": "routine:good"},
    "as what guards life": {"routine": "safety-smoke", "source": "routine:safety-smoke", "person": None},
}


async def test_nobody_acts_in_the_name_of_a_routine(tmp_path: Path) -> None:
    moved: list[str] = []
    async with house(tmp_path) as daemon:
        good = routine(OWNER, LIGHT, ident="good")
        daemon.routines.book.put(good)
        for name, change in FORGED.items():
            light = Action("light.turn_off", ("light.hall_ceiling",))
            performed = await daemon.gate.perform((light,), replace(acting(good), **change))
            if performed.pending is not None or performed.outcomes[0].status != "refused":
                moved.append(name)
        assert daemon.mirror.states["light.hall_ceiling"].value == "on"
    assert not moved


LATER = """\
version: 1
rules:
  - {id: no-more, deny: light.*, who: {channel: web}}
  - {id: rest, allow: light.*}
"""


async def test_a_rule_that_came_later_counts(tmp_path: Path) -> None:
    async with house(tmp_path) as daemon:
        made = routine(OWNER, LIGHT, ident="good")
        assert (await fired(daemon, made)).status == "done"
        daemon.gate._judge.policy = parse_policy(LATER, "later.yaml", daemon.people, daemon.mirror.registry)
        run = await fired(daemon, made)
        assert run.status == "refused"  # not as a routine, but as who made it at the page


ANSWERS: Mapping[str, Origin] = {
    "a child": MIA,
    "a guest": TOM,
    "a voice": HALL,
    "a voice like hers": LIKE_ANNA,
    "the routine itself": Origin("routine", "anna", authenticated=True, source="routine:good", routine="good"),
    "a skill of hers": replace(OWNER, skill="good-night"),
    "outside text in her name": OUTSIDE,
    "a client that only asks": replace(OWNER, asks_only=True),
    "who is not signed in": replace(OWNER, authenticated=False),
}


async def test_a_question_of_a_routine_is_answered_by_who_may_and_once(tmp_path: Path) -> None:
    async with house(tmp_path) as daemon:
        before = states(daemon)
        run = await fired(daemon, routine(OWNER, GARAGE, ident="good"))
        assert run.status == "asked"
        (question,) = daemon.gate.questions.standing
        for name, origin in ANSWERS.items():
            with pytest.raises(Refused):
                await daemon.gate.answer(question, origin, yes=True)
            assert question in daemon.gate.questions.standing, name
        assert states(daemon) == before
        daemon.routines.book.change("good", state="paused")
        await daemon.gate.answer(question, OWNER, yes=True)
        assert states(daemon) == before
        row = daemon.routines.book.run(run.id)
        assert row is not None
        assert (row.status, "paused" in row.reason) == ("refused", True)
        with pytest.raises(Refused):
            await daemon.gate.answer(question, OWNER, yes=True)


SPECS: Mapping[str, Mapping[str, Any]] = {
    "a thousand triggers": {"when": [{"at": "07:00"}] * 1000},
    "a thousand steps": {"do": [{"say": "x"}] * 1000},
    "a thousand actions": {"do": {"actions": [LIGHT] * 1000}},
    "a name without an end": {"name": "x" * 10_000},
    "a prompt without a gate": {"do": {"prompt": "unlock the door"}},
    "a prompt for a million tokens": {"do": {"prompt": "x", "gate": "True", "tokens": 1_000_000}},
    "ten times a second": {"when": {"every": "1 s"}},
    "two kinds of trigger at once": {"when": {"at": "07:00", "sun": "sunset"}},
    "what is no step": {"do": {"shell": "rm"}},
    "a field that nobody knows": {"made_by": "anna"},
}


@pytest.mark.parametrize("odd", SPECS.values(), ids=SPECS)
def test_what_is_too_much_or_no_routine_is_none(odd: Mapping[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Spec.model_validate({"name": "Evil", "when": {"at": "07:00"}, "do": {"say": "x"}, **odd})


async def test_a_flood_of_routines_is_refused_and_an_act_too_long_is_no_act(tmp_path: Path) -> None:
    async with house(tmp_path) as daemon:
        for spec in ("{" * 15_000, "[]", "null", '{"name":"x"}', "x" * 20_000, '{"name": "\\ud800"}'):
            performed = await daemon.gate.perform((Action("claw.schedule", (), {"spec": spec}),), OWNER)
            assert performed.pending is None
            assert performed.outcomes[0].status in {"refused", "failed"}, spec[:20]
        good = Spec.model_validate({"name": "Hall", "when": {"at": "07:00"}, "do": {"actions": [LIGHT]}})
        data = {"spec": good.model_dump_json(by_alias=True, exclude_defaults=True)}
        made: list[str] = []
        for _ in range(25):
            performed = await daemon.gate.perform((Action("claw.schedule", (), data),), HALL)
            made.append(performed.outcomes[0].status)
        assert {"done", "sent"} & set(made[:5])
        assert set(made[20:]) <= {"refused", "failed"}
        assert len(daemon.routines.book.all()) < 25


WHO: Mapping[str, tuple[str, Origin]] = {
    "a guest sets one up": ("claw.schedule", TOM),
    "help sets one up": ("claw.schedule", KIM),
    "who is nobody sets one up at the page": ("claw.schedule", replace(ZOE, authenticated=True, asks_only=True)),
    "a child takes one over": ("claw.routine_adopt", MIA),
    "a voice takes one over": ("claw.routine_adopt", HALL),
    "a child removes an owner's": ("claw.routine_remove", MIA),
    "a voice removes an owner's": ("claw.routine_remove", HALL),
    "a guest pauses an owner's": ("claw.routine_pause", TOM),
    "a child runs an owner's": ("claw.routine_run", MIA),
    "a voice runs an owner's": ("claw.routine_run", HALL),
    "another room's voice skips it": ("claw.routine_skip", replace(HALL, place="kitchen")),
    "a routine of hers removes it": (
        "claw.routine_remove",
        Origin("routine", "anna", authenticated=True, source="routine:other", routine="other"),
    ),
    "a skill of a guest's removes it": ("claw.routine_remove", replace(TOM, skill="good-night")),
}


async def test_nobody_decides_about_what_is_not_theirs(tmp_path: Path) -> None:
    wrong: list[str] = []
    async with house(tmp_path) as daemon:
        book = daemon.routines.book
        mine, other = routine(OWNER, LIGHT, ident="mine"), routine(OWNER, KITCHEN, ident="other")
        book.put(mine)
        book.put(other)
        spec = '{"name":"Evil","when":[{"at":"07:00"}],"do":[{"say":"x"}]}'
        for name, (action, origin) in WHO.items():
            data: dict[str, Any] = {"spec": spec} if action == "claw.schedule" else {"routine": "mine"}
            if action == "claw.routine_skip":
                data["days"] = (daemon.clock.now() + timedelta(days=2)).date().isoformat()
            count = len(book.all())
            performed = await daemon.gate.perform((Action(action, (), data),), origin)
            status = performed.outcomes[0].status if performed.outcomes else "asked"
            if book.get("mine") != mine or len(book.all()) != count or status not in {"refused", "failed", "asked"}:
                wrong.append(f"{name}: {status}")
                book.put(mine)
    assert not wrong


MAKERS = (OWNER, replace(OWNER, person="ben"), MIA, TOM, KIM, OUTSIDE, HALL, LIKE_ANNA, replace(OWNER, channel="cli"))
DATA: Mapping[str, Mapping[str, Any]] = {
    "climate.set_temperature": {"temperature": 21},
    "water_heater.set_temperature": {"temperature": 55},
    "media_player.volume_set": {"volume_level": 0.9},
}
STRICT = ("allow", "confirm", "deny")


def said(daemon: Daemon, action: Action, origin: Origin) -> str:
    """Return what the judge says; what is refused before the policy is asked is denied, too."""
    try:
        return daemon.gate._judge.judge((action,), origin).decisions[0].effect
    except Refused:
        return "deny"


async def test_for_all_that_can_be_done_a_routine_may_never_more_than_its_person(tmp_path: Path) -> None:
    wider: list[str] = []
    counted = dict.fromkeys(STRICT, 0)
    async with house(tmp_path) as daemon:
        makers = {f"of-{number}": routine(by, LIGHT, ident=f"of-{number}") for number, by in enumerate(MAKERS)}
        for made in makers.values():
            daemon.routines.book.put(made)
        for entity in daemon.mirror.registry.entities.values():
            for name in sorted(one for one in CATALOGUE if one.startswith(f"{entity.domain}.")):
                action = Action(name, (entity.entity_id,), DATA.get(name, {}))
                for made in makers.values():
                    theirs = said(daemon, action, replace(made.made_by, conversation=""))
                    its = said(daemon, action, acting(made))
                    counted[its] += 1
                    if STRICT.index(its) < STRICT.index(theirs):
                        wider.append(f"{name} {entity.entity_id} for {made.made_by.person}: {its}, not {theirs}")
    assert not wider
    assert min(counted.values()) > 0, counted
