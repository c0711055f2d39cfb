"""Runs the ear alone: speech to text for a daemon that hears over a socket, in a process with nothing else to lose."""

import asyncio
import os
import signal
from contextlib import AsyncExitStack
from pathlib import Path

from claw.base.clock import SystemClock
from claw.base.config_voice import WhisperConfig
from claw.daemon.notifying import Notifier
from claw.voice.ear_server import EarServer
from claw.voice.whisper import Whisper


async def serve(config: WhisperConfig, path: Path, over: asyncio.Event | None = None) -> None:
    """Listen on ``path`` until ``over`` or a signal; raises Broken where the model or the socket cannot be used."""
    clock, notifier = SystemClock(), Notifier.of(os.environ)
    ending = over or asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ending.set)
    async with AsyncExitStack() as rooms:
        engine = Whisper(config, clock)
        rooms.push_async_callback(engine.close)
        await engine.warm()
        server = EarServer(path, engine, clock)
        rooms.push_async_callback(server.close)
        await server.start()
        notifier.tell(READY=1, STATUS="Listening")
        await ending.wait()
        notifier.tell(STOPPING=1)
