"""A daemon in a process of its own, met by OpenAI's own package and at a real MQTT broker, as a household has it."""

import asyncio
import json
from pathlib import Path

import openai
import pytest
from openai import AsyncOpenAI

from claw.daemon.demo import FOLDER
from tests.peers.mosquitto import Seen, binary, broker
from tests.running import Claw, running, write_house

POLICY = """\
version: 1
rules:
  - {id: comfort, allow: "light.*", who: {channel: openai}}
  - {id: messages, allow: claw.notify}
  - {id: unlock, confirm: lock.unlock, ask: {roles: [owner], same_chat: true}}
"""


async def state(seen: Seen, **wanted: object) -> None:
    await seen.until(lambda newest: wanted.items() <= json.loads(newest.get("claw/claw/state", b"{}")).items())


async def chatted(claw: Claw, seen: Seen, token: str) -> None:
    async with AsyncOpenAI(base_url=f"{claw.address}v1", api_key=token) as client:

        async def say(text: str) -> str:
            stream = await client.chat.completions.create(
                model="claw", messages=[{"role": "user", "content": text}], stream=True, user="talk"
            )
            return "".join([one.choices[0].delta.content or "" async for one in stream if one.choices])

        assert [one.id async for one in client.models.list()] == ["claw"]
        assert "on" in await say("turn on the kitchen lights")
        await seen.until(lambda newest: b"light.turn_on light." in newest.get("claw/claw/state", b""))
        assert "answer it on a screen or phone" in await say("unlock the front door")
        await state(seen, pending=1)
        assert "answer" in await say("yes")
        await state(seen, pending=1, stop="OFF")
        await seen.client.publish("claw/claw/stop/set", b"ON", qos=1)
        await state(seen, stop="ON")
        assert "stopped" in (await say("turn off the kitchen lights")).lower()
        await seen.client.publish("claw/claw/stop/set", b"OFF", qos=1)
        assert "stopped" in (await say("turn off the kitchen lights please")).lower()
        assert claw.status()["stop"]["by"] == "mqtt:claw"
        assert claw.ask("reset", reason="a test")["engaged"] is False
        await state(seen, stop="OFF", pending=0)
        claw.ask("client_revoke", id=token.removeprefix("claw_").partition(".")[0])
        with pytest.raises(openai.AuthenticationError):
            await say("turn off the kitchen lights")


@pytest.mark.skipif(binary() is None, reason="Mosquitto is not installed")
async def test_a_chat_client_talks_to_the_house_and_a_switch_at_a_broker_stops_it(tmp_path: Path) -> None:
    async with broker(tmp_path) as mosquitto, mosquitto.seen("claw/#") as seen:
        more = f"channels: {{mqtt: {{host: 127.0.0.1, port: {mosquitto.port}}}}}\n"
        config = write_house(tmp_path, {"simulated": str(FOLDER / "house.yaml")}, POLICY, more=more)
        with running(tmp_path / "state", ("run", "--config", str(config))) as claw:
            added = await asyncio.to_thread(claw.run, "clients", "add", "tablet", "--person", "anna", "--for-model")
            token = next(word for word in added.stdout.split() if word.startswith("claw_"))
            await state(seen, stop="OFF")
            await chatted(claw, seen, token)
            assert await asyncio.to_thread(claw.end) == 0
        assert await seen.until(lambda newest: newest.get("claw/claw/available") == b"offline")
