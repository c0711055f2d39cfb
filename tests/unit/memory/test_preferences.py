"""What people like, put into what they ask for and never into anything else."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.base.action import Action, Decision, Effect, Json, Origin
from claw.base.errors import Refused
from claw.gate.plan import Plan
from claw.house.model import Area, Entity, House, Registry, State
from claw.memory.model import ANYBODY, Audience, Fact, Memory, Told, Trust, private_to
from claw.memory.preferences import Applied, Preferences, preference

NIGHT = datetime(2026, 3, 4, 23, tzinfo=UTC)
DAY = datetime(2026, 3, 4, 12, tzinfo=UTC)
ANNA = Origin(channel="web", person="anna", authenticated=True, place="bedroom")
VOICE = Origin(channel="voice:hall")
THINGS = (
    *("light.left", "light.right", "light.hall", "fan.bedroom", "media_player.bedroom", "cover.blind", "lock.door"),
    *("valve.water", "alarm_control_panel.house", "climate.bedroom"),
)
HOUSE = House(
    Registry(
        areas={"bedroom": Area("bedroom", "Bedroom")},
        entities={
            one: Entity(one, one, registry_id=f"r-{one}", area=None if one == "light.hall" else "bedroom")
            for one in THINGS
        },
    ),
    {one: State("off") for one in THINGS},
)


class Remembered:
    def __init__(self) -> None:
        self.changed: list[Callable[[], None]] = []
        self.rows: list[Memory] = []

    def active(self, kind: str | None = None, subject: str | None = None, predicate: str | None = None) -> list[Memory]:
        del subject, predicate
        return [row for row in self.rows if kind in {None, row.fact.kind}]


class Judge:
    """Allows what is asked unless a test says otherwise; ``strict`` may raise Refused."""

    def __init__(self) -> None:
        self.strict: Callable[[Action], Effect] = lambda _action: "allow"

    def judge(self, actions: Sequence[Action], origin: Origin) -> Plan:
        del origin
        decisions = tuple(Decision(self.strict(action), "rule", "because") for action in actions)
        return Plan(tuple(actions), decisions)


class Room:
    def __init__(self) -> None:
        self.known = Remembered()
        self.judge = Judge()
        self.now: datetime | None = NIGHT
        self.preferences = Preferences(self.known, self.judge, self.hears, lambda: self.now)

    @staticmethod
    def hears(origin: Origin) -> Audience:
        return Audience(person=origin.person, resident=True) if origin.authenticated else ANYBODY

    def keep(self, fact: Fact, trust: Trust = "resident_told", **more: object) -> Memory:
        row = Memory(len(self.known.rows) + 1, fact, "active", trust, True, 1.0, "anna", DAY)
        row = replace(row, **more)  # pyright: ignore[reportArgumentType]  fields by name
        self.known.rows.append(row)
        for tell in self.known.changed:
            tell()
        return row

    def done(self, *actions: Action, origin: Origin = ANNA) -> list[tuple[str, str, dict[str, Json]]]:
        applied = self.preferences.applied(actions, HOUSE, origin)
        return [(action.name, " ".join(action.entities), dict(action.data)) for action in applied.actions]


@pytest.fixture
def room() -> Room:
    return Room()


def dimmed(subject: str = "area:bedroom", pct: float = 30, visibility: str = "household", **when: Json) -> Fact:
    condition = when or {"after": "22:00"}
    value = {"brightness_pct": pct}
    return preference(subject, "light", value, "Dim.", condition=condition, visibility=visibility)


def on(*entities: str, **data: Json) -> Action:
    return Action(f"{entities[0].partition('.')[0]}.turn_on", entities, data)


def test_bedroom_lights_on_at_eleven_are_dimmed(room: Room) -> None:
    row = room.keep(dimmed())
    applied = room.preferences.applied([on("light.left", "light.right")], HOUSE, ANNA)
    assert applied == Applied(
        (on("light.left", "light.right", brightness_pct=30),), ((row, ("light.left", "light.right")),)
    )
    assert room.done(on("light.hall")) == [("light.turn_on", "light.hall", {})]
    room.now = DAY
    assert room.done(on("light.left")) == [("light.turn_on", "light.left", {})]
    room.now = None
    assert room.done(on("light.left")) == [("light.turn_on", "light.left", {})]


@pytest.mark.parametrize(
    "said", [{"brightness_pct": 80}, {"brightness": 200}, {"brightness_step_pct": 10}, {"profile": "bright"}]
)
def test_what_was_said_wins(room: Room, said: dict[str, Json]) -> None:
    room.keep(dimmed())
    assert room.done(on("light.left", **said)) == [("light.turn_on", "light.left", said)]
    assert room.done(on("light.left", color_name="red"))[0][2] == {"color_name": "red", "brightness_pct": 30}


def test_turning_off_is_turning_off(room: Room) -> None:
    room.keep(dimmed())
    off = Action("light.turn_off", ("light.left",))
    assert room.preferences.applied([off], HOUSE, ANNA) == Applied((off,))


def test_the_more_exact_target_wins_and_splits_the_command(room: Room) -> None:
    room.keep(dimmed("house", 50))
    room.keep(dimmed(pct=30))
    room.keep(dimmed("entity:r-light.right", 10))
    assert room.done(on("light.left", "light.right", "light.hall")) == [
        ("light.turn_on", "light.left", {"brightness_pct": 30}),
        ("light.turn_on", "light.right", {"brightness_pct": 10}),
        ("light.turn_on", "light.hall", {"brightness_pct": 50}),
    ]


def test_a_persons_own_goes_before_the_households_and_is_nobody_elses(room: Room) -> None:
    room.keep(dimmed("entity:r-light.left", 30))
    room.keep(dimmed(pct=70, visibility=private_to("anna")))
    assert room.done(on("light.left"))[0][2] == {"brightness_pct": 70}
    for other in (replace(ANNA, person="ben"), VOICE, replace(ANNA, authenticated=False)):
        assert room.done(on("light.left"), origin=other)[0][2] == {"brightness_pct": 30}


def test_the_narrower_hours_win_whichever_was_said_last(room: Room) -> None:
    room.keep(dimmed(pct=10, after="22:30", before="23:30"))
    room.keep(dimmed(pct=40, after="20:00"))
    room.keep(dimmed(pct=60, after="22:30", before="23:30", weekdays=["wed"]))
    assert room.done(on("light.left"))[0][2] == {"brightness_pct": 60}
    room.known.rows.pop()
    room.keep(Fact("fact", "house", "x", 1, "X."))
    assert room.done(on("light.left"))[0][2] == {"brightness_pct": 10}


def test_brightness_and_colour_are_liked_one_beside_the_other(room: Room) -> None:
    room.keep(dimmed())
    room.keep(preference("house", "light", {"color_temp_kelvin": 2700}, "Warm light."))
    assert room.done(on("light.left"))[0][2] == {"brightness_pct": 30, "color_temp_kelvin": 2700}


def test_the_volume_is_set_before_it_plays_and_after_it_is_on(room: Room) -> None:
    room.keep(preference("area:bedroom", "media_player", {"volume_level": 0.2}, "Quiet."))
    volume = ("media_player.volume_set", "media_player.bedroom", {"volume_level": 0.2})
    play = Action("media_player.media_play", ("media_player.bedroom",))
    assert room.done(play) == [volume, ("media_player.media_play", "media_player.bedroom", {})]
    assert room.done(on("media_player.bedroom")) == [("media_player.turn_on", "media_player.bedroom", {}), volume]
    said = Action("media_player.volume_set", ("media_player.bedroom",), {"volume_level": 0.5})
    assert len(room.done(said, play)) == 2


@pytest.mark.parametrize("effect", ["confirm", "deny"])
def test_what_would_be_judged_more_strictly_with_it_is_done_without(room: Room, effect: Effect) -> None:
    room.keep(dimmed())
    room.judge.strict = lambda action: effect if action.data else "allow"
    assert room.done(on("light.left")) == [("light.turn_on", "light.left", {})]


def test_what_the_house_would_refuse_is_done_without_and_the_rest_with_it(room: Room) -> None:
    row = room.keep(dimmed())

    def only_left(action: Action) -> Effect:
        if action.data and "light.right" in action.entities:
            raise Refused("it cannot be dimmed")
        return "allow"

    room.judge.strict = only_left
    applied = room.preferences.applied([on("light.left", "light.right")], HOUSE, ANNA)
    assert applied.actions == (on("light.left", brightness_pct=30), on("light.right"))
    assert applied.used == ((row, ("light.left",)),)


def test_nothing_that_was_only_seen_has_a_part_in_what_a_person_must_confirm(room: Room) -> None:
    room.judge.strict = lambda _action: "confirm"
    room.keep(dimmed(), "observed")
    assert room.done(on("light.left"))[0][2] == {}
    room.known.rows.clear()
    room.keep(dimmed())
    assert room.done(on("light.left"))[0][2] == {"brightness_pct": 30}


@pytest.mark.parametrize(
    "more", [{"trust": "guest_told"}, {"trust": "external"}, {"trust": "inferred"}, {"taint": ("mail",)}]
)
def test_what_comes_from_elsewhere_changes_nothing(room: Room, more: dict[str, object]) -> None:
    room.keep(dimmed(), **more)  # pyright: ignore[reportArgumentType]  fields by name
    assert room.done(on("light.left"))[0][2] == {}


@pytest.mark.parametrize(
    ("domain", "value"),
    [
        *(
            ("lock", {"code": 1}),
            ("cover", {"position": 100}),
            ("valve", {"position": 50}),
            ("climate", {"temperature": 30}),
        ),
        *(("alarm_control_panel", {"code": "1234"}), ("light", {"transition": 1}), ("light", {"brightness_pct": 0})),
        *(("light", {"brightness_pct": 101}), ("light", {"brightness_pct": "30"}), ("light", {"brightness_pct": True})),
        *(("light", {}), ("fan", {"percentage": 1e9}), ("media_player", {"volume_level": 30}), ("switch", {"x": 1})),
    ],
)
def test_nothing_else_can_be_liked(domain: str, value: dict[str, Json]) -> None:
    with pytest.raises(Refused):
        preference("area:bedroom", domain, value, "Like.")


def test_the_same_rules_hold_for_whoever_writes(room: Room) -> None:
    told = Told("resident_told", person="anna", explicit=True)
    good = dimmed()
    room.preferences.check(good, told, "adult")
    room.preferences.check(Fact("fact", "house", "x", 1, "X."), told, None)
    bad = [
        replace(good, subject="person:anna"),
        replace(good, subject="entity:lock.door"),
        replace(good, predicate="light.color_temp_kelvin"),
        replace(good, value=[30]),
        replace(good, value={"brightness_pct": float("nan")}),
        replace(good, condition={"after": "ten"}),
        replace(good, predicate="lock.brightness_pct"),
    ]
    for fact in bad:
        with pytest.raises(Refused):
            room.preferences.check(fact, told, "owner")
        room.keep(fact)
    assert room.done(on("light.left"))[0][2] == {}
    with pytest.raises(Refused, match="outside"):
        room.preferences.check(good, replace(told, taint=("mail",)), "owner")


_ACTIONS = st.lists(
    st.builds(
        Action,
        st.sampled_from(
            [f"{one.partition('.')[0]}.{verb}" for one in THINGS for verb in ("turn_on", "turn_off", "open", "unlock")]
        ),
        st.lists(st.sampled_from(THINGS), min_size=1, max_size=4, unique=True).map(tuple),
        st.sampled_from([{}, {"brightness": 9}]),
    ),
    max_size=4,
)


@given(_ACTIONS)
def test_nothing_is_added_taken_away_or_moved_to_another_thing(actions: list[Action]) -> None:
    room = Room()
    room.keep(dimmed("house", 20))
    room.keep(dimmed("entity:r-light.left", 30))
    room.keep(preference("house", "media_player", {"volume_level": 0.2}, "Quiet."))
    made = room.preferences.applied(actions, HOUSE, ANNA).actions
    asked = [(action.name, entity) for action in actions for entity in action.entities]
    left = [(action.name, entity) for action in made for entity in action.entities]
    volume = [one for one in left if one[0] == "media_player.volume_set"]
    assert sorted(one for one in left if one not in volume) == sorted(asked)
    assert {entity.partition(".")[0] for _, entity in volume} <= {"media_player"}
    moved = [action for action in made if action.data and action.domain not in {"light", "media_player"}]
    assert [action for action in moved if dict(action.data) != {"brightness": 9}] == []
