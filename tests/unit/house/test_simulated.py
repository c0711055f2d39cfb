import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from claw.base.action import Acknowledgement, Action, Json
from claw.base.errors import Refused, Unavailable, UnknownOutcome
from claw.base.permit import PermitDesk
from claw.house.backend import Link
from claw.house.fields import Number, Service
from claw.house.mirror import Mirror
from claw.house.model import House, State
from claw.house.simulated import Fault, SimulatedHouse
from tests.held_clock import HeldClock
from tests.unit.house.strategies import demo_house

DOOR = "lock.front_door"
BLINDS = "cover.bedroom_blinds"
LAMP = "light.kitchen_ceiling"
SATELLITE = "assist_satellite.kitchen"


class Home:
    def __init__(self) -> None:
        self.clock = HeldClock()
        self.desk = PermitDesk(self.clock)
        self.house = SimulatedHouse(demo_house(), self.desk, self.clock, self.clock)
        self.mirror = Mirror(self.clock)
        self.seen: list[tuple[str, str]] = []
        self.mirror.watch(
            lambda change: self.seen.append((change.entity_id, change.state.value if change.state else ""))
        )

    async def act(self, name: str, *entities: str, **data: Json) -> Acknowledgement:
        action = Action(name, entities, data)
        return await self.house.perform(self.desk.issue(action, 1), action)

    def value(self, entity_id: str) -> str:
        return self.mirror.states[entity_id].value


@pytest.fixture
async def home() -> AsyncIterator[Home]:
    home = Home()
    await home.house.connect(home.mirror)
    home.seen.clear()
    yield home
    await home.house.close()


async def test_a_lock_passes_through_locking(home: Home) -> None:
    await home.act("lock.unlock", DOOR)
    assert home.seen == [(DOOR, "unlocking"), (DOOR, "unlocked")]


async def test_what_is_asked_aloud_is_answered_as_somebody_there_would(home: Home) -> None:
    answers = [{"id": "yes", "sentences": ["yes"]}]
    with pytest.raises(Refused, match="No answer"):
        await home.act("assist_satellite.ask_question", SATELLITE, question="Shall I?", answers=answers)
    home.house.answers[SATELLITE] = {"id": "yes", "sentence": "yes"}
    told = await home.act("assist_satellite.ask_question", SATELLITE, question="Shall I?", answers=answers)
    assert told.response == {"id": "yes", "sentence": "yes", "slots": {}}
    assert [one.data["question"] for one in home.house.performed] == ["Shall I?"] * 2


async def test_a_journey_takes_its_time_and_shows_the_way(home: Home) -> None:
    home.house.faults[BLINDS] = Fault(travel_s=20)
    await home.act("cover.close_cover", BLINDS)
    assert home.value(BLINDS) == "closing"
    assert home.mirror.states[BLINDS].attributes["current_position"] == 50
    await home.clock.advance(19)
    assert home.value(BLINDS) == "closing"
    await home.clock.advance(1)
    assert home.value(BLINDS) == "closed"
    assert home.mirror.states[BLINDS].attributes["current_position"] == 0
    assert home.mirror.states[BLINDS].changed == home.clock.now()


async def test_all_of_a_journey_carries_one_context(home: Home) -> None:
    contexts: list[str | None] = []
    home.mirror.watch(lambda change: contexts.append(change.state.context if change.state else None), [BLINDS])
    home.house.faults[BLINDS] = Fault(travel_s=5)
    acknowledgement = await home.act("cover.close_cover", BLINDS)
    await home.clock.advance(5)
    assert contexts == [acknowledgement.context_id] * 2


async def test_a_journey_can_be_stopped_on_the_way(home: Home) -> None:
    home.house.faults[BLINDS] = Fault(travel_s=20)
    await home.act("cover.close_cover", BLINDS)
    await home.act("cover.stop_cover", BLINDS)
    await home.clock.advance(60)
    assert home.value(BLINDS) == "open"
    assert home.mirror.states[BLINDS].attributes["current_position"] == 50


