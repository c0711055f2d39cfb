"""What a channel may ask about voice: which ears there are and who vouches for each, how they do, what a clip says.

Where somebody was heard last tells who is at home, so it is shown to who may read the log and to the console only; what
everybody may see, and what the metrics carry, names no satellite, room or person.  Nothing is decided here.
"""

import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from claw.base.action import Json
from claw.base.config_voice import VoiceConfig
from claw.base.errors import ClawError, Refused, Unavailable
from claw.channels.satellite_shown import LISTENING, Row, listed, odd, row_json, speakers
from claw.channels.shown import shown
from claw.house.model import Registry
from claw.house.text import plain
from claw.voice.claims import Vouched
from claw.voice.meaning import Meant
from claw.voice.model import NOWHERE, Audio, Ear, Satellite

TRIED = "trial"
"""Who brings a clip that somebody tries."""
NOBODY_KNOWN = (
    "Through Wyoming and microphones nobody is known, whoever speaks. What is typed in the Home Assistant app comes the"
    " same way, so whoever types there has a voice's few rights too. Who wants their own signs in on Claw's page, or"
    " has a token of their own made for a program: claw clients add."
)


class ShownEar(Ear, Protocol):
    """An ear that tells how it does."""

    def state(self) -> dict[str, Json]:
        """Return how it does; ``problem`` is empty where nothing is wrong."""
        ...


@dataclass(frozen=True)
class Rooms:
    """Where the answers come from; what is not configured is left out.

    ``registry`` is that of the house as it is now.  ``times``: stages and counts by result (``Times.as_json``).
    ``vouched``: what the network's machines may speak for (``Claims.vouched``).  ``heard``: when each satellite, by its
    id, was heard last.  ``server``: how the Wyoming server does (``WyomingServer.state``).  ``microphones``: how each
    does, by its id, ``listening`` where all is well.  ``findings``: what a person should know of Home Assistant's side.
    ``means``: what a sentence would mean at a satellite (``Meaning.of``).
    """

    config: VoiceConfig
    registry: Callable[[], Registry]
    times: Callable[[], Mapping[str, Json]]
    vouched: Callable[[], Sequence[Vouched]] = tuple[Vouched, ...]
    heard: Callable[[], Mapping[str, datetime]] = dict[str, datetime]
    server: Callable[[], Mapping[str, Json]] | None = None
    microphones: Callable[[], Mapping[str, str]] = dict[str, str]
    ear: ShownEar | None = None
    findings: Callable[[], Awaitable[Sequence[str]]] | None = None
    means: Callable[[str, Satellite, str | None], Awaitable[Meant]] | None = None


class Voiced:
    """Answers about voice; one for all channels."""

    def __init__(self, rooms: Rooms) -> None:
        self._in = rooms

    def status(self) -> dict[str, Json]:
        """Return what everybody may see: engines, stage times, counts; no satellite, room or person."""
        quiet, states = self._in.config.speech.quiet, self._in.microphones().values()
        return shown(
            {
                "wyoming": _server(self._in.server()) if self._in.server is not None else None,
                "transcriber": self._in.ear.state() if self._in.ear is not None else None,
                "microphones": {
                    "configured": len(self._in.config.microphones),
                    "listening": sum(state == LISTENING for state in states),
                },
                "quiet": f"{quiet.start} to {quiet.end}" if quiet is not None else None,
                **self._in.times(),
            }
        )

    async def devices(self) -> dict[str, Json]:
        """Return every satellite with its place, who vouches for it and when it was heard, and what is worth a look."""
        rows, registry, heard = self._rows(), self._in.registry(), self._in.heard()
        return shown(
            {
                **self.status(),
                "satellites": [row_json(row, registry, heard.get(row.id)) for row in rows],
                "speakers": speakers(self._in.config, registry),
                "findings": [*await self._found(), *odd(self._in.config, rows, registry)],
                "note": NOBODY_KNOWN if rows else "",
            }
        )

    async def transcribe(self, audio: str, satellite: str = "", language: str | None = None) -> dict[str, Json]:
        """Return what 16 kHz mono audio, in base64, says, and what that would mean; nothing is done with it.

        It is heard as from ``satellite``, whose room's names help.  Raises Refused, Unavailable.
        """
        if self._in.ear is None:
            raise Unavailable("no transcriber is configured: nothing here turns sound into text (docs/voice.md)")
        try:
            pcm = base64.b64decode(audio, validate=True)
        except (binascii.Error, ValueError):
            raise Refused("that is no sound") from None
        there = Satellite(satellite or NOWHERE, self._place(satellite) if satellite else None, source=TRIED)
        heard = await self._in.ear.transcribe(Audio(pcm), there, language)
        means = await self._in.means(heard.text, there, language or heard.language) if self._in.means else None
        told: dict[str, Json] = {"text": heard.text, "language": heard.language, "seconds": heard.seconds}
        return shown({**told, "means": _meant(means) if means is not None else None})

    def _rows(self) -> list[Row]:
        return listed(self._in.config, self._in.vouched(), self._in.microphones())

    def _place(self, satellite: str) -> str | None:
        for row in self._rows():
            if row.id == satellite:
                return row.place
        raise Refused(f"there is no satellite called {plain(satellite, 80)}")

    async def _found(self) -> Sequence[str]:
        try:
            return await self._in.findings() if self._in.findings is not None else ()
        except ClawError as error:
            return (f"How Home Assistant is set up could not be asked: {error}",)


def _server(state: Mapping[str, Json]) -> dict[str, Json]:
    host = f"[{state['host']}]" if ":" in state["host"] else state["host"]
    return {
        "address": f"{host}:{state['port']}",
        **{name: state[name] for name in ("announced", "peers", "open", "counts")},
    }


def _meant(meant: Meant) -> dict[str, Json]:
    actions = [{"name": one.name, "entities": list(one.entities), "data": dict(one.data)} for one in meant.actions]
    return {"kind": meant.kind, "text": meant.text, "taken_for": meant.taken_for, "actions": actions}
