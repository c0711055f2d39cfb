"""A daemon is looked at from outside as far as its configuration says."""

from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

from claw.base.config_care import TracesConfig
from claw.base.tracing import UNTRACED
from claw.daemon.observed import observed
from tests.living import OWNER, living


async def test_without_a_collector_nothing_is_traced_and_everything_counted(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon, AsyncExitStack() as rooms:
        for config in (None, TracesConfig(url="http://127.0.0.1:9", sample=0)):
            settings = daemon.config.model_copy(update={"traces": config})
            assert observed(replace(daemon, config=settings), rooms) is None
        assert daemon.desk.tracing is UNTRACED
        assert daemon.routines.doing.tracing is UNTRACED
        assert daemon.desk.replied


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
