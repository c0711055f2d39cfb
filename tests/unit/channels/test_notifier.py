"""Messages that are posted: to whom, in which shape, tried how often, and that no secret is told of."""

import asyncio
import hashlib
import hmac
import json
import logging
from collections.abc import Sequence
from typing import Any

import pytest

from claw.base.action import Message
from claw.base.config_channels import NotifierConfig
from claw.base.errors import Unavailable
from claw.channels.notifier import LONGEST, MOST_AT_ONCE, Http, Notifier, Sent
from tests.held_clock import HeldClock
from tests.peers.real_hass import free_port
from tests.peers.scripted_ntfy import ScriptedNtfy

TOKEN = "tk_that_nobody_may_see"
SMOKE = Message("everyone", "Smoke in the kitchen!", "alarm", "high")
NOTE = Message("everyone", "The dishwasher is done.")


class Server:
    """Answers with what ``says`` holds, the last of it for ever; an exception is raised."""

    def __init__(self, *says: Any) -> None:
        self.says = list(says or ((200, ""),))
        self.took: list[tuple[str, Sent]] = []
        self.closed = False

    async def __call__(self, url: str, sent: Sent) -> tuple[int, str]:
        self.took.append((url, sent))
        says = self.says.pop(0) if len(self.says) > 1 else self.says[0]
        if isinstance(says, Exception):
            raise says
        if says == "silence":
            await asyncio.Event().wait()
        return says

    async def close(self) -> None:
        self.closed = True

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(sent.body) for _, sent in self.took]


def config(**more: Any) -> NotifierConfig:
    return NotifierConfig.model_validate({"kind": "ntfy", "url": "https://ntfy.example/", "topic": "claw"} | more)


def notifier(
    server: Any, clock: HeldClock | None = None, settings: NotifierConfig | None = None, token: str = TOKEN
) -> Notifier:
    clock = clock or HeldClock()
    return Notifier(settings or config(), token, "https://claw.example", clock, clock, server)


WEBHOOK = NotifierConfig(kind="webhook", url="https://hook.example/secret-path")


@pytest.mark.parametrize(
    ("message", "priority", "tags"),
    [
        (SMOKE, 5, ["rotating_light"]),
        (Message("everyone", "x", "note", "low"), 2, None),
        (NOTE, 3, None),
        (Message("everyone", "x", "question", "high"), 4, ["question"]),
    ],
)
async def test_ntfy_is_told_in_its_own_words(message: Message, priority: int, tags: Sequence[str] | None) -> None:
    server = Server()
    assert await notifier(server, settings=config(least="low")).tell(message)
    ((url, sent),) = server.took
    body = json.loads(sent.body)
    assert (url, sent.headers["Authorization"]) == ("https://ntfy.example/", f"Bearer {TOKEN}")
    assert (body["topic"], body["title"], body["message"]) == ("claw", "Claw", message.text)
    assert (body["priority"], body.get("tags"), body["click"]) == (priority, tags, "https://claw.example")


async def test_a_webhook_is_signed_over_time_and_body() -> None:
    server = Server()
    assert await notifier(server, settings=WEBHOOK).tell(NOTE)
    ((_, sent),) = server.took
    moment = sent.headers["Claw-Timestamp"]
    expected = hmac.new(TOKEN.encode(), f"{moment}.".encode() + sent.body, hashlib.sha256).hexdigest()
    assert sent.headers["Claw-Signature"] == f"sha256={expected}"
    assert moment == str(int(HeldClock().now().timestamp()))
    body = json.loads(sent.body)
    assert {key: body[key] for key in ("to", "text", "kind", "urgency")} == {
        "to": "everyone", "text": NOTE.text, "kind": "note", "urgency": "normal"
    }  # fmt: skip
    assert TOKEN not in sent.body.decode() + str(dict(sent.headers))


async def test_without_a_token_nothing_is_signed() -> None:
    server = Server()
    await notifier(server, settings=WEBHOOK, token="").tell(NOTE)
    await notifier(server, token="").tell(NOTE)
    assert not any({"Claw-Signature", "Authorization"} & sent.headers.keys() for _, sent in server.took)


@pytest.mark.parametrize(
    ("to", "kind", "urgency", "person", "goes"),
    [
        ("everyone", "note", "normal", None, True),
        ("everyone", "note", "low", None, False),
        ("everyone", "alarm", "low", None, True),
        ("person:anna", "note", "high", None, False),
        ("person:anna", "alarm", "high", None, False),
        ("person:anna", "note", "normal", "anna", True),
        ("person:ben", "note", "high", "anna", False),
        ("everyone", "note", "normal", "anna", True),
        ("place:hall", "note", "high", None, False),
        ("place:hall", "alarm", "high", None, True),
        ("conversation:web:1", "alarm", "high", None, False),
        ("conversation:web:1", "note", "high", "anna", False),
    ],
)
async def test_who_reads_there_gets_what_is_theirs(
    to: str, kind: Any, urgency: Any, person: str, *, goes: bool
) -> None:
    server = Server()
    made = notifier(server, settings=config(person=person))
    message = Message(to, "x", kind, urgency)
    assert made.reaches(message) is goes
    assert await made.tell(message) is goes
    assert (len(server.took), made.why_not(message)) == (int(goes), "")


