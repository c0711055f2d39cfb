"""A microphone that hears what a test plays, when it plays it: a pipe with a name, and ``cat`` at its other end."""

import asyncio
import os
from pathlib import Path

FRAME_S, FRAME = 0.032, bytes(1024)


class Played:
    """``command`` is what a configuration names; the pipe stays open until ``close``."""

    def __init__(self, folder: Path) -> None:
        path = folder / "microphone"
        os.mkfifo(path)
        self.command = ["cat", str(path)]
        self._handle = os.open(path, os.O_RDWR)
        self._turn = asyncio.Lock()

    async def play(self, sound: bytes) -> None:
        """Let the room sound, as quickly as it is heard; returns when the microphone has nearly all of it."""
        async with self._turn:
            await asyncio.to_thread(self._write, sound)

    async def quietly(self) -> None:
        """Be a quiet room between the sounds, until cancelled."""
        while True:
            await self.play(FRAME)
            await asyncio.sleep(FRAME_S)

    def close(self) -> None:
        os.close(self._handle)

    def _write(self, sound: bytes) -> None:
        while sound:
            sound = sound[os.write(self._handle, sound) :]
