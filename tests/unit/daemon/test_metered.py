"""A daemon is counted from where it is metered on, and its figures are read when somebody asks."""

from pathlib import Path

import aiohttp

from claw.channels.clients import EVERY_RIGHT
from claw.daemon.metered import metered
from tests.exposed import parse
from tests.living import OWNER, living


async def test_what_is_done_is_counted_and_told_to_a_client(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        tally = metered(daemon)
        await daemon.web.start()
        await daemon.desk.say("turn on the kitchen lights", OWNER)
        assert tally.requests == {("intent", "done"): 1}
        assert sum(tally.acts.values()) >= 1
        _, token = daemon.clients.issue("watch", "anna", EVERY_RIGHT)
        headers = {"Authorization": f"Bearer {token}"}
        async with aiohttp.ClientSession(daemon.web.address) as http, http.get("/metrics", headers=headers) as answer:
            found = parse(await answer.text())
        await daemon.web.close()
    assert found["claw_requests_total"].value(path="intent", status="done") == 1