async def test_a_jammed_lock_says_so(home: Home) -> None:
    home.house.faults[DOOR] = Fault(jam=True)
    await home.act("lock.unlock", DOOR)
    assert home.seen == [(DOOR, "unlocking"), (DOOR, "jammed")]


async def test_a_jammed_cover_does_not_arrive(home: Home) -> None:
    home.house.faults[BLINDS] = Fault(jam=True)
    await home.act("cover.close_cover", BLINDS)
    assert home.seen == [(BLINDS, "closing"), (BLINDS, "open")]


async def test_a_silent_device_is_acted_on_and_tells_nothing(home: Home) -> None:
    home.house.faults[LAMP] = Fault(silent=True)
    await home.act("light.turn_on", LAMP)
    assert home.seen == []
    assert [action.name for action in home.house.performed] == ["light.turn_on"]


async def test_a_dead_device_is_found_out(home: Home) -> None:
    home.house.faults[LAMP] = Fault(unavailable=True)
    await home.act("light.turn_on", LAMP)
    assert home.seen == [(LAMP, "unavailable")]


async def test_an_error_of_the_device_is_a_refusal_and_nothing_moved(home: Home) -> None:
    home.house.faults[LAMP] = Fault(fail="out of bulbs")
    with pytest.raises(Refused, match="out of bulbs"):
        await home.act("light.turn_on", LAMP, "light.kitchen_sink")
    assert home.seen == []
    assert home.house.performed == []


async def test_a_line_lost_while_acting_leaves_the_act_done_and_the_answer_missing(home: Home) -> None:
    home.house.faults[LAMP] = Fault(lost=True)
    with pytest.raises(UnknownOutcome):
        await home.act("light.turn_on", LAMP)
    assert home.value(LAMP) == "on"


async def test_a_slow_device_answers_late(home: Home) -> None:
    home.house.faults[LAMP] = Fault(delay_s=3)
    acting = asyncio.create_task(home.act("light.turn_on", LAMP))
    await home.clock.advance(2)
    assert not acting.done()
    await home.clock.advance(1)
    await acting
    assert home.value(LAMP) == "on"


async def test_a_house_closed_while_a_device_is_slow_sends_nothing(home: Home) -> None:
    home.house.faults[LAMP] = Fault(delay_s=3)
    acting = asyncio.create_task(home.act("light.turn_on", LAMP))
    await home.clock.advance(1)
    await home.house.close()
    await home.clock.advance(5)
    with pytest.raises(Unavailable):
        await acting
    assert home.house.performed == []


async def test_data_that_makes_no_sense_is_refused_here_too(home: Home) -> None:
    with pytest.raises(Refused, match="from 7 to 30"):
        await home.act("climate.set_temperature", "climate.living_room", temperature=500)


async def test_the_permit_is_spent_before_anything_else_is_looked_at(home: Home) -> None:
    nonsense = Action("light.explode", ("light.nowhere",))
    permit = home.desk.issue(nonsense, 1)
    with pytest.raises(Refused, match="unknown action"):
        await home.house.perform(permit, nonsense)
    with pytest.raises(Refused, match="spent"):
        await home.house.perform(permit, nonsense)


async def test_a_hand_on_the_switch_is_seen(home: Home) -> None:
    home.house.set_state(LAMP, "on", brightness=80)
    state = home.mirror.states[LAMP]
    assert (state.value, state.attributes["brightness"], state.changed) == ("on", 80, home.clock.now())
    assert state.attributes["supported_color_modes"] == ["brightness"]


async def test_without_a_link_nothing_is_done_and_afterwards_all_is_told(home: Home) -> None:
    home.house.link(Link("lost"))
    home.house.set_state(LAMP, "on")
    assert home.seen == []
    with pytest.raises(Unavailable):
        await home.act("light.turn_on", LAMP)
    home.house.link(Link("ready"))
    assert home.seen == [(LAMP, "on")]