@pytest.mark.parametrize(
    ("says", "tries"),
    [
        ([(500, ""), (200, "")], 2),
        ([(429, "3"), (200, "")], 2),
        ([Unavailable("gone"), Unavailable("gone"), (200, "")], 3),
        ([(503, "soon"), (201, "")], 2),
    ],
)
async def test_what_a_busy_server_did_not_take_is_tried_again(says: list[Any], tries: int) -> None:
    clock, server = HeldClock(), Server(*says)
    telling = asyncio.ensure_future(notifier(server, clock).tell(NOTE))
    await clock.advance(25)
    assert (await telling, len(server.took)) == (True, tries)
    assert len({sent.body for _, sent in server.took}) == 1


@pytest.mark.parametrize("says", [(500, ""), Unavailable("gone"), (429, "999999"), (429, "9" * 400)])
async def test_trying_ends_and_the_message_reached_nobody(says: Any) -> None:
    clock, server = HeldClock(), Server(says)
    made = notifier(server, clock)
    telling = asyncio.ensure_future(made.tell(NOTE))
    await clock.advance(40)
    assert (await telling, len(server.took)) == (False, 3)
    assert made.status()["ready"] is False


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 403, 404, 413, 0])
async def test_what_it_will_never_take_is_tried_once(status: int) -> None:
    server = Server((status, ""))
    made = notifier(server)
    assert not await made.tell(NOTE)
    assert len(server.took) == 1
    assert str(status) in str(made.status()["detail"])
    server.says = [(200, "")]
    assert await made.tell(NOTE)
    assert made.status()["ready"] is True


async def test_a_server_that_says_nothing_costs_half_a_minute_and_no_more_are_started_than_a_few() -> None:
    clock, server = HeldClock(), Server("silence")
    made = notifier(server, clock)
    telling = [asyncio.ensure_future(made.tell(NOTE)) for _ in range(50)]
    await clock.settle()
    assert len(server.took) == MOST_AT_ONCE
    await clock.advance(31)
    assert await asyncio.gather(*telling) == [False] * 50
    server.says = [(200, "")]
    assert await made.tell(NOTE)


async def test_what_is_cancelled_sends_nothing_more() -> None:
    clock, server = HeldClock(), Server((500, ""))
    telling = asyncio.ensure_future(notifier(server, clock).tell(NOTE))
    await clock.settle()
    telling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await telling
    await clock.advance(60)
    assert len(server.took) == 1


async def test_words_are_cut_and_have_no_controls_in_them() -> None:
    server = Server()
    await notifier(server).tell(Message("everyone", "a\u202e\x1b[2J\nb" + "é" * 9000))
    (body,) = server.bodies()
    assert body["message"].startswith("a[2J\nb")
    assert len(body["message"].encode()) <= LONGEST


async def test_no_token_and_no_address_stands_in_what_is_said(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server = Server((401, ""))
    made = notifier(server, settings=WEBHOOK)
    assert not await made.tell(NOTE)
    ((_, sent),) = server.took
    told = f"{made.status()} {made!r} {sent!r} {caplog.text}"
    assert "hook.example" in told
    assert TOKEN not in told
    assert "secret-path" not in told


async def test_it_is_a_channel_that_lets_go_when_it_is_closed() -> None:
    server = Server()
    made = notifier(server)
    await made.start()
    await made.close()
    assert server.closed


async def test_over_http_a_redirect_is_not_followed_and_what_came_is_what_was_sent() -> None:
    async with ScriptedNtfy() as server, ScriptedNtfy() as elsewhere:
        post = Http()
        made = Notifier(config(url=server.url), TOKEN, "", HeldClock(), HeldClock(), post)
        server.answers = [(302, {"Location": elsewhere.url}), (200, {"Set-Cookie": "a=b"})]
        assert not await made.tell(NOTE)
        assert await made.tell(NOTE)
        assert await made.tell(SMOKE)
        await made.close()
    assert elsewhere.came == []
    assert [json.loads(came.body)["message"] for came in server.came] == [NOTE.text, NOTE.text, SMOKE.text]
    assert server.came[1].headers["Authorization"] == f"Bearer {TOKEN}"
    assert "Cookie" not in server.came[2].headers


async def test_a_server_that_is_not_there_is_unavailable_and_its_address_is_not_told() -> None:
    post, port = Http(), free_port()
    with pytest.raises(Unavailable) as caught:
        await post(f"http://127.0.0.1:{port}/secret-path", Sent(b"{}", {}))
    await post.close()
    assert str(port) not in str(caught.value)
    assert "secret-path" not in str(caught.value)
    assert caught.value.__cause__ is None
