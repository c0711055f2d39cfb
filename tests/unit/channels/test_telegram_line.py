"""The line to the Bot API against a server that does everything wrong, and what of it anybody may ever read."""

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator

import pytest

from claw.base.clock import SystemClock
from claw.base.errors import Broken, ClawError, Refused, Unavailable, UnknownOutcome
from claw.channels.telegram_line import TRIES, Flooded, Key, Line, fitting
from tests.peers.scripted_telegram import TOKEN, ScriptedTelegram, Trouble


class Hasty(SystemClock):
    """Waits no longer than the test has to, and remembers how long it was to be."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    async def sleep(self, seconds: float) -> None:
        if seconds < 10:
            self.waits.append(seconds)
            seconds = 0
        await super().sleep(seconds)


@pytest.fixture
async def server() -> AsyncIterator[ScriptedTelegram]:
    async with ScriptedTelegram() as served:
        yield served


@pytest.fixture
def timer() -> Hasty:
    return Hasty()


@pytest.fixture
async def line(server: ScriptedTelegram, timer: Hasty) -> AsyncIterator[Line]:
    made = Line(server.url, TOKEN, timer)
    yield made
    await made.close()


async def test_it_says_who_it_is_and_what_it_understands(line: Line, server: ScriptedTelegram) -> None:
    assert await line.name() == "claw_test_bot"
    await line.commands([("stop", "Stop everything")])
    assert server.of("setMyCommands")[0]["commands"] == [{"command": "stop", "description": "Stop everything"}]


async def test_text_goes_out_as_it_stands_and_no_address_in_it_is_looked_at(
    line: Line, server: ScriptedTelegram
) -> None:
    number = await line.send(5, "*bold* <b>x</b> http://evil.example/?leak", [[Key("Yes", "n1"), Key("No", "n2")]])
    called = server.of("sendMessage")[0]
    assert called["text"] == "*bold* <b>x</b> http://evil.example/?leak"
    assert called["parse_mode"] is None
    assert called["link_preview_options"] == {"is_disabled": True}
    assert server.messages[number].buttons == {"Yes": "n1", "No": "n2"}
    await line.edit(5, number, "over")
    assert (server.messages[number].text, server.messages[number].buttons) == ("over", {})
    await line.acknowledge("77", "x" * 500)
    assert len(server.of("answerCallbackQuery")[0]["text"]) == 200
    await line.typing(5)
    assert server.of("sendChatAction")[0]["action"] == "typing"


@pytest.mark.parametrize("text", ["", "   ", "a", "a" * 4096, "a" * 50_000, "😀" * 4000, "\ud800 odd"])
def test_any_text_fits_into_one_message(text: str) -> None:
    made = fitting(text)
    assert 0 < len(made.encode("utf-16-le", errors="replace")) // 2 <= 4096
    assert made.strip()
    assert text.startswith(made.removesuffix("\n… (the rest is on the page)")) or made == "…"


async def test_updates_come_as_they_are_and_are_confirmed_by_the_next_question(
    line: Line, server: ScriptedTelegram
) -> None:
    first = server.says(5, "one")
    server.update(message="no such shape")
    got = await line.updates(None, wait_s=1)
    assert got[0]["message"]["text"] == "one"
    assert got[1]["message"] == "no such shape"
    assert [one["update_id"] for one in await line.updates(None, wait_s=1)] == [one["update_id"] for one in got]
    assert [one["update_id"] for one in await line.updates(first["update_id"] + 1, wait_s=1)] == [got[1]["update_id"]]


@pytest.mark.parametrize(
    ("trouble", "error", "tried"),
    [
        ("forbidden", Refused, 1),
        ("bad request", Refused, 1),
        ("server error", Unavailable, TRIES),
        ("cut off", UnknownOutcome, 1),
        ("garbage", UnknownOutcome, 1),
        ("wrong json", UnknownOutcome, 1),
        ("endless", UnknownOutcome, 1),
    ],
)
async def test_what_was_surely_not_taken_is_tried_again_and_what_may_have_been_is_not(
    line: Line, server: ScriptedTelegram, trouble: Trouble, error: type[ClawError], tried: int
) -> None:
    server.fails("sendMessage", trouble, times=TRIES)
    with pytest.raises(ClawError) as caught:
        await line.send(5, "hello")
    assert type(caught.value) is error
    assert len(server.of("sendMessage")) == tried


async def test_a_flood_is_waited_out_as_long_as_the_server_says(
    line: Line, server: ScriptedTelegram, timer: Hasty
) -> None:
    server.fails("sendMessage", "flood", times=2, retry_after=7)
    await line.send(5, "hello")
    assert timer.waits == [7, 7]
    assert server.said(5) == ["hello"]
    server.fails("sendMessage", "flood", retry_after=3600)
    with pytest.raises(Flooded) as caught:
        await line.send(5, "hello")
    assert caught.value.wait_s == 3600
    assert len(server.of("sendMessage")) == 4


async def test_a_server_that_is_not_there_is_tried_and_then_said(line: Line, server: ScriptedTelegram) -> None:
    await server.down()
    with pytest.raises(Unavailable, match="cannot be reached") as caught:
        await line.send(5, "hello")
    assert not isinstance(caught.value, UnknownOutcome)


async def test_a_server_that_says_nothing_is_not_waited_for_without_an_end(server: ScriptedTelegram) -> None:
    class Over(SystemClock):
        async def sleep(self, seconds: float) -> None:
            await asyncio.sleep(0.05)

    line = Line(server.url, TOKEN, Over())
    for method in ("sendMessage", "getUpdates"):
        server.fails(method, "silent")
    with pytest.raises(UnknownOutcome, match="does not answer"):
        await line.send(5, "hello")
    with pytest.raises(UnknownOutcome):
        await line.updates(None, wait_s=1)
    await line.close()


@pytest.mark.parametrize("trouble", ["garbage", "wrong json", "endless", "server error", "conflict", "cut off"])
async def test_no_wrong_answer_to_a_question_for_updates_is_believed(
    line: Line, server: ScriptedTelegram, trouble: Trouble
) -> None:
    server.fails("getUpdates", trouble)
    with pytest.raises(Unavailable):
        await line.updates(None, wait_s=1)
    server.says(5, "still here")
    assert [one["message"]["text"] for one in await line.updates(None, wait_s=1)] == ["still here"]


async def test_a_wrong_token_needs_a_person(server: ScriptedTelegram) -> None:
    line = Line(server.url, "999:wrong", SystemClock())
    for asked in (line.name(), line.updates(None, wait_s=1), line.send(5, "x")):
        with pytest.raises(Broken, match="does not know the bot's token"):
            await asked
    await line.close()


async def test_the_token_stands_in_nothing_that_anybody_reads(
    line: Line, server: ScriptedTelegram, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    troubles: tuple[Trouble, ...] = (
        "garbage",
        "wrong json",
        "conflict",
        "cut off",
        "endless",
        "server error",
    )
    written: list[str] = [repr(line), str(vars(line).keys())]
    for trouble in troubles:
        for method in ("sendMessage", "getUpdates"):
            server.fails(method, trouble, times=TRIES)
        for asked in (line.send(5, "the words"), line.updates(None, wait_s=0)):
            with pytest.raises(ClawError) as caught:
                await asked
            written.append("".join(traceback.format_exception(caught.value)))
        server._troubles.clear()
    await server.down()
    for asked in (line.send(5, "the words"), line.updates(None, wait_s=0)):
        with pytest.raises(ClawError) as caught:
            await asked
        written.append("".join(traceback.format_exception(caught.value)))
    ours = [record for record in caplog.records if not record.name.startswith("aiohttp")]  # that is the test's server
    log = "\n".join(record.getMessage() + (record.exc_text or "") for record in ours)
    secret = TOKEN.partition(":")[2]
    assert secret not in "\n".join(written)
    assert secret not in log
    assert "the words" not in log
