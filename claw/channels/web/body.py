"""Reading what a request carries, within bounds: nobody's body is awaited for long, or held where it is too large."""

import asyncio

from starlette.requests import ClientDisconnect, Request

from claw.channels.web.guard import BODY_LIMIT, Rejected, check_content, too_large

BODY_PATIENCE_S = 10.0


async def read_json(request: Request, limit: int = BODY_LIMIT) -> bytes:
    """Return the body of a request that announces JSON, at most ``limit`` bytes.

    Raises Rejected when it is no JSON by its own word, too large or too slow, or does not come.
    """
    check_content(request.headers, limit)
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_PATIENCE_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit:
                    raise too_large(limit)
    except ClientDisconnect:
        raise Rejected(400, "gone", "The rest of the request did not come.") from None
    except TimeoutError:
        raise Rejected(408, "too_slow", "The rest of the request did not come.") from None
    return bytes(body)
