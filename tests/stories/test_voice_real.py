"""A real Home Assistant brings words and sound to the real program by its own Wyoming integration, set up by its own
dialogue; what came of it is what Home Assistant itself says afterwards.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.peers.assist import assistant, spoken, typed
from tests.peers.newest_hass import newest_booted
from tests.peers.real_hass import CannotInstall, RealHomeAssistant, Talk, apart, free_port
from tests.peers.vowel import saying
from tests.peers.wyoming_recorder import recording
from tests.peers.wyoming_satellite import satellite
from tests.running import Claw, running_for
from tests.talking import Local, local, until

POLICY = """\
version: 1
rules:
  - {id: messages, allow: claw.notify}
  - {id: comfort, allow: [light.*, fan.*]}
  - {id: looking, allow: claw.read}
  - {id: said-aloud, allow: [assist_satellite.announce, tts.speak], who: {channel: system}}
  - {id: letting-in, confirm: [lock.unlock, cover.open_cover], ask: {roles: [owner], channels: [web, cli]}}
"""
VOICE = """
voice:
  wyoming: {{port: {port}, peers: [{{address: 127.0.0.1, satellites: [{device}, {satellites}], place: bedroom}}]}}
  transcriber: {{engine: whisper, model: "{model}"}}
  speech: {{rooms: {{living_room: media_player.living_room}}, voice: tts.recorder, quiet: null}}
"""
LIGHT, GARAGE, AGENT = "light.kitchen_lights", "cover.garage_door", "conversation.claw"
SATELLITES = ("assist_satellite.hall", "assist_satellite.kitchen_hall")
"""What the versions call a satellite with the name Hall in the kitchen."""
HAS_AGENTS = (2024, 9)
SAYS_PLACES = (2025, 5)
"""2025.4 sends nothing but the words."""


@dataclass
class Homes:
    """Home Assistant with Claw as an agent, and the daemon that answers; ``device`` stands in the kitchen."""

    hass: RealHomeAssistant
    claw: Claw
    device: str

    @property
    def says_places(self) -> bool:
        return version(self.hass) >= SAYS_PLACES

    @asynccontextmanager
    async def open(self) -> AsyncIterator[tuple[Talk, Local]]:
        """An outside client of each."""
        async with self.hass.talk() as talk, local(self.claw.state) as told:
            yield talk, told


def version(hass: RealHomeAssistant) -> tuple[int, ...]:
    return tuple(int(part) for part in hass.version.split(".")[:2])


async def kitchen_device(hass: RealHomeAssistant) -> str:
    async with hass.talk() as talk:
        rows = await talk.command("config/entity_registry/list")
        return next(str(row["device_id"]) for row in rows if row["entity_id"] == LIGHT)


async def linked(claw: Claw) -> None:
    async with local(claw.state) as told:

        async def ready() -> bool:
            return bool((await told.ask("status"))["link"]["ready"])

        await until(ready, 60)


async def process(talk: Talk, text: str, **more: str) -> tuple[str, str]:
    """Say something to Claw through Home Assistant; return what kind of answer it makes of Claw's, and its words."""
    answer = await talk.command("conversation/process", agent_id=AGENT, text=text, **more)
    return answer["response"]["response_type"], answer["response"]["speech"]["plain"]["speech"]


async def shown(talk: Talk, entity: str, value: str) -> None:
    async def seen() -> bool:
        return (await talk.states())[entity]["state"] == value

    await until(seen)


async def acts(claw: Local) -> int:
    return sum(entry["kind"] == "intent" for entry in await claw.ask("log"))


USUAL = (pytest.mark.real_home_assistant, pytest.mark.xdist_group("home_assistant"), pytest.mark.timeout(1200))
NEWEST = (pytest.mark.prove, pytest.mark.timeout(1200))


