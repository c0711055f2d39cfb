import asyncio
from pathlib import Path

import pytest

from claw.base.action import SYSTEM, Acknowledgement, Action, Message, Origin, Outcome, Permit
from claw.base.erasure import Erasure
from claw.base.errors import UnknownOutcome
from claw.gate import follow as module
from claw.gate.follow import settled
from claw.gate.verify import Seen
from claw.house.backend import Link
from claw.house.model import Change, State
from tests.gate_room import GARAGE, LAMP_OFF, LAMP_ON, OWNER, Room, gate_room

CLOSED = {"supported_features": 11, "current_position": 0}


async def quiet(room: Room) -> None:
    """Wait until nothing is followed any more."""
    await asyncio.wait_for(asyncio.gather(*room.follower._tasks), 10)
    await asyncio.sleep(0.03)


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        ({"a.a": "done", "a.b": "done"}, "done"),
        ({"a.a": "done", "a.b": "unchanged"}, "done"),
        ({"a.a": "unchanged", "a.b": "unchanged"}, "unchanged"),
        ({"a.a": "done", "a.b": "failed"}, "failed"),
        ({"a.a": "started", "a.b": "done"}, "started"),
        ({"a.a": "started", "a.b": "failed"}, "failed"),
        ({"a.a": "sent", "a.b": "done"}, "sent"),
        ({}, "sent"),
    ],
)
def test_an_outcome_is_as_bad_as_its_worst_entity(statuses: dict[str, str], status: str) -> None:
    seen = Seen(statuses, {}, ())  # type: ignore[arg-type]
    assert settled(Outcome(Action("a.b"), "unknown"), seen).status == status


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claw.gate.verify.ANSWER_S", 0.05)


@pytest.mark.usefixtures("hurried")
async def test_a_slow_device_is_started_and_its_end_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claw.gate.verify.WORTH_LEARNING_S", 0.0)
    async with gate_room(tmp_path) as room:
        room.hand.silent = True
        outcome = await room.one(GARAGE)
        assert outcome.status == "started"
        assert room.told == []
        room.hand.move(GARAGE, "ctx1")
        await quiet(room)
        (message,) = room.told
        assert (message.to, message.kind, message.urgency) == ("conversation:c1", "late", "normal")
        outcomes = [e.payload for e in room.audit.children(outcome.audit or 0) if e.kind == "outcome"]
        assert [payload["status"] for payload in outcomes if payload] == ["started", "done"]
        assert [row["action"] for row in room.db["waits"].rows] == ["cover.open_cover"]
        assert not room.mirror._watchers


