"""Messages posted by a whole daemon: an act like any other, which the stop cuts."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from claw.base.action import Message
from claw.daemon.build import Daemon
from tests.living import OWNER, living
from tests.peers.scripted_ntfy import ScriptedNtfy
from tests.talking import until

POLICY = """\
version: 1
rules:
  - {id: messages, allow: claw.notify}
"""
TOKEN = "tk_that_nobody_may_see"
DONE = Message("everyone", "The dishwasher is done.")


@asynccontextmanager
async def posting(folder: Path, server: ScriptedNtfy) -> AsyncGenerator[Daemon]:
    path = folder / "token"
    path.write_text(TOKEN, encoding="utf-8")
    path.chmod(0o600)
    one = {"kind": "ntfy", "url": server.url, "topic": "claw", "token_file": path}
    async with living(folder, POLICY, channels={"notifiers": [one]}) as daemon:
        yield daemon


async def test_a_message_is_posted_and_the_log_knows_of_it_and_not_of_the_token(tmp_path: Path) -> None:
    async with ScriptedNtfy() as server, posting(tmp_path, server) as daemon:
        assert await daemon.gate.tell(DONE)
        assert not await daemon.gate.tell(Message("person:ben", "for ben alone"))
        (came,) = server.came
        assert (json.loads(came.body)["message"], came.headers["Authorization"]) == (DONE.text, f"Bearer {TOKEN}")
        rows = [str(one.payload) for one in daemon.audit.entries(0, 100)]
        assert any("claw.notify" in row for row in rows)
        assert not any(TOKEN in row or str(server.port) in row for row in rows)
        (told,) = [one for one in daemon.desk.status()["channels"] if one["kind"] == "notifier"]
        assert (told["ready"], TOKEN in str(told)) == (True, False)


async def test_the_stop_ends_a_message_that_is_being_tried(tmp_path: Path) -> None:
    async with ScriptedNtfy(answers=[(500, {})] * 9) as server, posting(tmp_path, server) as daemon:
        telling = asyncio.ensure_future(daemon.gate.tell(DONE))

        async def tried() -> bool:
            return len(server.came) == 1

        await until(tried)
        await daemon.desk.stop("test", OWNER)
        assert not await asyncio.wait_for(telling, 0.8)
        await asyncio.sleep(1.2)  # the next try would have come by now
        assert not await daemon.gate.tell(DONE)
        assert len(server.came) == 1