async def test_a_rename_reaches_the_mirror(home: Home) -> None:
    renamed: list[dict[str, str]] = []
    home.mirror.on_registry(lambda registry, mapping: renamed.append(dict(mapping)))
    house = await home.house.snapshot()
    entities = dict(house.registry.entities)
    states = dict(house.states)
    entities["light.big"] = replace(entities.pop(LAMP), entity_id="light.big")
    states["light.big"] = states.pop(LAMP)
    home.house.replace(House(replace(house.registry, entities=entities), states))
    assert renamed == [{LAMP: "light.big"}]


async def test_a_removed_entity_is_gone(home: Home) -> None:
    home.house.remove(LAMP)
    assert LAMP not in home.mirror.states


async def test_history_tells_a_span_with_the_state_it_began_in(home: Home) -> None:
    start = home.clock.now()
    for value in ("on", "off", "on"):
        await home.clock.advance(60)
        home.house.set_state(LAMP, value)
    first, second = start + timedelta(seconds=90), start + timedelta(seconds=150)
    assert [state.value for state in await home.house.history(LAMP, first, second)] == ["on", "off"]
    assert await home.house.history("light.nowhere", first, second) == []


async def test_what_a_house_recalls_is_its_history_before_now(home: Home) -> None:
    early, late = home.clock.now() - timedelta(hours=3), home.clock.now() - timedelta(hours=1)
    home.house.recall(
        {
            DOOR: [State("unlocked", changed=early), State("locked", changed=late)],
            LAMP: [State("on", changed=early), State("of no known time", changed=None)],
        }
    )
    seen = [await home.house.history(one, early, home.clock.now()) for one in (DOOR, LAMP)]
    assert [state.value for state in seen[0]] == ["unlocked", "locked"]
    assert [state.value for state in seen[1]] == ["on", "off"]
    states = (await home.house.snapshot()).states
    assert states[DOOR].changed == late  # it has been so since then


async def test_closing_stops_what_still_moves(home: Home) -> None:
    home.house.faults[BLINDS] = Fault(travel_s=20)
    await home.act("cover.close_cover", BLINDS)
    await home.house.close()
    home.seen.clear()
    await home.clock.advance(60)
    assert home.seen == []


async def test_a_timer_ends_by_itself(home: Home) -> None:
    finished: list[Json] = []
    home.mirror.on_event(lambda kind, data, _: finished.append((kind, data["entity_id"])))
    await home.house.events(["timer.finished"])
    await home.act("timer.start", "timer.kitchen", duration="00:05:00")
    await home.clock.advance(299)
    assert home.value("timer.kitchen") == "active"
    await home.clock.advance(1)
    assert home.value("timer.kitchen") == "idle"
    assert "finishes_at" not in home.mirror.states["timer.kitchen"].attributes
    assert finished == [("timer.finished", "timer.kitchen")]


async def test_a_cancelled_timer_does_not_end_again(home: Home) -> None:
    await home.act("timer.start", "timer.kitchen")
    await home.act("timer.cancel", "timer.kitchen")
    home.seen.clear()
    await home.clock.advance(3600)
    assert home.seen == []


async def test_a_hand_that_stops_a_moving_cover_ends_its_journey(home: Home) -> None:
    home.house.faults[BLINDS] = Fault(travel_s=20)
    await home.act("cover.close_cover", BLINDS)
    home.house.set_state(BLINDS, "open", current_position=70)
    await home.clock.advance(60)
    assert home.value(BLINDS) == "open"


async def test_a_declared_service_is_taken_and_changes_nothing() -> None:
    home = Home()
    feed = Service("feeder.feed", targets=False, fields={"grams": Number(low=1, high=100, whole=True)})
    home.house = SimulatedHouse(demo_house(), home.desk, home.clock, home.clock, {feed.name: feed})
    await home.house.connect(home.mirror)
    home.seen.clear()
    await home.act("feeder.feed", grams=20)
    assert home.house.performed == [Action("feeder.feed", (), {"grams": 20})]
    assert home.seen == []
    with pytest.raises(Refused, match="grams"):
        await home.act("feeder.feed", grams=2000)
    await home.house.close()
