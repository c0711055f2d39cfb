"""Claw as a device at an MQTT broker: its stop switch, what waits for a yes, what it did last.

Turning the switch on stops everything, whoever did it: a stop is never asked for a name.  Turning it off does nothing:
who may write at a broker is proved to nobody, and whoever lifts a stop has to be.  The switch then shows again how it
stands.  A command that was left lying at the broker is not one.  MQTT 5 is spoken, because only there can a reader say
how much it takes.
"""

import asyncio
import json
import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions
from typing_extensions import override

from claw.base.action import Json, Origin, Outcome
from claw.base.clock import Clock, Timer, within
from claw.base.config_channels import MqttConfig
from claw.base.supervised import Supervised
from claw.channels.channel import Desk
from claw.channels.mqtt_device import OFF, OFFLINE, ON, ONLINE, Topics, device, state, words
from claw.gate.stop import StopState
from claw.house.text import plain

logger = logging.getLogger(__name__)

LARGEST_PACKET = 4096
"""Bytes that the broker may send at once: a command has two or three."""

KEEPALIVE_S = 30
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 60.0
"""How long a broker that is not there is left alone: twice as long each time."""

REFRESH_S = 60.0
"""How often figures are looked at that nobody tells of."""

APART_S = 0.5
"""Between two publications at least: a house in a storm would fill the broker."""

COMMANDS_APART_S = 1.0
"""Between two stops while it is stopped already: each is written to the disk."""

PARTING_S = 2.0
_COMMANDS = frozenset({ON.encode(), OFF.encode()})

_wire = logging.getLogger(f"{__name__}.wire")
_wire.setLevel(logging.CRITICAL)  # the package would log what the broker sends


@dataclass(frozen=True)
class Told:
    """Where those enlist who are told of what the device shows: the switch, the questions, the acts."""

    stop: list[Callable[[StopState], None]]
    questions: list[Callable[[], None]]
    acts: tuple[list[Callable[[Outcome, Origin], None]], ...]


class Mqtt:
    """The device at one broker."""

    kind = "mqtt"

    def __init__(self, config: MqttConfig, password: str, desk: Desk, told: Told, clock: Clock, timer: Timer) -> None:
        """``password`` is empty where the broker asks for none."""
        self._config = config
        self._password = password
        self._desk = desk
        self._clock = clock
        self._timer = timer
        self._topics = Topics(config.prefix, config.node)
        self._origin = Origin(channel=f"mqtt:{config.node}", source=f"broker {config.host}", asks_only=True)
        self._changed = asyncio.Event()
        self._closing = asyncio.Event()
        self.kept = (Supervised(self.kind, self._run, clock, timer, ends=True),)
        self._ready = False
        self._problem = "not connected yet"
        self._last = ""
        self._commanded = float("-inf")
        told.stop.append(lambda _: self._changed.set())
        told.questions.append(self._changed.set)
        for listeners in told.acts:
            listeners.append(self._acted)

    async def start(self) -> None:
        """Begin to look for the broker; one that is not there is tried again."""
        (being,) = self.kept
        being.start()

    async def close(self) -> None:
        """Say at the broker that Claw is not there, and end."""
        self._closing.set()
        (being,) = self.kept
        await within(self._timer, PARTING_S, being.ended())
        await being.close()

    def status(self) -> dict[str, Json]:
        """Return whether the broker is there, else why not."""
        return {"kind": self.kind, "ready": self._ready, "detail": "" if self._ready else self._problem}

    async def _run(self) -> None:
        wait_s = FIRST_WAIT_S
        while not self._closing.is_set():
            try:
                async with self._client() as client:
                    wait_s = FIRST_WAIT_S
                    await self._served(client)
            except (aiomqtt.MqttError, OSError, ValueError) as error:
                self._failed(error)
            self._ready = False
            await within(self._timer, wait_s, self._closing.wait())
            wait_s = min(wait_s * 2, LONGEST_WAIT_S)

    def _failed(self, error: Exception) -> None:
        problem = f"the broker {self._config.host} cannot be used: {plain(str(error), 120)}"
        if problem != self._problem:  # once, not with each try
            logger.warning("MQTT: %s", problem)
        self._problem = problem

    def _client(self) -> aiomqtt.Client:
        config, limits = self._config, Properties(PacketTypes.CONNECT)
        limits.MaximumPacketSize = LARGEST_PACKET
        return aiomqtt.Client(
            config.host,
            config.port,
            username=config.username,
            password=self._password or None,
            logger=_wire,
            protocol=aiomqtt.ProtocolVersion.V5,
            properties=limits,
            will=aiomqtt.Will(self._topics.available, OFFLINE, qos=1, retain=True),
            keepalive=KEEPALIVE_S,
            queue_type=_Commands,
            tls_context=ssl.create_default_context() if config.tls else None,
        )

    async def _served(self, client: aiomqtt.Client) -> None:
        """Be the device until the line breaks (raises MqttError) or Claw ends."""
        topics = self._topics
        # What was left lying is not even sent: it may have been left by anybody, at any time.
        await client.subscribe(topics.command, options=SubscribeOptions(qos=1, retainHandling=2))
        await client.publish(topics.discovery, json.dumps(device(topics)), qos=1, retain=True)
        await client.publish(topics.available, ONLINE, qos=1, retain=True)
        self._ready, self._problem = True, "not connected"
        logger.info("MQTT: Claw is a device at %s", self._config.host)
        work = [asyncio.ensure_future(one) for one in (self._obey(client), self._tell(client), self._closing.wait())]
        try:
            done, _ = await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
            for one in done:
                one.result()
            await client.publish(topics.available, OFFLINE, qos=1, retain=True, timeout=PARTING_S)
        finally:
            for one in work:
                one.cancel()
            await asyncio.gather(*work, return_exceptions=True)

    async def _obey(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            if message.payload == ON.encode():
                await self._stop()
            self._changed.set()  # whoever turned it sees how it stands

    async def _stop(self) -> None:
        now = self._clock.monotonic()
        engaged = self._desk.switching.status()["stop"]["engaged"]
        if engaged and now - self._commanded < COMMANDS_APART_S:
            return
        self._commanded = now
        await self._desk.stop("the stop switch was turned on over MQTT", self._origin)

    async def _tell(self, client: aiomqtt.Client) -> None:
        while True:
            self._changed.clear()
            shown = json.dumps(state(self._desk.status(), self._last))
            await client.publish(self._topics.state, shown, qos=1, retain=True)
            await self._timer.sleep(APART_S)
            await within(self._timer, REFRESH_S, self._changed.wait())

    def _acted(self, outcome: Outcome, origin: Origin) -> None:
        del origin
        found = words(outcome)
        if found:
            self._last = found
            self._changed.set()


class _Commands(asyncio.Queue[aiomqtt.Message]):
    """Takes one command of each kind and lets everything else go: no flood fills it, and none hides a stop."""

    def __init__(self, maxsize: int = 0) -> None:
        super().__init__(maxsize)
        self._there: set[object] = set()

    @override
    def _put(self, item: aiomqtt.Message) -> None:
        if not item.retain and item.payload in _COMMANDS and item.payload not in self._there:
            self._there.add(item.payload)
            super()._put(item)

    @override
    def _get(self) -> aiomqtt.Message:
        item = super()._get()
        self._there.discard(item.payload)
        return item
