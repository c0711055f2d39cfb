"""Every kind of routine, written as an automation, is taken by the real Home Assistant, and its templates work."""

from typing import Any

import aiohttp
import pytest
import yaml

from claw.routines.export import automation
from tests.peers.real_hass import RealHomeAssistant, Talk
from tests.routines_to_export import PEOPLE, PLACE, every_kind

TAKEN_FROM = (2024, 10)
"""Before, an automation had a trigger, a condition and an action, and not several of each (docs/routines.md)."""


async def test_home_assistant_takes_every_kind_of_exported_routine(home_assistant: RealHomeAssistant) -> None:
    if tuple(int(part) for part in home_assistant.version.split(".")[:2]) < TAKEN_FROM:
        pytest.skip(f"HOME ASSISTANT {home_assistant.version} WRITES AUTOMATIONS OTHERWISE: nothing was tried")
    async with home_assistant.talk() as talk:
        for name, one in every_kind().items():
            (body,) = yaml.safe_load(automation(one, PEOPLE, PLACE).yaml)
            parts = {key: body[key] for key in ("triggers", "conditions", "actions")}
            told = await talk.command("validate_config", **parts)
            assert {key: part["error"] for key, part in told.items()} == dict.fromkeys(parts), name
            await taken_as_a_whole(home_assistant, name, body)
            await means_something(talk, name, body)


async def taken_as_a_whole(peer: RealHomeAssistant, name: str, body: dict[str, Any]) -> None:
    """Its own editor's door, which checks id, mode and all else that an automation has."""
    headers = {"Authorization": f"Bearer {peer.token}"}
    url = f"{peer.url}/api/config/automation/config/{body['id']}"
    async with aiohttp.ClientSession() as http, http.post(url, json=body, headers=headers) as answer:
        assert answer.status == 200, (name, await answer.text())


async def means_something(talk: Talk, name: str, body: dict[str, Any]) -> None:
    """A condition can be asked without an error, and a template says true or false."""
    for condition in body["conditions"]:
        text = str(condition)
        if "'trigger'" in text or "this." in text:  # known only to an automation that runs
            continue
        told = await talk.command("test_condition", condition=condition)
        assert told["result"] in {True, False, None}, (name, condition)
    for trigger in body["triggers"]:
        if trigger["trigger"] == "template":
            told = await talk.command(
                "test_condition", condition={"condition": "template", "value_template": trigger["value_template"]}
            )
            assert told["result"] in {True, False}, name
