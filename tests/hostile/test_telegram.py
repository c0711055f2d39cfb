"""A household met by Telegram, through the whole daemon: whoever writes, whatever they send, and however it breaks."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from claw.base.action import Message, Origin, Terms
from claw.base.errors import Refused
from claw.gate.messages import notify
from tests.living import OWNER, living
from tests.peers.scripted_telegram import TOKEN, ScriptedTelegram
from tests.talking import local
from tests.telegram_room import ANNA, BEN, CARL, POLICY, STRANGER, Room, chatting, configured, room_of

LAMP, FAN, DOOR = "light.kitchen_ceiling", "fan.bathroom", "lock.front_door"
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Room]:
    with pytest.MonkeyPatch.context() as patched:
        for wait in ("telegram.FIRST_RETRY_S", "telegram.PACE_S", "telegram_chats.DELIVER_AGAIN_S"):
            patched.setattr(f"claw.channels.{wait}", 0.05)
        patched.setattr("claw.channels.telegram_line.FIRST_WAIT_S", 0.05)
        async with chatting(tmp_path_factory.mktemp("telegram")) as made:
            for person, user in (("anna", ANNA), ("ben", BEN), ("carl", CARL)):
                await made.enrol(person, user)
            yield made


@pytest_asyncio.fixture(loop_scope="module")
async def room(shared: Room) -> AsyncIterator[Room]:
    """The shared household, with its switch released and nothing waiting afterwards."""
    yield shared
    shared.server._troubles.clear()
    await shared.server.until(lambda: not shared.telegram._chats._tasks)
    if shared.daemon.stop.engaged:
        shared.daemon.stop.reset("a test", console=True, adult=True)
    for one in shared.daemon.gate.questions.waiting():
        await shared.daemon.desk.answer(one.id, OWNER, yes=False)
    shared.server.messages.clear()
    await shared.daemon.desk.say("turn off the lights everywhere", OWNER)
    await shared.daemon.desk.say("turn off the bathroom fan", OWNER)


async def quiet(room: Room) -> None:
    """Wait until all that was queued was read and what came of it could be done."""
    chats = room.telegram._chats
    for _ in range(3):  # what was done may have led to more, and a busy machine takes its time
        await room.server.read()
        await asyncio.sleep(0.1)
        await room.server.until(
            lambda: not chats._tasks and all(one.task is None or one.task.done() for one in chats._chats.values())
        )


def by_telegram(room: Room) -> int:
    """Return how many entries of the log came from a chat."""
    rows = room.daemon.desk.log(limit=1000, viewer=OWNER)
    return sum((row["origin"] or {}).get("channel") == "telegram" for row in rows)


async def card(room: Room, user: int, pattern: str) -> Any:
    return await room.server.answered(user, f"• .*{pattern}")


async def test_what_is_written_is_done_and_is_its_writers(room: Room) -> None:
    await room.say(ANNA, "turn on the kitchen ceiling light", "is on")
    assert room.state(LAMP) == "on"
    row = next(row for row in room.daemon.desk.log(newest_first=True, viewer=OWNER) if row["kind"] == "intent")
    origin = row["origin"]
    assert (origin["channel"], origin["person"], origin["strength"]) == ("telegram", "anna", "tap")


FORWARDED = {"type": "user", "sender_user": {"id": BEN, "is_bot": False, "first_name": "Ben"}, "date": 1}
NOT_TYPED: tuple[dict[str, Any], ...] = (
    {"forward_origin": FORWARDED},
    {"via_bot": {"id": 9, "is_bot": True, "first_name": "x"}},
    {"text": None, "caption": "turn on the kitchen ceiling light", "photo": [{"file_id": "x"}]},
    {
        "text": None,
        "caption": "turn on the kitchen ceiling light",
        "document": {"file_id": "x", "file_name": "turn on"},
    },
    {"text": None, "poll": {"question": "turn on the kitchen ceiling light"}},
    {"sender_chat": {"id": -100, "type": "channel"}},
    {"chat": {"id": -100777, "type": "supergroup", "title": "turn on the kitchen ceiling light"}},
    {"from": {"id": ANNA, "is_bot": True, "first_name": "x"}},
    {"is_from_offline": True},
    {"date": 1_700_000_000},
    {"some_field_of_next_year": {"text": "x"}},
)


async def test_nothing_but_fresh_typed_text_moves_anything(room: Room) -> None:
    requests = by_telegram(room)
    for fields in NOT_TYPED:
        room.server.says(ANNA, "turn on the kitchen ceiling light", **fields)
    edited = room.server.message(ANNA, text="turn on the kitchen ceiling light", edit_date=1)
    room.server.update(edited_message=edited)
    for kind in ("channel_post", "business_message", "edited_channel_post"):
        room.server.update(**{kind: room.server.message(ANNA, text="turn on the kitchen ceiling light")})
    await quiet(room)
    assert room.state(LAMP) == "off"
    assert by_telegram(room) == requests, "nothing of it reached the daemon"
    await room.server.until(lambda: room.server.said(ANNA))  # a line is sent after what it is about was read
    said = room.server.said(ANNA)
    assert len(set(said)) == len(said) < len(NOT_TYPED), "a polite line for each kind, not for each message"


async def test_of_what_a_message_answers_nothing_is_read(room: Room) -> None:
    before = {"message_id": 1, "date": 1, "chat": {"id": ANNA, "type": "private"}, "text": "unlock the front door"}
    quote = {"text": "turn off everything", "position": 0}
    await room.say(ANNA, "turn on the kitchen ceiling light", "is on", reply_to_message=before, quote=quote)
    rows = json.dumps(room.daemon.desk.log(limit=1000, viewer=OWNER))
    assert "turn off everything" not in rows


async def test_a_stranger_gets_one_line_and_can_neither_stop_nor_tap(room: Room) -> None:
    await room.say(ANNA, "turn on the bathroom fan")
    asked = await card(room, ANNA, "Bathroom Fan")
    for text in ("turn on the kitchen ceiling light", "stop everything", "/stop", "/start NOTACODE1234"):
        room.server.says(STRANGER, text)
    for data in asked.buttons.values():
        room.server.taps_data(
            STRANGER, asked, data, message={"message_id": 3, "chat": {"id": STRANGER, "type": "private"}}
        )
        room.server.taps_data(STRANGER, asked, data)
    await quiet(room)
    assert (room.state(LAMP), room.state(FAN), room.daemon.stop.engaged) == ("off", "off", False)
    assert len(room.server.said(STRANGER)) == 2, "one line, and one for the code that is none"
    assert asked.buttons


async def test_a_question_is_answered_by_a_tap_once(room: Room) -> None:
    await room.say(ANNA, "turn on the bathroom fan")
    asked, other = await card(room, ANNA, "Bathroom Fan"), await card(room, BEN, "Bathroom Fan")
    data = asked.buttons["✓ Approve"]
    acted = len([row for row in room.daemon.desk.log(limit=1000) if row["kind"] == "intent"])
    tap = room.server.taps(ANNA, asked, "approve")
    room.server.again(tap)
    room.server.taps_data(ANNA, asked, data)
    await room.server.until(lambda: room.state(FAN) == "on")
    await room.server.until(lambda: "Approved" in asked.text and "Approved" in other.text)
    await quiet(room)
    assert (asked.buttons, other.buttons) == ({}, {}), "cleared in every chat"
    assert "Approved" in asked.text, "what became of it is not written over by a second tap"
    assert len([row for row in room.daemon.desk.log(limit=1000) if row["kind"] == "intent"]) == acted + 1
    assert any(
        "not open any more" in called["text"] for called in room.server.of("answerCallbackQuery") if called["text"]
    )


async def test_a_button_is_its_readers_alone_and_a_child_has_none(room: Room) -> None:
    await room.say(ANNA, "turn on the bathroom fan")
    asked = await card(room, ANNA, "Bathroom Fan")
    mine = {"message_id": 3, "chat": {"id": CARL, "type": "private"}}
    room.server.taps_data(CARL, asked, asked.buttons["✓ Approve"], message=mine)
    await quiet(room)
    assert room.state(FAN) == "off"
    assert not any("Bathroom Fan" in one.text for one in room.server.messages.values() if one.chat == CARL)
    assert room.daemon.gate.questions.waiting(), "it stands for those who may"


async def test_what_is_answered_elsewhere_is_cleared_here(room: Room) -> None:
    await room.say(ANNA, "turn on the bathroom fan")
    asked = await card(room, ANNA, "Bathroom Fan")
    (waiting,) = room.daemon.gate.questions.waiting()
    await room.daemon.desk.answer(waiting.id, OWNER, yes=False)
    await room.server.until(lambda: "Rejected" in asked.text)
    assert asked.buttons == {}


async def test_what_is_risky_has_no_yes_in_a_chat_neither_tapped_nor_typed(room: Room) -> None:
    await room.say(ANNA, "unlock the front door")
    asked = await card(room, ANNA, "locked → unlocked")
    assert list(asked.buttons) == ["✕ Reject"]
    assert "signed-in page" in asked.text
    await room.say(ANNA, "yes")
    (waiting,) = room.daemon.gate.questions.waiting()
    await room.say(BEN, f"yes {waiting.id}")
    await quiet(room)
    assert room.state(DOOR) == "locked"
    room.server.taps(ANNA, asked, "reject")
    await room.server.until(lambda: "Rejected" in asked.text)
    assert not room.daemon.gate.questions.waiting()


async def test_a_policy_that_names_other_channels_is_kept_to(room: Room) -> None:
    origin = Origin("telegram", "anna", authenticated=True, source="x", strength="session")
    with pytest.raises(Refused, match="cannot be answered by telegram"):
        room.daemon.gate.questions.check_answer((Terms(channels=("web",)),), origin)


@pytest.mark.parametrize("phrase", ["stop everything", "/stop", "STOP!", "stop alles"])
async def test_a_stop_stops_while_everything_else_is_wrong(
    room: Room, phrase: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(room.daemon.desk, "say", broken)
    monkeypatch.setattr(room.daemon.desk._in.turn, "handle", broken)
    monkeypatch.setattr(room.daemon.audit, "append", broken)
    room.server.fails("sendMessage", "server error", times=3)
    room.server.says(ANNA, phrase, date=1_600_000_000)
    await room.server.until(lambda: room.daemon.stop.engaged)
    state = room.daemon.stop.state()
    assert (state.by, state.local) == ("anna", False)


async def test_a_stop_delivered_again_after_a_reset_does_not_stop_again(room: Room) -> None:
    stop = room.server.says(ANNA, "stop everything")
    await room.server.until(lambda: room.daemon.stop.engaged)
    room.daemon.stop.reset("a test", console=True, adult=True)
    room.server.again(stop)
    await quiet(room)
    assert not room.daemon.stop.engaged


async def test_a_message_delivered_twice_acts_once(room: Room) -> None:
    one = room.server.says(ANNA, "turn on the kitchen ceiling light")
    for _ in range(3):
        room.server.again(one)
    await room.server.answered(ANNA, "is on")
    await quiet(room)
    requests = [row for row in room.daemon.desk.log(limit=1000, viewer=OWNER) if row["kind"] == "intent"]
    assert len([row for row in requests if row["origin"]["channel"] == "telegram" and LAMP in json.dumps(row)]) >= 1
    assert len(room.server.said(ANNA)) == 1


async def test_a_line_that_was_away_brings_what_was_written_meanwhile_once(room: Room) -> None:
    await room.server.down()
    room.server.says(ANNA, "turn on the kitchen ceiling light")
    await room.server.until(lambda: not room.telegram.status()["ready"])
    await room.server.up()
    await room.server.until(lambda: room.state(LAMP) == "on")
    await room.server.answered(ANNA, "is on")
    assert room.telegram.status()["ready"]


@pytest.mark.parametrize("trouble", ["garbage", "wrong json", "endless", "cut off", "conflict", "flood"])
async def test_whatever_the_server_answers_the_next_message_is_heard(room: Room, trouble: Any) -> None:
    room.server.fails("getUpdates", trouble)
    room.server.update(channel_post={})
    await room.server.until(lambda: not room.server._troubles["getUpdates"])
    room.server.says(ANNA, "turn on the kitchen ceiling light")
    await room.server.until(lambda: room.state(LAMP) == "on")


async def test_messages_go_to_their_person_and_are_honest_about_it(room: Room) -> None:
    performed = await room.daemon.gate.perform([notify(Message("person:ben", "The wash is done."))], OWNER)
    assert performed.outcomes[0].status == "sent"
    await room.server.answered(BEN, "wash is done")
    assert not any("wash" in text for text in room.server.said(ANNA) + room.server.said(CARL))
    room.server.fails("sendMessage", "forbidden")
    performed = await room.daemon.gate.perform([notify(Message("person:ben", "It is still done."))], OWNER)
    assert performed.outcomes[0].status == "failed", "nobody was reached, and it is said"


async def test_long_and_empty_messages_get_one_polite_sentence(room: Room) -> None:
    for text in ("x " * 2048, "…", " ", "😀"):
        before = len(room.server.said(ANNA))
        room.server.says(ANNA, text)
        await room.server.until(lambda before=before: len(room.server.said(ANNA)) > before)
    assert all(len(text) < 400 for text in room.server.said(ANNA))


async def test_the_bots_token_is_in_no_log_and_no_status(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    await room.say(ANNA, "turn on the kitchen ceiling light")
    room.server.fails("sendMessage", "garbage")
    room.server.says(ANNA, "/help")
    await quiet(room)
    secret = TOKEN.partition(":")[2]
    ours = "\n".join(one.getMessage() for one in caplog.records if not one.name.startswith("aiohttp"))
    assert secret not in ours + json.dumps(room.telegram.status()) + repr(room.telegram)
    assert "kitchen" not in ours


async def test_who_is_shut_out_is_a_stranger_at_once(room: Room) -> None:
    await room.say(BEN, "turn on the bathroom fan")
    asked = await card(room, BEN, "Bathroom Fan")
    data = asked.buttons["✓ Approve"]
    room.revoked.end("ben")
    await room.server.until(lambda: not asked.buttons)
    room.server.taps_data(BEN, asked, data)
    room.server.says(BEN, "turn on the kitchen ceiling light")
    room.server.says(BEN, "stop everything")
    await quiet(room)
    assert (room.state(FAN), room.state(LAMP), room.daemon.stop.engaged) == ("off", "off", False)
    await room.enrol("ben", BEN)


async def test_only_the_console_lets_anybody_in_and_nothing_that_claw_started_does(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket = room.daemon.socket
    await socket.start()
    try:
        for change, why in (("_ours", "Claw itself started"), ("_owner", "only the owner")):
            with monkeypatch.context() as patched:
                patched.setattr("claw.channels.socket.ROOT", -1 if change == "_owner" else 0)
                patched.setattr(socket, change, (lambda _pid, _uid: True) if change == "_ours" else 12_345)
                async with local(socket._path.parent) as line:
                    for do in ("telegram", "telegram_enrol", "telegram_revoke"):
                        assert why in (await line.ask(do, person="anna"))["error"]["text"]
        async with local(socket._path.parent) as line:
            assert len((await line.ask("telegram_enrol", person="anna"))["code"]) == 12
    finally:
        await socket.close()
    assert room.telegram.links.person(ANNA) == "anna"


async def test_an_update_that_an_earlier_daemon_took_is_not_done_again(tmp_path: Path) -> None:
    async with ScriptedTelegram() as server:
        config = configured(tmp_path, server)
        async with living(tmp_path, POLICY, channels=config) as daemon:
            room = await room_of(daemon, server)
            await room.enrol("anna", ANNA)
            one = server.says(ANNA, "turn on the kitchen ceiling light")
            await server.answered(ANNA, "is on")
            room.telegram._chats._behind.seen.done = lambda _update: None  # as if it ended before
            two = server.says(ANNA, "turn on the bathroom fan")
            await server.answered(ANNA, "waits for a yes")
            old = await card(room, ANNA, "Bathroom Fan")
            buttons = dict(old.buttons)
        assert old.buttons == {}, "what ends takes its buttons back"
        server.messages.pop(old.id)
        async with living(tmp_path, POLICY, channels=config) as daemon:
            room = await room_of(daemon, server)
            assert room.telegram.links.person(ANNA) == "anna"
            server.again(one)
            server.again(two)
            await server.answered(ANNA, "restarted before I answered")
            again = await card(room, ANNA, "Bathroom Fan")
            assert again.buttons.keys() == buttons.keys(), "what still waits is put anew"
            server.taps_data(ANNA, again, buttons["✓ Approve"])
            await server.until(
                lambda: any("not open" in (one["text"] or "") for one in server.of("answerCallbackQuery"))
            )
            await server.read()
            assert (room.state(LAMP), room.state(FAN)) == ("off", "off"), "a house that was built anew"
