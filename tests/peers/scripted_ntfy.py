"""A server that messages are posted to, as ntfy and as any webhook: it keeps what came, and answers as it is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web

from tests.peers.real_hass import free_port


@dataclass(frozen=True)
class Came:
    """One request."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class ScriptedNtfy:
    """Use as ``async with ScriptedNtfy() as server``; ``answers`` are taken first to last, then everything is well."""

    port: int = field(default_factory=free_port)
    answers: list[tuple[int, Mapping[str, str]]] = field(default_factory=list)
    came: list[Came] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._take)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        self.came.append(Came(request.path, dict(request.headers), await request.read()))
        status, headers = self.answers.pop(0) if self.answers else (200, dict[str, Any]())
        return web.Response(status=status, headers=headers, text="x" * 1000)