@pytest.fixture(scope="module", params=[pytest.param("usual", marks=USUAL), pytest.param("newest", marks=NEWEST)])
def peer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealHomeAssistant]:
    """The Home Assistant of all tests, or the newest there is, which also says where somebody speaks."""
    if request.param == "usual":
        yield request.getfixturevalue("home_assistant")
        return
    try:
        with newest_booted(tmp_path_factory.mktemp("newest")) as booted:
            assert version(booted) >= SAYS_PLACES
            yield booted
    except CannotInstall as error:
        pytest.skip(f"THE NEWEST HOME ASSISTANT CANNOT BE INSTALLED HERE, nothing was tried against it: {error}")


@pytest.fixture(scope="module")
def homes(peer: RealHomeAssistant, tiny_whisper: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Homes]:
    if version(peer) < HAS_AGENTS:
        pytest.skip(f"HOME ASSISTANT {peer.version} MAKES NO AGENT OF A WYOMING SERVER: nothing was tried")
    device = apart(kitchen_device(peer))
    port = free_port()
    voice = VOICE.format(port=port, device=device, satellites=", ".join(SATELLITES), model=tiny_whisper)
    folder = tmp_path_factory.mktemp("voice")
    with running_for(folder, peer.url, peer.token, POLICY, voice) as claw:
        entry = apart(peer.set_up_wyoming(port))
        apart(linked(claw))
        yield Homes(peer, claw, device)
        apart(peer.remove(entry))


async def test_words_through_home_assistant_s_own_integration_change_its_house(homes: Homes) -> None:
    async with homes.open() as (talk, claw):
        await talk.act("light.turn_off", LIGHT)
        kind, said = await process(talk, "turn on the kitchen lights")
        await shown(talk, LIGHT, "on")
        assert kind == "action_done"
        assert "kitchen" in said.casefold()  # it was said in the bedroom, from where nobody sees it

        # Where the satellite is named, "here" is its room, and what is seen needs no sentence.
        if homes.says_places:
            await talk.act("light.turn_on", LIGHT)
            _, said = await process(talk, "turn off the lights", device_id=homes.device)
            await shown(talk, LIGHT, "off")
            assert len(said.split()) <= 1
            await talk.act("light.turn_on", LIGHT)
            _, said = await process(talk, "turn off the lights", device_id="somebody_else_s")
            assert (await talk.states())[LIGHT]["state"] == "on", "a device that nobody vouches for has no room"
        told = await claw.ask("voice_devices")
        assert not [one for one in told["findings"] if "does not know Claw" in one]


async def test_what_lets_somebody_in_waits_for_who_is_known_and_nothing_hangs(homes: Homes) -> None:
    async with homes.open() as (talk, claw):
        await talk.act("cover.close_cover", GARAGE)
        _, said = await process(talk, "open the garage door")
        assert "phone or the page" in said
        (card,) = await claw.ask("pending")
        assert card["origin"]["person"] is None
        assert card["origin"]["channel"].startswith("voice:")
        await process(talk, "yes")
        assert (await talk.states())[GARAGE]["state"] == "closed"
        await claw.ask("answer", id=card["id"], yes=False)

        # Whatever Claw cannot make anything of, Home Assistant is answered.
        for text in ("", "   ", "colourless green ideas sleep", "x" * 3000, "{{ states('lock.front_door') }}"):
            kind, _ = await process(talk, text)
            assert kind == "error", text


async def test_a_sentence_spoken_into_home_assistant_becomes_an_act(homes: Homes) -> None:
    async with homes.open() as (talk, claw):
        await talk.act("light.turn_off", LIGHT)

        async def hears() -> bool:
            return (await claw.ask("status"))["voice"]["transcriber"]["problem"] == ""

        await until(hears)
        engine = next(one for one in await talk.states() if one.startswith("stt.") and "claw" in one)
        async with assistant(talk, AGENT, engine) as made:
            events = await spoken(talk, made, saying("turn on the kitchen lights").pcm)
            assert events["stt-end"]["stt_output"]["text"] == "turn on the kitchen lights"
            await shown(talk, LIGHT, "on")

            events = await spoken(talk, made, saying("stop everything now").pcm)
            assert (await claw.ask("status"))["stop"]["engaged"]
            _, said = await process(talk, "turn off the kitchen lights")
            assert "stopped" in said.casefold()
            await process(talk, "reset")
            assert (await claw.ask("status"))["stop"]["engaged"]
            assert (await talk.states())[LIGHT]["state"] == "on"
            assert not (await claw.ask("reset", reason="it was a test"))["engaged"]
            await linked(homes.claw)


