"""Work ends with its caller, and in no other way."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from claw.base.config import ModelConfig
from claw.base.errors import Refused
from claw.channels.attended import Left, attended
from claw.daemon.build import Daemon
from tests.living import living
from tests.peers.scripted_model import ScriptedModel


@pytest.fixture
async def line() -> AsyncIterator[asyncio.StreamReader]:
    reader = asyncio.StreamReader()
    yield reader
    reader.feed_eof()


async def test_the_answer_is_that_of_the_work_whatever_is_sent_meanwhile(line: asyncio.StreamReader) -> None:
    line.feed_data(b'{"do": "stop"}\n')
    assert await attended(asyncio.sleep(0.01, "done"), line) == "done"
    line.feed_data(b"next\n")
    assert await line.readline() == b"next\n"


async def test_what_the_work_raises_is_raised(line: asyncio.StreamReader) -> None:
    async def work() -> None:
        await asyncio.sleep(0)
        raise Refused("no")

    with pytest.raises(Refused, match="no"):
        await attended(work(), line)


@pytest.mark.parametrize("broken", [False, True])
async def test_it_has_ended_when_the_caller_has_gone(line: asyncio.StreamReader, broken: bool) -> None:
    ended: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)  # what has to be settled is
            ended.append("settled")

    turn = asyncio.ensure_future(attended(work(), line))
    await asyncio.sleep(0)
    line.set_exception(ConnectionResetError()) if broken else line.feed_eof()
    with pytest.raises(Left):
        await turn
    assert ended == ["settled"]


async def test_a_cancelled_wait_ends_the_work_too(line: asyncio.StreamReader) -> None:
    going = asyncio.Event()
    turn = asyncio.ensure_future(attended(going.wait(), line))
    await asyncio.sleep(0)
    turn.cancel()
    with pytest.raises(asyncio.CancelledError):
        await turn


async def test_a_turn_at_the_socket_ends_with_a_caller_that_asked_for_it_and_with_no_other(tmp_path: Path) -> None:
    async with ScriptedModel() as model:
        asked = ModelConfig(name="test-model", base_url=model.base_url)
        async with living(tmp_path, model=asked) as daemon:
            await daemon.socket.start()
            for attends in (False, True):
                model.says("Hello.", delay_s=30 if attends else 0.1)
                model.answering.clear()
                _, writer = await asyncio.open_unix_connection(daemon.socket._path)
                call = {"do": "say", "text": "write me a poem about the moon", "attended": attends}
                writer.write(json.dumps(call).encode() + b"\n")
                await asyncio.wait_for(model.answering.wait(), 5)
                writer.close()
                await settled(daemon)  # also what was left off has its outcome in the log
                assert model.gone == attends


async def settled(daemon: Daemon) -> None:
    async with asyncio.timeout(5):
        while True:
            kinds = [one["kind"] for one in daemon.desk.log()]
            if "outcome" in kinds and kinds.count("intent") == kinds.count("outcome"):
                return
            await asyncio.sleep(0.01)
