"""Asks a model's server whether it is there and takes the key, by its list of models, which costs nothing.

Only where somebody says so in so many words is the model itself asked, one word, which costs a few tokens.
"""

import asyncio
import json
from dataclasses import dataclass

from claw.base.clock import SystemClock
from claw.base.config import ModelConfig
from claw.base.errors import Unavailable
from claw.house.text import plain
from claw.llm.call import Call
from claw.llm.client import Client

LONGEST = 4 << 20
ANSWER_TOKENS = 16
PATIENCE_S = 30.0
_REFUSED = frozenset({401, 403})


@dataclass(frozen=True)
class Server:
    """What a server says: whether it takes the key, and whether it has the model, None where it does not tell."""

    takes_key: bool
    has_model: bool | None


def ask_server(config: ModelConfig, key: str, seconds: float) -> Server:
    """Return what the server of ``config`` says; raises Unavailable when it is not there."""
    import niquests  # noqa: PLC0415  an examination without a model pays for no client
    from niquests.exceptions import RequestException  # noqa: PLC0415  as above

    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        with niquests.Session() as session:
            response = session.get(
                f"{config.base_url.rstrip('/')}/models", headers=headers, timeout=seconds, allow_redirects=False
            )
            status, body = response.status_code or 0, response.content or b""
    except (RequestException, OSError) as error:
        raise Unavailable(f"it cannot be reached ({type(error).__name__})") from None
    if status >= 500:  # noqa: PLR2004  the server's own errors
        raise Unavailable(f"it answered HTTP {status}")
    return Server(status not in _REFUSED, _has(body, config.name) if status == 200 else None)  # noqa: PLR2004  it is HTTP


def ask_model(config: ModelConfig, key: str) -> str:
    """Return what the model says to one word, within half a minute; raises what ``claw.llm.client`` raises."""

    async def asked() -> str:
        clock = SystemClock()
        client = Client(config, clock, clock, key=lambda: key)
        try:
            async with asyncio.timeout(PATIENCE_S):
                call = Call(({"role": "user", "content": "Say: ready"},), "check", ANSWER_TOKENS)
                return plain((await client.complete(call)).text, 60)
        except TimeoutError:
            raise Unavailable(f"it gave no answer within {PATIENCE_S:g} s") from None
        finally:
            await client.close()

    return asyncio.run(asked())


def _has(body: bytes, name: str) -> bool | None:
    try:
        rows = json.loads(body)["data"] if len(body) <= LONGEST else None
        return None if rows is None else any(row["id"] == name for row in rows)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