async def test_a_satellite_of_home_assistant_is_where_its_registry_puts_it(homes: Homes) -> None:
    async with homes.open() as (talk, claw), satellite("Hall", "Kitchen") as hall:
        engine = next(one for one in await talk.states() if one.startswith("stt.") and "claw" in one)
        async with assistant(talk, AGENT, engine, preferred=True):
            entry = await homes.hass.set_up_wyoming(hall.port)

            async def vouched() -> bool:
                rows = (await claw.ask("voice_devices"))["satellites"]
                return any(row["id"] in SATELLITES and row["place"] == "kitchen" for row in rows)

            await until(vouched)
            await hall.say(saying("unlock the front door").pcm)

            async def asked() -> list[dict[str, Any]]:
                cards: list[dict[str, Any]] = await claw.ask("pending")
                return cards

            (card,) = await until(asked)
            await claw.ask("answer", id=card["id"], yes=False)
            channel, place = card["origin"]["channel"], card["origin"]["place"]
            if homes.says_places:
                assert (channel.removeprefix("voice:") in SATELLITES, place) == (True, "kitchen")
            else:
                assert (channel, place) == ("voice:127.0.0.1", "bedroom")
            await homes.hass.remove(entry)


async def test_what_claw_says_unasked_sounds_in_home_assistant_s_rooms(homes: Homes) -> None:
    """The player takes what is to be played, and Claw's own log has the words as an act; nobody else may speak so."""
    async with recording() as recorder, homes.open() as (talk, claw):
        entry = await homes.hass.set_up_wyoming(recorder.port)  # a voice, among other things

        async def voice() -> bool:
            return await claw.state_of("tts.recorder") is not None

        await until(voice)
        await claw.act("claw.notify", to="place:living_room", text="Dinner is ready.", urgency="high")

        async def playing() -> bool:
            row = (await talk.states())["media_player.living_room"]
            return "tts.recorder" in str(row["attributes"].get("media_content_id"))

        await until(playing)
        said = [one for one in await claw.ask("log") if "tts.speak" in str(one["payload"]) and one["kind"] == "intent"]
        assert [one["origin"]["channel"] for one in said] == ["system"]
        refused = await claw.act("tts.speak", "media_player.living_room", message="Ha", voice="tts.recorder")
        assert refused["status"] == "refused"
        await homes.hass.remove(entry)


async def test_what_home_assistant_does_before_claw_is_told_in_plain_words(homes: Homes) -> None:
    async with homes.open() as (talk, claw):
        await talk.act("cover.close_cover", GARAGE)
        before = await acts(claw)
        async with assistant(talk, AGENT, prefer_local_intents=True) as made:
            told = (await claw.ask("voice_devices"))["findings"]
            (past,) = [one for one in told if "before Claw" in one]
            assert '"Tried"' in past
            # So it is: its own sentence opens the garage, and Claw never hears of it.
            await typed(talk, made, "open the garage door")
            await shown(talk, GARAGE, "open")
            assert await acts(claw) == before
        await talk.act("cover.close_cover", GARAGE)
        told = (await claw.ask("voice_devices"))["findings"]
        assert [one for one in told if "None of Home Assistant's assistants uses Claw" in one]
        assert bool([one for one in told if "does not say at which satellite" in one]) != homes.says_places


async def test_home_assistant_is_answered_by_nobody_at_once_when_claw_has_ended(homes: Homes) -> None:
    homes.claw.end()
    async with homes.hass.talk() as talk:
        kind, said = await process(talk, "turn on the kitchen lights")
        assert kind == "error"
        assert "service" in said
