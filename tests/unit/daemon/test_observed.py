"""A daemon is looked at from outside as far as its configuration says."""

from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import aiohttp

from claw.base.config_care import TracesConfig
from claw.base.tracing import UNTRACED
from claw.channels.clients import EVERY_RIGHT
from claw.daemon.observed import observed
from tests.exposed import parse
from tests.living import OWNER, living


async def test_without_a_collector_nothing_is_traced(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon, AsyncExitStack() as rooms:
        for config in (None, TracesConfig(url="http://127.0.0.1:9", sample=0)):
            settings = daemon.config.model_copy(update={"traces": config})
            assert observed(replace(daemon, config=settings), rooms) is None
        assert daemon.desk.tracing is UNTRACED
        assert daemon.routines.doing.tracing is UNTRACED


async def test_what_is_done_is_counted_as_the_daemon_is_built_and_told_to_a_client(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        await daemon.web.start()
        await daemon.desk.say("turn on the kitchen lights", OWNER)
        _, token = daemon.clients.issue("watch", "anna", EVERY_RIGHT)
        headers = {"Authorization": f"Bearer {token}"}
        async with aiohttp.ClientSession(daemon.web.address) as http, http.get("/metrics", headers=headers) as answer:
            found = parse(await answer.text())
        await daemon.web.close()
    assert found["claw_requests_total"].value(path="intent", status="done") == 1
    assert sum(found["claw_acts_total"].samples.values()) >= 1


async def test_with_one_requests_and_routines_are_traced_until_the_end(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        async with AsyncExitStack() as rooms:
            settings = daemon.config.model_copy(update={"traces": TracesConfig(url="http://127.0.0.1:9")})
            traces = observed(replace(daemon, config=settings), rooms)
            assert traces is not None
            assert daemon.desk.tracing is daemon.routines.doing.tracing is traces.tracing
            reply = await daemon.desk.say("turn on the kitchen lights", OWNER)
            assert reply.status == "done"
            assert {one.name for one in traces._waiting} >= {
                "request",
                "recognise",
                "decide",
                "disk",
                "device",
                "verify",
            }
        assert traces.sent == 0, "nobody listens there, and the end waits for nobody"
