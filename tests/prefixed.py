"""A proxy that puts a web server under a prefix, as Home Assistant's ingress does.

It takes the prefix off and passes everything else on as it came.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "content-encoding"}


@asynccontextmanager
async def under(prefix: str, port: int) -> AsyncIterator[str]:
    """Serve what stands at ``port`` of this machine under ``prefix``; give the address of the page there."""
    async with aiohttp.ClientSession(auto_decompress=True) as out:

        async def passed(request: web.Request) -> web.StreamResponse:
            rest = request.raw_path.removeprefix(prefix)
            headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP}
            async with out.request(
                request.method,
                f"http://127.0.0.1:{port}{rest}",
                headers=headers,
                data=await request.read() or None,
                allow_redirects=False,
            ) as answer:
                response = web.StreamResponse(status=answer.status)
                for name, value in answer.headers.items():
                    if name.lower() not in HOP:
                        response.headers.add(name, value)
                await response.prepare(request)
                async for chunk in answer.content.iter_any():
                    await response.write(chunk)
                return response

        app = web.Application()
        app.router.add_route("*", prefix + "/{rest:.*}", passed)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        own = runner.addresses[0][1]
        try:
            yield f"http://127.0.0.1:{own}{prefix}/"
        finally:
            await runner.cleanup()