@pytest.mark.usefixtures("hurried")
async def test_a_late_failure_is_told_unasked_and_urgently(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claw.gate.verify.LONGEST_S", 0.3)
    monkeypatch.setattr("claw.gate.verify.WORTH_LEARNING_S", 0.0)
    async with gate_room(tmp_path) as room:
        room.hand.silent = True
        assert (await room.one(GARAGE)).status == "started"
        await quiet(room)
        (message,) = room.told
        assert (message.text, message.urgency) == ("late: failed", "high")
        assert list(room.db["waits"].rows) == []


async def test_what_is_over_at_once_is_told_to_who_listens_and_watched_no_more(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        heard: list[tuple[str, Origin]] = []
        room.follower.noted.append(lambda outcome, origin: heard.append((outcome.status, origin)))
        await room.one(LAMP_ON)
        assert heard == [("done", OWNER)]
        assert not room.mirror._watchers


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("origin", [SYSTEM, OWNER])
async def test_the_end_of_what_nobody_asked_for_or_can_be_told_is_only_written_down(
    tmp_path: Path, origin: Origin
) -> None:
    async with gate_room(tmp_path) as room:
        room.hand.silent = True
        number = (await room.one(GARAGE, origin)).audit
        if origin is OWNER:
            room.follower.tell = None
        room.hand.move(GARAGE, "ctx1")
        await quiet(room)
        assert room.told == []
        assert room.follower.recent[number or 0][0].status == "done"


@pytest.mark.usefixtures("hurried")
async def test_closing_ends_what_is_followed_at_once(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        room.hand.silent = True
        await room.one(GARAGE)
        (task,) = room.follower._tasks
        await asyncio.wait_for(room.follower.close(), 1)
        assert task.done()


async def test_a_message_that_is_on_its_way_when_the_stop_comes_is_not_sent(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        told: list[str] = []
        way = asyncio.Event()

        async def tell(message: Message) -> None:
            await way.wait()
            told.append(message.text)

        room.follower.tell = tell
        room.follower.send(Message("everyone", "first", "note"))
        await asyncio.sleep(0)
        room.stop.engage("smoke", OWNER)
        way.set()
        await asyncio.sleep(0.01)
        assert told == []
        room.follower.send(Message("everyone", "second", "note"))
        await asyncio.sleep(0.01)
        assert told == ["second"]
        assert not room.follower._tasks


@pytest.mark.usefixtures("hurried")
async def test_of_the_latest_outcomes_a_few_are_remembered_the_last_word_counting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RECENT", 2)
    async with gate_room(tmp_path) as room:
        room.follower.tell = None
        room.hand.silent = True
        garage = (await room.one(GARAGE)).audit
        room.hand.silent = False
        on = (await room.one(LAMP_ON)).audit
        assert list(room.follower.recent) == [garage, on]
        room.hand.move(GARAGE, "ctx1")
        await quiet(room)
        off = (await room.one(LAMP_OFF)).audit
        assert list(room.follower.recent) == [garage, off]


async def test_a_lost_call_is_settled_by_state_and_never_repeated(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        room.hand.fault = UnknownOutcome("the connection was lost")
        outcome = await room.one(LAMP_ON)
        assert outcome.status == "unknown"
        room.mirror.linked(Link("lost", "restart"))
        await asyncio.sleep(0.02)
        room.mirror.synced(room.mirror.twin())
        room.mirror.changed([Change("light.lamp", State("on", {"supported_color_modes": ["brightness"]}))])
        room.mirror.linked(Link("ready"))
        await quiet(room)
        assert room.told[0].text == "late: done"
        assert len(room.hand.sent) == 1


async def test_a_device_that_still_moves_when_the_house_is_back_gets_its_time_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claw.gate.verify.LONGEST_S", 0.4)
    async with gate_room(tmp_path) as room:
        room.hand.fault = UnknownOutcome("the connection was lost")
        assert (await room.one(GARAGE)).status == "unknown"
        room.mirror.linked(Link("lost", "restart"))
        await asyncio.sleep(0.5)
        room.mirror.changed([Change("cover.garage", State("opening", CLOSED))])
        room.mirror.linked(Link("ready"))
        await asyncio.sleep(0.1)
        assert room.told == []
        room.hand.move(GARAGE)
        await quiet(room)
        assert [message.text for message in room.told] == ["late: done"]


@pytest.mark.usefixtures("hurried")
async def test_the_stop_ends_following(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        room.hand.silent = True
        await room.one(GARAGE)
        room.stop.engage("smoke", OWNER)
        await asyncio.sleep(0.02)
        assert not room.follower._tasks
        room.hand.move(GARAGE)
        await asyncio.sleep(0.02)
        assert room.told == []


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(
    ("origin", "to"),
    [
        (Origin("web", "anna", authenticated=True), "person:anna"),
        (Origin("voice:hall", place="hall"), "place:hall"),
        (Origin("mqtt"), "everyone"),
    ],
)
async def test_it_is_told_where_the_request_came_from(tmp_path: Path, origin: Origin, to: str) -> None:
    async with gate_room(tmp_path) as room:
        room.hand.silent = True
        await room.one(GARAGE, origin)
        room.hand.move(GARAGE)
        await quiet(room)
        assert room.told[0].to == to


@pytest.mark.parametrize(("name", "kept"), [("claw.model", {"tokens_in": 3}), ("calendar.get_events", None)])
async def test_an_own_act_is_written_with_its_figures_and_followed_by_no_state(
    tmp_path: Path, name: str, kept: dict[str, int] | None
) -> None:
    async with gate_room(tmp_path) as room:
        number = await room.audit.append("intent", {"action": name})
        watched = room.verifier.watch(Action(name))
        outcome = Outcome(Action(name), "unknown", "it was cut", number)
        room.follower.take(outcome, watched, Acknowledgement(response={"tokens_in": 3}), SYSTEM, None)
        assert len(room.follower._tasks) == (0 if kept else 1)
        room.follower.cut()
        await room.written()
        bodies = [one.payload or {} for one in room.audit.children(number)]
    assert [body.get("response") for body in bodies] == [kept]


async def test_an_own_act_that_answered_nothing_has_no_answer_written_down(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        number = (await room.one(Action("claw.notify", (), {"to": "everyone", "text": "dinner"}))).audit
        await room.written()
        (outcome,) = room.audit.children(number or 0)
        assert outcome.payload is not None
        assert "response" not in outcome.payload


async def test_an_outcome_whose_entry_is_forgotten_is_remembered_no_more(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        numbers = [(await room.one(action)).audit for action in (LAMP_ON, LAMP_OFF)]
        assert room.follower.erase(Erasure(entries=frozenset({numbers[0] or 0}))) == 1
        assert list(room.follower.recent) == [numbers[1]]
        assert room.follower.erase(Erasure(everything=True)) == 1


class Known:
    """Knows any routine as Anna's."""

    def maker(self, origin: Origin) -> Origin:
        del origin
        return Origin("web", "anna", authenticated=True)

    def bound(self, actions: object, origin: object) -> None:
        """Let everything pass."""

    def charged(self, action: object, origin: object) -> None:
        """Let everything pass."""


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(("moves", "told"), [(True, []), (False, ["late: failed"])])
async def test_what_a_routine_did_is_no_news_and_what_it_did_not_is(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    moves: bool,
    told: list[str],
) -> None:
    monkeypatch.setattr("claw.gate.verify.LONGEST_S", 0.3)
    monkeypatch.setattr("claw.gate.verify.WORTH_LEARNING_S", 0.0)
    async with gate_room(tmp_path) as room:
        room.judge.makers = Known()
        ended: list[str] = []
        room.follower.ended.append(lambda outcome, origin: ended.append(f"{origin.routine} {outcome.status}"))
        room.hand.silent = True
        await room.one(GARAGE, Origin("routine", "anna", authenticated=True, routine="evening"))
        if moves:
            room.hand.move(GARAGE)
        await quiet(room)
        assert [one.text for one in room.told] == told
        assert ended == ["evening done" if moves else "evening failed"]


async def test_what_the_house_answered_is_told_to_who_listens_and_kept_nowhere(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        heard: list[tuple[str, object]] = []
        room.follower.responded.append(lambda outcome, response: heard.append((outcome.action.name, response)))
        perform = room.hand.perform

        async def answers(permit: Permit, action: Action) -> Acknowledgement:
            ack = await perform(permit, action)
            return Acknowledgement(ack.context_id, {"id": "yes", "sentence": "yes, and my secret"})

        room.hand.perform = answers  # type: ignore[method-assign]
        outcome = await room.one(LAMP_ON)
        assert heard == [("light.turn_on", {"id": "yes", "sentence": "yes, and my secret"})]
        assert all("secret" not in str(one.payload) for one in room.audit.children(outcome.audit or 0))
        room.hand.perform = perform  # type: ignore[method-assign]
        await room.one(LAMP_OFF)
        assert len(heard) == 1
