"""Home Assistant's own voice assistants, used from outside: made, spoken to, and taken away again."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from tests.peers.real_hass import Talk

RATE = 16_000
PIECE = 2048


@contextlib.asynccontextmanager
async def assistant(
    talk: Talk, agent: str, engine: str | None = None, *, preferred: bool = False, **more: Any
) -> AsyncIterator[str]:
    """An assistant that hands words to ``agent`` and sound to ``engine``; its id.

    ``preferred``: satellites use it meanwhile.
    """
    own = {"language": "en", "name": "Tried", "conversation_language": "en", "stt_language": "en" if engine else None}
    none = dict.fromkeys(("tts_engine", "tts_language", "tts_voice", "wake_word_entity", "wake_word_id"))
    made = await talk.command(
        "assist_pipeline/pipeline/create", conversation_engine=agent, stt_engine=engine, **own, **none, **more
    )
    before = (await talk.command("assist_pipeline/pipeline/list"))["preferred_pipeline"]
    if preferred:
        await talk.command("assist_pipeline/pipeline/set_preferred", pipeline_id=made["id"])
    try:
        yield made["id"]
    finally:
        if preferred:
            await talk.command("assist_pipeline/pipeline/set_preferred", pipeline_id=before)
        await talk.command("assist_pipeline/pipeline/delete", pipeline_id=made["id"])


async def typed(talk: Talk, pipeline: str, text: str) -> dict[str, Any]:
    """Type into an assistant, as in the app, and return what it made of it (``intent-end``)."""
    events = await _run(talk, pipeline, "intent", {"text": text})
    return {**events["intent-end"]}


async def spoken(talk: Talk, pipeline: str, pcm: bytes) -> dict[str, Any]:
    """Speak to an assistant and return its events by name: ``stt-end``, ``intent-end``, ``error``."""
    return await _run(talk, pipeline, "stt", {"sample_rate": RATE, "no_vad": True}, pcm)


async def _run(talk: Talk, pipeline: str, stage: str, given: dict[str, Any], pcm: bytes = b"") -> dict[str, Any]:
    talk.number += 1
    asked = {"start_stage": stage, "end_stage": "intent", "pipeline": pipeline, "input": given}
    await talk.ws.send_json({"id": talk.number, "type": "assist_pipeline/run", **asked})
    events: dict[str, Any] = {}
    while not {"run-end", "error"} & events.keys():
        told = await talk.ws.receive_json()
        if told.get("success") is False:
            raise RuntimeError(told["error"])
        if told.get("id") != talk.number or "event" not in told:
            continue
        event = told["event"]
        events[event["type"]] = event["data"]
        if event["type"] == "stt-start":
            handler = bytes([events["run-start"]["runner_data"]["stt_binary_handler_id"]])
            for at in range(0, len(pcm), PIECE):
                await talk.ws.send_bytes(handler + pcm[at : at + PIECE])
            await talk.ws.send_bytes(handler)
    return events
