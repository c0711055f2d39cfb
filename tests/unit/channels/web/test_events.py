from pathlib import Path
from typing import Any

import pytest

from claw.base.action import Message
from claw.channels.clients import EVERY_RIGHT
from claw.channels.web import events
from claw.channels.web.events import HEARTBEAT_S, STREAMS_EACH, frame
from claw.house.backend import Link
from tests.serving import Served, serving

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_state_change_arrives(served: Served) -> None:
    async with served.events() as events:
        await served.say("turn on the porch light")
        state = await events.until("state", entity_id="light.porch")
        assert state["state"] == "on"
        assert "supported_features" not in state["attributes"]


async def test_a_question_and_its_answer_arrive(served: Served) -> None:
    async with served.events() as events:
        reply = await served.say("unlock the front door")
        question = reply["pending"][0]["id"]
        shown = await events.until("pending")
        assert question in [one["id"] for one in shown["pending"]]
        await served.ask("POST", f"/api/pending/{question}", json={"answer": "no"})
        while question in [one["id"] for one in (await events.until("pending"))["pending"]]:
            pass


async def test_a_stop_and_a_reset_arrive(served: Served) -> None:
    async with served.events() as events:
        await served.ask("POST", "/api/stop", json={"reason": "smoke"})
        assert (await events.until("stop"))["reason"] == "smoke"
        await served.ask("POST", "/api/stop/reset", json={"reason": "toast"}, token=None, headers=served.page())
        await events.until("stop", engaged=False)


async def test_a_lost_link_arrives(served: Served) -> None:
    async with served.events() as events:
        link = served.daemon.mirror.link
        served.daemon.mirror.linked(Link("lost", "cable"))
        assert (await events.until("link"))["status"] == "lost"
        served.daemon.mirror.linked(link)


async def test_only_who_may_read_the_log_is_told_of_it(served: Served) -> None:
    _, token = served.daemon.clients.issue("no log", "anna", EVERY_RIGHT - {"read_log"})
    async with served.events(token) as narrow, served.events() as wide:
        await served.say("turn off the porch light")
        await wide.until("log")
        served.daemon.mirror.linked(Link("lost", "mark"))
        served.daemon.mirror.linked(Link("ready", "simulated"))
        while (name := (await narrow.next())[0]) != "link":
            assert name != "log"


async def test_what_is_being_done_arrives_where_it_was_asked_and_nowhere_else(served: Served) -> None:
    _, token = served.daemon.clients.issue("another", "anna", EVERY_RIGHT)
    async with served.events(token) as other, served.events() as own:
        await served.say("turn on the porch light")
        doing = await own.until("doing", stage="acts")
        assert doing["text"] == "Doing it."
        assert (await own.until("doing", stage="ends"))["text"] == ""
        served.daemon.mirror.linked(Link("lost", "mark"))
        served.daemon.mirror.linked(Link("ready", "simulated"))
        while (name := (await other.next())[0]) != "link":
            assert name != "doing"


async def test_a_message_reaches_only_whom_it_is_for(served: Served) -> None:
    async with served.events() as events:
        for to in ("person:mia", "conversation:web:somebodyelse:main"):
            await served.daemon.gate.tell(Message(to, "not yours"))
        await served.daemon.gate.tell(Message("person:anna", "yours"))
        assert (await events.until("message"))["text"] == "yours"


async def test_the_stream_beats_and_tells_the_time(served: Served) -> None:
    async with served.events() as events:
        await served.clock.advance(HEARTBEAT_S + 1)
        assert "now" in await events.until("beat")


async def test_a_revoked_clients_stream_ends_at_once(served: Served) -> None:
    client, token = served.daemon.clients.issue("lost phone", "anna")
    async with served.events(token) as events:
        served.daemon.clients.revoke(client.id)
        await events.until("end")


async def test_one_client_cannot_take_every_stream(served: Served) -> None:
    _, token = served.daemon.clients.issue("many tabs", "anna")
    headers = {"Authorization": f"Bearer {token}"}
    opened = [await served.http.get(served.url("/api/events"), headers=headers) for _ in range(STREAMS_EACH)]
    for response in opened:
        assert response.status == 200
        await response.content.readline()
    status, body, _ = await served.ask("GET", "/api/events", token=token)
    assert (status, body["error"]["kind"]) == (503, "unavailable")
    for response in opened:
        response.close()
    async with served.events():
        pass


async def test_a_server_with_listeners_closes_at_once(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.events() as events:
        await served.web.close()
        await events.until("end")


async def test_nothing_inside_an_event_can_end_its_frame() -> None:
    hostile = "a\n\ndata: {}\r\nevent: stop\u2028\x00"
    text = frame({"type": "message", "text": hostile})
    assert text.count("\n\n") == 1
    assert text.endswith("\n\n")
    assert "\r" not in text
    assert [line.partition(":")[0] for line in text.rstrip().split("\n")] == ["event", "data"]


async def test_what_happens_at_nearly_the_same_time_is_written_once(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    write = events._Writer.write

    async def counted(self: Any, text: str) -> None:
        written.append(text)
        await write(self, text)

    monkeypatch.setattr(events._Writer, "write", counted)
    async with served.events() as first, served.events() as second:
        for state in ("off", "on"):
            await served.say(f"turn {state} the kitchen lights")
            for one in (first, second):
                await one.until("log")
    frames = [text.count("event: ") for text in written if "still here" not in text]
    assert max(frames) > 1
    assert len(written) < sum(frames)
