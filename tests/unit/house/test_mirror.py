import asyncio
import time
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from claw.base.errors import Unavailable
from claw.house.backend import Link
from claw.house.file import load_house
from claw.house.mirror import Mirror
from claw.house.model import Change, House, Registry, State
from tests.held_clock import HeldClock

SMALL = Path(__file__).parents[3] / "tests" / "houses" / "small.yaml"


@pytest.fixture
def house() -> House:
    return load_house(SMALL)


@pytest.fixture
def mirror(house: House) -> Mirror:
    mirror = Mirror(HeldClock())
    mirror.synced(house)
    mirror.linked(Link("ready"))
    return mirror


def renamed(house: House, old: str, new: str) -> House:
    entities = dict(house.registry.entities)
    entities[new] = replace(entities.pop(old), entity_id=new)
    states = dict(house.states)
    states[new] = states.pop(old)
    return House(replace(house.registry, entities=MappingProxyType(entities)), states)


def test_follows_changes_in_order(mirror: Mirror) -> None:
    seen: list[Change] = []
    mirror.watch(seen.append)
    changes = [Change("light.hall", State("off")), Change("light.hall", State("on")), Change("light.new", State("on"))]
    mirror.changed(changes)
    assert seen == changes
    assert mirror.states["light.hall"].value == "on"


def test_a_removed_entity_is_gone(mirror: Mirror) -> None:
    mirror.changed([Change("light.hall", None), Change("light.never_was", None)])
    assert "light.hall" not in mirror.states


def test_a_watcher_hears_only_of_its_own_entities_until_it_ends(mirror: Mirror) -> None:
    seen: list[str] = []
    unwatch = mirror.watch(lambda change: seen.append(change.entity_id), ["light.hall", "lock.door"])
    mirror.changed([Change("light.attic", State("on")), Change("lock.door", State("unlocked"))])
    unwatch()
    unwatch()
    mirror.changed([Change("lock.door", State("locked"))])
    assert seen == ["lock.door"]


def test_a_watcher_may_end_while_it_is_called(mirror: Mirror) -> None:
    calls: list[str] = []

    def once(change: Change) -> None:
        calls.append(change.entity_id)
        unwatch()

    unwatch = mirror.watch(once, ["light.hall"])
    mirror.watch(lambda _: calls.append("other"), ["light.hall"])
    mirror.changed([Change("light.hall", State("off")), Change("light.hall", State("on"))])
    assert calls == ["light.hall", "other", "other"]


