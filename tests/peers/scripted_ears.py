"""Servers that turn speech into text as a test tells them to, over real sockets: one that speaks Wyoming, one OpenAI.

Each answers with ``text`` to whatever sound it gets, keeps what it was asked, and misbehaves on demand.
"""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Self

from aiohttp import web

from claw.voice.frames import CLIENT, BadFrame, Frame, FrameReader, encode


class ScriptedEar:
    """What both have in common.

    ``trouble`` is one of ``""``, ``cut off`` (the connection ends where the answer should be), ``silent`` (nothing
    comes), ``garbage`` (bytes that are nothing) and ``error`` (it says that it failed).
    """

    def __init__(self) -> None:
        self.text: Any = ""
        self.language: str | None = "en"
        self.trouble = ""
        self.asked: list[Mapping[str, Any]] = []
        self.sounds: list[bytes] = []
        self.open = 0
        self.address = ""
        self.waiting = asyncio.Event()


class WyomingEar(ScriptedEar):
    """A Wyoming server with a program for speech to text; ``chunks`` are told before the end, where there are any."""

    def __init__(self) -> None:
        super().__init__()
        self.chunks: tuple[str, ...] = ()
        self.raw: bytes | None = None
        """Sent in place of an answer."""
        self.info: Mapping[str, Any] = {
            "asr": [{"name": "ear", "installed": True, "models": [{"name": "small", "languages": ["en"]}]}]
        }
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._met, "127.0.0.1", 0)
        self.address = f"tcp://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.open += 1
        try:
            await self._talk(reader, writer)
        except (ConnectionError, BadFrame):
            pass
        finally:
            self.open -= 1
            self._tasks.discard(task)
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        frames, sound = FrameReader(CLIENT), b""
        while more := await reader.read(1 << 16):
            for frame in frames.feed(more):
                match frame.type:
                    case "describe":
                        writer.write(encode(Frame("info", dict(self.info))))
                    case "transcribe":
                        self.asked.append(dict(frame.data))
                    case "audio-chunk":
                        sound += frame.payload
                    case "audio-stop":
                        self.sounds.append(sound)
                        sound = b""
                        if not await self._answer(writer):
                            return

    async def _answer(self, writer: asyncio.StreamWriter) -> bool:
        """Answer; return whether the connection stays."""
        if self.raw is not None:
            writer.write(self.raw)
            await writer.drain()
            return True
        match self.trouble:
            case "cut off":
                return False
            case "silent":
                self.waiting.set()
            case "garbage":
                writer.write(b"\x00\xff not an event\n" * 10)
            case "error":
                writer.write(encode(Frame("error", {"text": "it is broken", "code": "broken"})))
            case _:
                if self.chunks:
                    writer.write(encode(Frame("transcript-start")))
                    for chunk in self.chunks:
                        writer.write(encode(Frame("transcript-chunk", {"text": chunk})))
                said = {"text": self.text} | ({"language": self.language} if self.language else {})
                writer.write(encode(Frame("transcript", said)))
                if self.chunks:
                    writer.write(encode(Frame("transcript-stop")))
        await writer.drain()
        return True


class OpenAIEar(ScriptedEar):
    """A server with ``/v1/audio/transcriptions``; ``status`` other than 200 sends ``message`` as an error."""

    def __init__(self) -> None:
        super().__init__()
        self.status = 200
        self.message = "something went wrong"
        self.keys: list[str | None] = []
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=16 << 20)
        app.router.add_post("/v1/audio/transcriptions", self._heard)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.address = f"http://127.0.0.1:{self._runner.addresses[0][1]}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _heard(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        file = form["file"]
        assert isinstance(file, web.FileField)
        with file.file as sound:
            self.sounds.append(sound.read())
        self.asked.append({name: value for name, value in form.items() if name != "file"})
        self.keys.append(request.headers.get("Authorization"))
        self.open += 1
        try:
            return await self._answer(request)
        finally:
            self.open -= 1

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        match self.trouble:
            case "cut off":
                assert request.transport is not None
                request.transport.abort()
                return web.Response()
            case "silent":
                self.waiting.set()
                await asyncio.Event().wait()
            case "garbage":
                return web.Response(body=b"\x00\xff", content_type="application/json")
            case "error":
                return web.json_response({"error": {"message": self.message}}, status=500)
            case _:
                pass
        if self.status != 200:
            return web.json_response({"error": {"message": self.message}}, status=self.status)
        return web.Response(text=json.dumps({"text": self.text}), content_type="application/json")
