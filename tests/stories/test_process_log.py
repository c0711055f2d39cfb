"""The whole log of a real process after a bad day: no secret of the household in it, and no word that anybody said."""

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from tests.peers.counting_hass import CountingHass
from tests.peers.leaking_daemon import MARKS
from tests.peers.real_hass import free_port
from tests.peers.scripted_model import ScriptedModel
from tests.peers.scripted_telegram import ScriptedTelegram
from tests.running import environment, write_house
from tests.talking import HungUp, local, until

POLICY = """\
version: 1
rules:
  - {id: talk, allow: [claw.notify, claw.model, claw.remember]}
  - {id: comfort, allow: "light.*"}
  - {id: unlock, confirm: lock.unlock, ask: {roles: [owner], channels: [cli, telegram]}}
"""
WORDS = "xylocanary"
SAID = f"turn on the {WORDS} and tell aunt {WORDS} about it"
SECRETS = {
    "house": "plain-canary-of-the-house",
    "model": "canary of the model",
    "telegram": "123456:canary-of-telegram",
    "mqtt": "Canary/of+mqtt",
}


def _configured(folder: Path, house: CountingHass, model: ScriptedModel, telegram: ScriptedTelegram) -> Path:
    for name, secret in SECRETS.items():
        path = folder / name
        path.write_text(secret, encoding="utf-8")
        path.chmod(0o600)
    more = (
        f"model: {{name: small, base_url: '{model.base_url}', key_file: model}}\n"
        f"channels:\n"
        f"  telegram: {{token_file: telegram, api: '{telegram.url}'}}\n"
        f"  mqtt: {{host: 127.0.0.1, port: {free_port()}, username: claw, password_file: mqtt}}\n"
    )
    return write_house(folder, {"url": house.url, "token_file": "house"}, POLICY, more=more)


async def _bad_day(state: Path, house: CountingHass, model: ScriptedModel) -> None:
    async def linked() -> bool:
        try:
            async with local(state) as talk:
                return bool((await talk.ask("status"))["link"]["ready"])
        except HungUp:
            return False

    await until(linked)
    async with local(state) as talk:
        model.fails(401, f"Incorrect API key provided: {SECRETS['model']}")
        await talk.say(SAID)
        model.misbehaves("garbage", f"{WORDS} {SECRETS['model']}")
        await talk.say(SAID)
        model.says(program=f'say("{WORDS}")\nraise ValueError("{WORDS}")')
        await talk.say(SAID)
        for said in (f"remember that {WORDS} is allergic to nuts", "unlock the door", "turn on the lamp"):
            await talk.say(said)
        house.answers["call_service"] = _fails
        await talk.say("turn off the lamp")
    house.token = "another one"
    await house.client.drop()
    async with local(state) as talk:

        async def refused() -> bool:
            return bool((await talk.ask("status"))["link"]["status"] == "refused")

        await until(refused)


async def _fails(client: object, message: dict[str, object]) -> None:
    error = {"code": "home_assistant_error", "message": f"{WORDS} of {SECRETS['house']}"}
    await client.send({"id": message["id"], "type": "result", "success": False, "error": error})  # type: ignore[attr-defined]


@pytest.mark.parametrize("form", ["text", "json"])
async def test_the_log_of_a_bad_day_holds_no_secret_and_no_word_of_anybody(tmp_path: Path, form: str) -> None:
    async with CountingHass() as house, ScriptedModel() as model, ScriptedTelegram() as telegram:
        house.token = SECRETS["house"]
        config, state = _configured(tmp_path, house, model, telegram), tmp_path / "state"
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.peers.leaking_daemon"),
            *("run", "--config", str(config), "--state-dir", str(state), "--log-format", form),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=Path(__file__).parents[2],
            env={**environment(), "LEAKED": json.dumps([*SECRETS.values()]), "SAID": SAID},
        )
        assert process.stdout is not None
        reading = asyncio.create_task(process.stdout.read())
        try:
            await _bad_day(state, house, model)
            process.terminate()
            assert await asyncio.wait_for(process.wait(), 20) == 0
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
            log = (await reading).decode()
    for mark in (*MARKS, "is ready"):
        assert mark in log, "it was tried, and the log was kept"
    for secret in SECRETS.values():
        assert secret not in log
        assert secret not in log.replace("%20", " ").replace("%2F", "/").replace("%2B", "+").replace("%3A", ":")
    assert WORDS not in log.casefold()
    if form == "json":
        assert all(json.loads(line)["text"] for line in log.splitlines())
    assert os.linesep in log
