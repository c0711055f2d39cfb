"""A scripted house that does what it is told, a little late, and remembers every call it ever got.

It lives outside the daemon, so what it has seen is the truth about what was sent, whatever the daemon believes after it
was killed in the middle.
"""

import asyncio
import contextlib
import random
from collections.abc import Iterable, Mapping
from typing import Any

from tests.peers.scripted_hass import Client, Message, ScriptedHass

LONGEST_ANSWER_S = 0.03


class CountingHass(ScriptedHass):
    """Some numbers, a lamp and a door; each call changes a state, is told to every follower, and is then answered."""

    def __init__(self, numbers: Iterable[str] = (), luck: random.Random | None = None) -> None:
        super().__init__()
        self._luck = luck or random.Random(1)
        self._working: set[asyncio.Task[None]] = set()
        self.answers["call_service"] = self._do
        for name in numbers:
            attributes = {"friendly_name": name, "min": 0, "max": 10**9, "step": 1, "mode": "box"}
            self.states[f"input_number.{name}"] = {"s": "0", "a": attributes, "c": "c0", "lc": 1700000000.5}

    def sent(self) -> list[tuple[str, str, float | None]]:
        """Return (action, entity, value) of every call, in the order they came."""
        return [
            (f"{call['domain']}.{call['service']}", entity, call["service_data"].get("value"))
            for call in self.calls
            for entity in call["target"]["entity_id"]
        ]

    def value(self, entity: str) -> float:
        return float(self.states[entity]["s"])

    async def quiet(self) -> None:
        """Wait until nothing more can come from a daemon that has ended."""
        for client in self.clients:
            while not client.ws.closed:  # noqa: ASYNC110  aiohttp gives nothing to wait for
                await asyncio.sleep(0.005)
        self.clients.clear()

    async def _do(self, client: Client, message: Message) -> None:
        # Answered in a task of its own: a house works on many calls at once.
        task = asyncio.create_task(self._later(client, message))
        self._working.add(task)
        task.add_done_callback(self._working.discard)

    async def _later(self, client: Client, message: Message) -> None:
        await asyncio.sleep(self._luck.uniform(0, LONGEST_ANSWER_S))
        context = f"context-{next(self._contexts)}"
        changes = {entity: {"+": {"s": _after(message), "c": context}} for entity in message["target"]["entity_id"]}
        for entity, change in changes.items():
            self.states[entity]["s"] = change["+"]["s"]
        with contextlib.suppress(ConnectionError, RuntimeError):
            if client.feed is not None:
                await client.states({"c": changes})
            await asyncio.sleep(self._luck.uniform(0, LONGEST_ANSWER_S))
            await client.result(message, {"context": {"id": context}})

    async def down(self) -> None:
        await super().down()
        await asyncio.gather(*self._working, return_exceptions=True)


def _after(message: Mapping[str, Any]) -> str:
    if message["service"] == "set_value":
        return str(float(message["service_data"]["value"]))
    return {"turn_on": "on", "turn_off": "off", "lock": "locked", "unlock": "unlocked"}[message["service"]]