def test_a_failing_watcher_does_not_cost_the_others_their_news(
    mirror: Mirror, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(change: Change) -> None:
        raise ValueError(change.entity_id)

    seen: list[Change] = []
    mirror.watch(failing, ["light.hall"])
    mirror.watch(seen.append, ["light.hall"])
    mirror.changed([Change("light.hall", State("off"))])
    assert len(seen) == 1
    assert "A watcher of the house failed" in caplog.text


def test_the_view_moves_and_the_twin_stands_still(mirror: Mirror) -> None:
    view, twin = mirror.house(), mirror.twin()
    mirror.changed([Change("light.hall", State("off"))])
    assert (view.states["light.hall"].value, twin.states["light.hall"].value) == ("off", "on")
    assert mirror.house() is view


def test_the_view_is_read_only(mirror: Mirror) -> None:
    with pytest.raises(TypeError):
        mirror.house().states["light.hall"] = State("off")  # type: ignore[index]


def test_a_new_snapshot_tells_what_differs(mirror: Mirror, house: House) -> None:
    seen: list[Change] = []
    mirror.watch(seen.append)
    states = dict(house.states)
    del states["lock.door"]
    states["light.hall"] = State("off")
    mirror.synced(House(house.registry, states))
    assert seen == [Change("lock.door", None), Change("light.hall", State("off"))]


def test_the_same_registry_again_is_no_news(mirror: Mirror, house: House) -> None:
    told: list[Registry] = []
    mirror.on_registry(lambda registry, renamed: told.append(registry))
    before = mirror.registry
    mirror.synced(House(replace(house.registry, version=99), house.states))
    assert told == []
    assert mirror.registry is before


def test_a_rename_is_reported_and_the_version_counts_up(mirror: Mirror, house: House) -> None:
    told: list[tuple[int, dict[str, str]]] = []
    mirror.on_registry(lambda registry, renamed: told.append((registry.version, dict(renamed))))
    before = mirror.registry.version
    mirror.synced(renamed(house, "light.hall", "light.entrance"))
    assert told == [(before + 1, {"light.hall": "light.entrance"})]
    assert "light.hall" not in mirror.states


def test_an_entity_without_registry_id_is_gone_and_new_not_renamed(mirror: Mirror, house: House) -> None:
    told: list[dict[str, str]] = []
    mirror.on_registry(lambda registry, renamed: told.append(dict(renamed)))
    mirror.synced(renamed(house, "lock.door", "lock.front"))
    assert told == [{}]


async def test_is_ready_when_linked_and_synced(house: House) -> None:
    mirror = Mirror(HeldClock())
    waiting = asyncio.create_task(mirror.wait_ready(5))
    mirror.linked(Link("ready"))
    assert not mirror.ready
    mirror.synced(house)
    await waiting
    assert mirror.ready


async def test_a_lost_link_is_not_ready_until_it_is_back(mirror: Mirror) -> None:
    told: list[str] = []
    mirror.on_link(lambda link: told.append(link.status))
    mirror.linked(Link("lost", "gone"))
    with pytest.raises(Unavailable, match="lost"):
        await mirror.wait_ready(0.01)
    mirror.linked(Link("ready"))
    await mirror.wait_ready(0.01)
    assert told == ["lost", "ready"]


async def test_remembers_since_when_the_link_stands_so() -> None:
    clock = HeldClock()
    mirror = Mirror(clock)
    await clock.advance(60)
    mirror.linked(Link("ready"))
    since = mirror.link_since
    await clock.advance(60)
    mirror.linked(Link("ready"))
    assert mirror.link_since == since


def test_events_reach_who_asked(mirror: Mirror) -> None:
    seen: list[tuple[str, object, str | None]] = []
    stop = mirror.on_event(lambda kind, data, context: seen.append((kind, dict(data), context)))
    mirror.happened("call", {"a": 1}, "c1")
    stop()
    mirror.happened("call", {"a": 2})
    assert seen == [("call", {"a": 1}, "c1")]


def test_five_thousand_changes_cost_under_a_tenth_of_a_second(mirror: Mirror) -> None:
    for number in range(3000):
        mirror.watch(lambda change: None, [f"light.l{number}"])
    mirror.watch(lambda change: None)
    changes = [Change(f"light.l{number % 3000}", State("on" if number % 2 else "off")) for number in range(5000)]
    best = min(_cost(mirror, changes) for _ in range(5))
    assert best < 0.1


def _cost(mirror: Mirror, changes: list[Change]) -> float:
    start = time.process_time()
    for change in changes:
        mirror.changed([change])
    return time.process_time() - start


def test_every_new_registry_is_followed_before_anybody_sees_it(house: House) -> None:
    def follow(registry: Registry) -> Registry:
        entities = {name: replace(entity, former=f"was.{entity.name}") for name, entity in registry.entities.items()}
        return replace(registry, entities=entities)

    mirror = Mirror(HeldClock(), follow)
    seen: list[Registry] = []
    mirror.on_registry(lambda registry, _renamed: seen.append(registry))
    mirror.synced(house)
    mirror.synced(house)
    mirror.synced(renamed(house, "light.hall", "light.stairs"))
    assert len(seen) == 2
    assert all(entity.former for registry in seen for entity in registry.entities.values())
    assert mirror.house().registry is mirror.registry is seen[-1]


def test_a_house_that_is_not_followed_is_old(house: House) -> None:
    mirror = Mirror(HeldClock())
    assert mirror.house().stale
    mirror.synced(house)
    assert mirror.house().stale
    mirror.linked(Link("ready"))
    assert not mirror.house().stale
    assert not mirror.twin().stale
    mirror.linked(Link("lost"))
    assert mirror.house().stale
    assert mirror.twin().stale
    mirror.linked(Link("ready"))
    assert not mirror.house().stale


def test_what_adds_to_the_registry_does_so_whatever_follows_it(house: House) -> None:
    names: list[str] = []

    def called(registry: Registry) -> Registry:
        entities = {key: replace(entity, called=tuple(names)) for key, entity in registry.entities.items()}
        return replace(registry, entities=entities)

    mirror = Mirror(HeldClock())
    renew = mirror.add(called)
    mirror.synced(house)
    seen: list[Registry] = []
    mirror.on_registry(lambda registry, _renamed: seen.append(registry))
    names.append("Jupiter")
    renew()
    renew()
    assert len(seen) == 1
    mirror.follow_by(lambda registry: registry)
    mirror.synced(house)
    assert {entity.called for entity in mirror.registry.entities.values()} == {("Jupiter",)}
    told = mirror.told
    assert told is not None
    assert {entity.called for entity in told.entities.values()} == {()}


def test_only_what_somebody_did_themselves_is_told_as_theirs() -> None:
    mirror, seen = Mirror(HeldClock()), list[object]()
    leave = mirror.on_hand(lambda kind, data, user: seen.append((kind, dict(data), user)))
    mirror.happened("tap", {"a": 1}, "c1")
    mirror.happened("tap", {"a": 2}, "c2", "anna")
    leave()
    mirror.happened("tap", {"a": 3}, "c3", "anna")
    assert seen == [("tap", {"a": 2}, "anna")]
