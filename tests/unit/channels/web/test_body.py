import asyncio
from collections.abc import Sequence

import pytest
from starlette.requests import Request
from starlette.types import Message

from claw.channels.web import body
from claw.channels.web.body import read_json
from claw.channels.web.guard import Rejected

JSON = (("content-type", "application/json"),)


def request(pieces: Sequence[bytes], headers: Sequence[tuple[str, str]] = JSON, *, ends: str = "whole") -> Request:
    left = list(pieces)

    async def receive() -> Message:
        if left:
            piece = left.pop(0)
            return {"type": "http.request", "body": piece, "more_body": bool(left) or ends != "whole"}
        if ends == "gone":
            return {"type": "http.disconnect"}
        return await asyncio.Future()

    raw = [(name.encode(), value.encode()) for name, value in headers]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": raw}, receive)


async def test_a_body_comes_whole_from_its_pieces() -> None:
    assert await read_json(request([b'{"a"', b":1}"])) == b'{"a":1}'


async def test_a_body_above_its_limit_is_let_go_also_where_nothing_announced_it() -> None:
    assert len(await read_json(request([b" " * 60, b" " * 40]), 100)) == 100
    with pytest.raises(Rejected) as caught:
        await read_json(request([b" " * 60, b" " * 41]), 100)
    assert caught.value.status == 413
    with pytest.raises(Rejected) as caught:
        await read_json(request([], [*JSON, ("content-length", "101")]), 100)
    assert caught.value.status == 413


async def test_what_announces_no_json_is_not_read() -> None:
    with pytest.raises(Rejected) as caught:
        await read_json(request([b"a=1"], [("content-type", "text/plain")]))
    assert caught.value.status == 415


async def test_a_body_that_stops_coming_is_not_awaited(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Rejected) as caught:
        await read_json(request([b"{"], ends="gone"))
    assert caught.value.status == 400
    monkeypatch.setattr(body, "BODY_PATIENCE_S", 0.01)
    with pytest.raises(Rejected) as caught:
        await read_json(request([b"{"], ends="slow"))
    assert caught.value.status == 408
