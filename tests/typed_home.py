"""A home in which everything can be typed that the pages show: one daemon with voice, Telegram, tools and backups."""

import asyncio
import json
import re
import shutil
import sys
import wave
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typer

from claw.cli.commands import build
from claw.daemon.demo import FOLDER, demo_config
from tests.peers import tool_server
from tests.peers.real_hass import free_port
from tests.peers.scripted_ears import WyomingEar
from tests.peers.scripted_telegram import TOKEN, ScriptedTelegram
from tests.peers.tiny_whisper import SENTENCES
from tests.peers.vowel import saying
from tests.running import Claw, claw, running
from tests.terminal_room import at_terminal
from tests.typed_pages import ROOT, Typed

FOLDERS = (
    "mnt/nas/claw",
    "mnt/usb",
    "var/backups/claw",
    "var/lib/claw-witness",
    "etc/claw",
    "home/skills",
    "home/.config/fish/completions",
    "home/.local/share/bash-completion/completions",
)
SATELLITES = ["assist_satellite.kitchen", "assist_satellite.bedroom"]
MANY_YES = "y\n" * 3
PASSPHRASE = "correct horse battery\n" * 2


@dataclass
class Home:
    """The daemon, the folder with everything else, and the server of its chats, which lives in ``loop``."""

    folder: Path
    daemon: Claw
    telegram: ScriptedTelegram
    loop: asyncio.AbstractEventLoop
    printed: list[str] = field(default_factory=list[str])
    """What the newest command printed."""

    def types(self, command: str) -> None:
        """Run a command that no page shows there and some command needs; it has to go well."""
        self.run(Typed("", 0, command), 0)

    def run(self, step: Typed, *codes: int) -> None:
        """Run what is typed, with what the page calls things put as they are called here; it ends with one of these."""
        words = [self._called(word) for word in step.words[1:] if word != "[FILE]"]
        if "--state-dir" not in words and "--state-dir" in reads(step)[2]:
            words += ["--state-dir", str(self.daemon.state)]
        if step.text == "claw policy apply NEW":
            self._asked(words)
            return
        done = claw(*words, typed=PASSPHRASE if "--passphrase" in words else MANY_YES, timeout=120)
        self.printed = (done.stdout + done.stderr).splitlines()
        assert done.returncode in codes, (f"{step.page}:{step.line}: {step.text}", done.returncode, self.printed)
        if step.into:
            Path(self._called(step.into)).write_text(done.stdout, encoding="utf-8")

    def _asked(self, words: list[str]) -> None:
        with at_terminal(*words) as screen:
            screen.shows("Let this be the policy")
            screen.types("y\n")
            screen.shows("replaced")
            assert screen.process.wait(20) == 0

    def _called(self, word: str) -> str:
        if word == "ID":
            waiting = self.daemon.json("pending")
            return str(waiting[0]["id"] if waiting else self.daemon.json("clients", "list")[0]["id"])
        if word in {"42", "12345"}:
            return str([one["seq"] for one in self.daemon.json("log") if one["kind"] == "intent"][-1])
        if word == "7":
            return str(self.daemon.json("memory", "list")[0]["id"])
        word = re.sub(r"^~/", f"{self.folder}/home/", re.sub(r"^(?=/(mnt|var|etc)/)", str(self.folder), word))
        return NAMES.get(word, word)

    def enrols(self) -> None:
        """Have anna write to the bot what the newest command told her to."""
        (code,) = re.findall(r"/start (\w+)", "\n".join(self.printed))
        self.loop.call_soon_threadsafe(self.telegram.says, 5001, f"/start {code}")
        asyncio.run_coroutine_threadsafe(self.telegram.answered(5001, "You are anna"), self.loop).result(20)


NAMES: Mapping[str, str] = {
    "NAME": "sam",
    "OLD": "policy.yaml",
    "FILE": str(ROOT / "tests" / "talks" / "two_households.json"),
    "light.big_lamp": "light.kitchen_ceiling",
    "blinds": "open the blinds",
}
"""What is called otherwise on the pages than in this home."""


def reads(step: Typed) -> tuple[str, frozenset[str], frozenset[str]]:
    """Return which command it is, the options that are given, and those that it has."""
    command: Any = typer.main.get_command(build())
    path, given, words = list[str](), set[str](), list(step.words[1:])
    while words:
        word = words.pop(0)
        if hasattr(command, "left_out") and word not in command.commands:
            command = command.commands[command.left_out]
        if word.startswith("-"):
            given.add(word)
            options = {name: one for one in command.params for name in (*one.opts, *one.secondary_opts)}
            if word in options and not options[word].is_flag and words:
                words.pop(0)
        elif hasattr(command, "commands") and word in command.commands:
            command = command.commands[word]
            path.append(word)
    has = {name for one in command.params for name in one.opts}
    return " ".join(path), frozenset(given), frozenset(has)


def _configured(folder: Path, words: Path, ear: WyomingEar, telegram: ScriptedTelegram) -> Path:
    for name in FOLDERS:
        (folder / name).mkdir(parents=True)
    (folder / "policy.yaml").write_text((FOLDER / "policy.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "telegram-token").write_text(TOKEN, encoding="utf-8")
    (folder / "telegram-token").chmod(0o600)
    sound = saying(SENTENCES[0])
    with wave.open(str(folder / "kitchen.wav"), "wb") as file:
        file.setparams((sound.channels, 2, sound.rate, 0, "NONE", ""))
        file.writeframes(sound.pcm)
    words.write_text(json.dumps({"search": "Finds notes"}), encoding="utf-8")
    tools = [sys.executable, tool_server.__file__, str(words)]
    house, policy = str(FOLDER / "house.yaml"), str(folder / "policy.yaml")
    whole = {
        "house": {"simulated": house},
        "policy": policy,
        "listen": {"port": 0},
        "audit": {"journald": False, "witness_file": str(folder / "var/lib/claw-witness")},
        "people": [json.loads(one.model_dump_json(exclude_none=True)) for one in demo_config(0).people],
        "voice": {
            "wyoming": {"port": free_port(), "peers": [{"address": "127.0.0.1", "satellites": SATELLITES}]},
            "transcriber": {"engine": "wyoming", "server": ear.address},
        },
        "channels": {
            "telegram": {"token_file": str(folder / "telegram-token"), "api": telegram.url},
            "mcp": {"servers": {"notes": {"command": tools}}},
        },
        "backup": {"folder": str(folder / "mnt/nas/claw")},
    }
    path = folder / "config.yaml"
    path.write_text(json.dumps(whole), encoding="utf-8")
    path.chmod(0o600)
    shutil.copy(path, folder / "etc" / "claw" / "config.yaml")
    return path


@asynccontextmanager
async def home(folder: Path) -> AsyncGenerator[Callable[[Callable[[Home], None]], Any]]:
    """Give what has somebody type in a home in ``folder``, in a thread of its own."""
    loop = asyncio.get_running_loop()
    # What lies in /tmp or in memory no server of tools sees: it has folders of its own there.
    with TemporaryDirectory(dir="/var/tmp") as elsewhere:
        async with WyomingEar() as ear, ScriptedTelegram() as telegram:
            ear.text = "turn on the kitchen lights"
            path = _configured(folder, Path(elsewhere, "words.json"), ear, telegram)

            def typing(does: Callable[[Home], None]) -> None:
                with running(folder / "state", ("run", "--config", str(path))) as daemon:
                    does(Home(folder, daemon, telegram, loop))

            yield lambda does: asyncio.to_thread(typing, does)
