"""A real process looked at from outside: health and figures over HTTP as far as each may know, and its traces."""

import asyncio
import json
import re
from pathlib import Path

import aiohttp

from claw.daemon.demo import FOLDER
from tests.exposed import parse
from tests.peers.scripted_collector import ScriptedCollector
from tests.running import running, write_house

POLICY = """\
version: 1
rules:
  - {id: talk, allow: claw.notify}
  - {id: comfort, allow: "light.*"}
"""


async def test_it_is_alive_counts_and_traces_as_it_is_configured(tmp_path: Path) -> None:
    async with ScriptedCollector() as collector:
        more = f"traces: {{url: '{collector.url}'}}\naudit: {{journald: false}}\n"
        config = write_house(tmp_path, {"simulated": str(FOLDER / "house.yaml")}, POLICY, more=more)
        daemon = running(tmp_path / "state", ("run", "--config", str(config)))
        claw = await asyncio.to_thread(daemon.__enter__)
        try:
            async with aiohttp.ClientSession(claw.address) as http:
                async with http.get("/healthz?ready") as answer:
                    health = await answer.json()
                    assert (answer.status, health["status"], health["alive"]) == (200, "ok", True)

                async def figures(token: str = "") -> str:
                    headers = {"Authorization": f"Bearer {token}"} if token else {}
                    async with http.get("/metrics", headers=headers) as answer:
                        assert answer.status == 200
                        return re.sub(r".*claw_uptime_seconds .*\n", "", await answer.text())

                def add() -> str:
                    added = claw.run("clients", "add", "prometheus", "--person", "anna", "--may", "watch", "--json")
                    return str(json.loads(added.stdout)["token"])

                token, empty = await asyncio.to_thread(add), await figures()
                assert (await asyncio.to_thread(claw.say, "turn on the porch light"))["status"] == "done"
                assert await figures() == empty, "no stranger sees that somebody is there"
                found = parse(await figures(token))
                assert found["claw_requests_total"].value(path="intent", status="done") == 1
                assert found["claw_acts_total"].value(by="house", status="done") == 1
                async with http.post(
                    "/api/messages", json={"text": "hello"}, headers={"Authorization": f"Bearer {token}"}
                ) as answer:
                    assert answer.status == 403, "who watches does nothing else"
            await collector.until("request", "device")
            assert not {"anna", "porch", "prometheus"} & {text.casefold() for text in collector.texts}
            assert await asyncio.to_thread(claw.end) == 0
        finally:
            await asyncio.to_thread(daemon.__exit__, None, None, None)
