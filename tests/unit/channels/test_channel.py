import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from claw.base.action import Action, Json, Origin, to_json
from claw.base.config import ModelConfig
from claw.base.errors import Broken, Refused
from claw.channels.channel import FEED_LIMIT
from claw.daemon.build import Daemon
from claw.gate.answering import Choice
from claw.house.model import Change, House, State
from tests.living import CONSOLE, NOBODY, OWNER, living

CHILD = Origin("web", "mia", authenticated=True, source="test")


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    async with living(tmp_path) as made:
        yield made


async def test_everything_told_is_json(daemon: Daemon) -> None:
    await daemon.desk.say("turn on the kitchen lights", OWNER)
    await daemon.desk.say("unlock the front door", OWNER)
    for answer in (
        daemon.desk.status(),
        daemon.desk.house(),
        daemon.desk.log(),
        daemon.desk.why(1),
        daemon.desk.ruling.check(),
    ):
        json.dumps(answer, allow_nan=False)


@pytest.mark.parametrize(
    ("taken_away", "kind"),
    [
        ((), "bubblewrap"),
        (("claw.program.sandbox.bubblewrap",), "plain"),
        (("claw.program.sandbox.bubblewrap", "claw.program.sandbox.binary"), "none"),
    ],
)
async def test_the_status_says_what_programs_run_in(
    taken_away: tuple[str, ...], kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claw.program.sandbox.bubblewrap", lambda: "/usr/bin/bwrap")
    for name in taken_away:
        monkeypatch.setattr(name, lambda: None)
    for model in (None, ModelConfig(name="small")):
        async with living(tmp_path, model=model) as made:
            assert made.desk.status()["sandbox"] == kind
            assert made.stopping.children.alive() == [], "and nothing was started to find out"


async def test_an_entry_of_the_log_is_prepared_once_for_all_who_see_the_same_of_it(daemon: Daemon) -> None:
    private = Origin("web", "anna", authenticated=True, source="another browser")
    async with daemon.desk.feed(OWNER) as one, daemon.desk.feed(private) as two, daemon.desk.feed(NOBODY) as stranger:
        await daemon.desk.say("turn on the kitchen lights", OWNER)
        mine, hers, others = [await logged(queue) for queue in (one, two, stranger)]
    assert mine is hers
    assert "kitchen lights" in json.dumps(mine)
    assert "kitchen lights" not in json.dumps(others)


async def logged(queue: asyncio.Queue[dict[str, Json]]) -> Json:
    """Return the first entry of the log that a feed brings."""
    while (event := await asyncio.wait_for(queue.get(), 5))["type"] != "log":
        pass
    return event["entry"]


async def test_a_code_that_came_with_an_action_is_shown_to_nobody(daemon: Daemon) -> None:
    unlock = Action("lock.unlock", ("lock.front_door",), {"code": "48392017"})
    async with daemon.desk.feed() as queue:
        asked = await daemon.desk.act([unlock], OWNER)
        told = [asked, *daemon.desk.pending()]
        answered = await daemon.desk.answer(asked.pending[0].id, CONSOLE, yes=True)
        assert answered.outcomes[0].status == "done"
        told += [answered, daemon.desk.log(limit=1000)]
        await asyncio.sleep(0.05)
        told += [queue.get_nowait() for _ in range(queue.qsize())]
    assert "48392017" not in json.dumps(to_json(told))


async def test_why_follows_a_question_to_its_end(daemon: Daemon) -> None:
    await daemon.desk.say("unlock the front door", NOBODY)
    (pending,) = daemon.gate.questions.waiting()
    picked = Choice(number=pending.number)
    reply = await daemon.desk.answer(pending.id, OWNER, yes=True, choice=picked)
    why = daemon.desk.why(reply.outcomes[0].audit or 0)
    assert [cause["kind"] for cause in why["because"]] == ["answer", "question", "request"]
    with pytest.raises(Refused):
        daemon.desk.why(10_000)


async def test_a_stop_by_page_is_reset_by_an_adult_on_a_page_but_not_by_a_child(daemon: Daemon) -> None:
    await daemon.desk.stop("smoke", OWNER)
    with pytest.raises(Refused):
        await daemon.desk.reset("toast", CHILD, console=False)
    with pytest.raises(Refused, match="reason"):
        await daemon.desk.reset("", OWNER, console=False)
    assert daemon.stop.engaged
    await daemon.desk.reset("toast", OWNER, console=False)
    assert not daemon.stop.engaged


async def test_a_stop_by_console_is_reset_only_there(daemon: Daemon) -> None:
    await daemon.desk.stop("smoke", CONSOLE)
    with pytest.raises(Refused, match="console"):
        await daemon.desk.reset("toast", OWNER, console=False)
    await daemon.desk.reset("toast", CONSOLE, console=True)
    assert not daemon.stop.engaged


async def test_a_reset_that_cannot_be_logged_does_not_happen(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    await daemon.desk.stop("smoke", OWNER)

    async def full(*_: object, **__: object) -> int:
        raise Broken("audit.db cannot be used: disk full")

    monkeypatch.setattr(daemon.audit, "append", full)
    with pytest.raises(Broken):
        await daemon.desk.reset("toast", OWNER, console=False)
    assert daemon.stop.engaged


async def test_stop_and_reset_are_in_the_log(daemon: Daemon) -> None:
    await daemon.desk.stop("smoke", OWNER)
    await daemon.desk.reset("toast", OWNER, console=False)
    await asyncio.sleep(0.05)
    kinds = [entry["kind"] for entry in daemon.desk.log()]
    assert kinds.count("stop") == 1
    assert "reset" in kinds


async def test_the_feed_tells_states_log_questions_and_stop(daemon: Daemon) -> None:
    async with daemon.desk.feed() as queue:
        await daemon.desk.say("turn on the kitchen lights", OWNER)
        await daemon.desk.say("unlock the front door", OWNER)
        await daemon.desk.stop("smoke", OWNER)
        await asyncio.sleep(0.05)
        events = [queue.get_nowait() for _ in range(queue.qsize())]
    assert {"state", "log", "pending", "stop"} <= {event["type"] for event in events}
    asked = [event for event in events if event["type"] == "pending" and event["pending"]]
    assert asked[0]["pending"][0]["actions"][0]["name"] == "lock.unlock"


async def test_a_listener_that_falls_behind_is_told_so_and_costs_no_more(daemon: Daemon) -> None:
    async with daemon.desk.feed() as queue:
        for number in range(FEED_LIMIT + 50):
            daemon.mirror.changed([Change("sensor.outdoor", State(str(number)))])
        assert queue.qsize() == FEED_LIMIT + 1
        events = [queue.get_nowait() for _ in range(queue.qsize())]
    assert events[-1] == {"type": "lost"}


async def test_leaving_the_feed_leaves_nothing_behind(daemon: Daemon) -> None:
    before = len(daemon.stop.told)
    async with daemon.desk.feed():
        assert len(daemon.stop.told) == before + 1
    assert daemon.desk._in.messages.listeners == []
    assert len(daemon.stop.told) == before


async def test_the_policy_is_explained(daemon: Daemon) -> None:
    told = daemon.desk.explain(Action("lock.unlock", ("lock.front_door",)), OWNER)
    assert told["decision"]["effect"] == "confirm"
    with pytest.raises(Refused):
        daemon.desk.explain(Action("lock.explode", ("lock.front_door",)), OWNER)


async def test_refused_requests_are_one_row(daemon: Daemon) -> None:
    await daemon.desk.refused("127.0.0.1", "unauthenticated", 17)
    await asyncio.sleep(0.05)
    assert daemon.desk.log(newest_first=True)[0]["payload"]["count"] == 17


async def test_a_changed_registry_is_seen_and_an_unchanged_one_is_not_walked_again(daemon: Daemon) -> None:
    first = daemon.desk.house()
    lamp = daemon.mirror.registry.entities["light.kitchen_ceiling"]
    daemon.mirror.changed([Change(lamp.entity_id, State("on"))])
    again = daemon.desk.house()
    assert again["areas"] is first["areas"]
    assert of(again, lamp.entity_id) == {**of(first, lamp.entity_id), "state": "on", "attributes": {}}
    entities = {**daemon.mirror.registry.entities, lamp.entity_id: replace(lamp, name="Sun\u202e", area="hall")}
    daemon.mirror.synced(House(replace(daemon.mirror.registry, entities=entities), daemon.mirror.states))
    renamed = of(daemon.desk.house(), lamp.entity_id)
    assert (renamed["name"], renamed["area"], renamed["state"]) == ("Sun", "hall", "on")
    assert daemon.desk.house()["version"] > first["version"]


def of(house: dict[str, Json], entity_id: str) -> dict[str, Json]:
    return next(one for one in house["entities"] if one["entity_id"] == entity_id)
