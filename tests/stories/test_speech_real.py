"""Claw speaks through a real Home Assistant: a timer that was set by voice rings on a media player of that room."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from wyoming.client import AsyncTcpClient
from wyoming.event import Event

from tests.peers.real_hass import RealHomeAssistant, Talk, free_port
from tests.peers.wyoming_voice import voice_peer
from tests.running import running_for
from tests.talking import local, until

POLICY = """\
version: 1
rules:
  - {id: messages, allow: claw.notify}
  - {id: later, allow: claw.schedule}
  - {id: aloud, allow: [tts.speak, media_player.media_stop], who: {channel: system}}
"""
VOICE = """
voice:
  wyoming: {{port: {port}, peers: [{{address: 127.0.0.1, place: bedroom}}]}}
  speech: {{rooms: {{bedroom: media_player.bedroom}}, voice: tts.tones, quiet: null}}
"""
PLAYER = "media_player.bedroom"
KNOWN_FROM = (2025, 4)


async def played(talk: Talk) -> tuple[str, str]:
    """Return the state of the player, and the words that it was given last."""
    state = (await talk.states())[PLAYER]
    asked = urlsplit(str(state["attributes"].get("media_content_id", "")))
    return str(state["state"]), "".join(parse_qs(asked.query).get("message", [""])) if asked.scheme else ""


async def say(port: int, text: str) -> Event:
    async with AsyncTcpClient("127.0.0.1", port) as claw:
        await claw.write_event(Event("transcript", {"text": text}))
        answer = await claw.read_event()
        assert answer is not None
        return answer


async def test_a_timer_rings_on_a_media_player_until_somebody_says_stop(
    home_assistant: RealHomeAssistant, tmp_path: Path
) -> None:
    if tuple(int(part) for part in home_assistant.version.split(".")[:2]) < KNOWN_FROM:
        pytest.skip(
            f"HOME ASSISTANT {home_assistant.version} WAS NEVER TRIED WITH A VOICE OF ITS OWN: nothing was tried"
        )
    port = free_port()
    async with voice_peer() as peer, home_assistant.talk() as talk:
        entry = await home_assistant.set_up_wyoming(urlsplit(peer.server).port or 0)
        try:
            voice = VOICE.format(port=port)
            with running_for(tmp_path, home_assistant.url, home_assistant.token, POLICY, voice) as running:
                async with local(running.state) as told:

                    async def ready() -> bool:
                        return bool((await told.ask("status"))["link"]["ready"])

                    await until(ready, 60)
                assert (await say(port, "set a tea timer for 1 second")).type == "handled"

                async def rings() -> bool:
                    return "tea timer" in (await played(talk))[1]

                await until(rings)
                assert (await played(talk))[0] == "playing"
                await say(port, "stop")

                async def silent() -> bool:
                    return (await played(talk))[0] != "playing"

                await until(silent)
        finally:
            await home_assistant.remove(entry)
