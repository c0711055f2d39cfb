import json
import random
from typing import Any

import pytest

from claw.base.errors import Broken, Refused, Unavailable
from claw.channels.vital import Vital
from claw.channels.web.api import OPERATIONS
from claw.channels.web.guard import SECURITY_HEADERS
from tests.serving import Served

pytestmark = pytest.mark.asyncio(loop_scope="module")

JSON = {"Content-Type": "application/json"}
FOREIGN = {"Origin": "https://evil.example"}


def addresses() -> list[tuple[str, str]]:
    rows = [(operation.method, operation.path) for operation in OPERATIONS]
    rows += [("GET", "/api/events"), ("GET", "/api/openapi.json"), ("DELETE", "/api/session")]
    return [(method, path.replace("{id}", "abcd").replace("{seq:int}", "1")) for method, path in rows]


@pytest.mark.parametrize(("method", "path"), addresses())
async def test_nothing_is_told_or_done_without_a_client(served: Served, method: str, path: str) -> None:
    status, body, headers = await served.ask(method, path, token=None, json={} if method == "POST" else None)
    assert status in {401, 429}
    assert set(body) == {"error"}
    if status == 401:
        assert headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(("method", "path"), addresses())
async def test_every_address_refuses_another_sites_page(served: Served, method: str, path: str) -> None:
    status, body, _ = await served.ask(method, path, headers=FOREIGN, json={} if method == "POST" else None)
    assert (status, body["error"]["kind"]) in {(403, "wrong_origin"), (429, "too_many")}


@pytest.mark.parametrize("path", ["/", "/login", "/healthz", "/page/claw.css", "/api/status", "/nothing"])
async def test_a_foreign_host_is_misdirected_everywhere(served: Served, path: str) -> None:
    status, body, _ = await served.ask("GET", path, headers={"Host": "evil.example"})
    assert status in {421, 429}
    assert "error" in body


async def test_a_configured_name_is_ours(served: Served) -> None:
    assert (await served.ask("GET", "/api/status", headers={"Host": "claw.home"}))[0] == 200


async def test_a_token_in_an_address_is_refused_even_when_right(served: Served) -> None:
    status, body, _ = await served.ask("GET", f"/api/status?token={served.token}", token=None)
    assert (status, body["error"]["kind"]) in {(400, "secret_in_address"), (429, "too_many")}
    status, body, _ = await served.ask("GET", f"/api/status?x={served.token}")
    assert (status, body["error"]["kind"]) in {(400, "secret_in_address"), (429, "too_many")}
    assert served.token not in json.dumps(body)


async def test_a_sentence_moves_the_house(served: Served) -> None:
    reply = await served.say("turn on the kitchen lights")
    assert reply["status"] == "done"
    _, house, _ = await served.ask("GET", "/api/house")
    kitchen = {e["entity_id"]: e["state"] for e in house["entities"] if e["entity_id"].startswith("light.kitchen")}
    assert set(kitchen.values()) == {"on"}


async def test_a_conversation_belongs_to_its_client(served: Served) -> None:
    given: dict[str, Any] = {"text": "hello", "conversation": "sofa"}
    _, reply, _ = await served.ask("POST", "/api/messages", json=given)
    _, other = served.daemon.clients.issue("other", "anna")
    _, theirs, _ = await served.ask("POST", "/api/messages", token=other, json=given)
    assert reply["conversation"].endswith(":sofa")
    assert theirs["conversation"] != reply["conversation"]
    again = {"text": "hello", "conversation": reply["conversation"]}
    assert (await served.ask("POST", "/api/messages", json=again))[1]["conversation"] == reply["conversation"]
    stolen = (await served.ask("POST", "/api/messages", token=other, json=again))[1]["conversation"]
    assert stolen != reply["conversation"]


async def test_a_button_goes_through_the_same_door_as_a_sentence(served: Served) -> None:
    wanted = {"name": "switch.turn_on", "entities": ["switch.coffee_machine"]}
    _, reply, _ = await served.ask("POST", "/api/actions", json=wanted)
    assert reply["status"] == "done"
    wanted = {"name": "lock.unlock", "entities": ["lock.garden_gate"]}
    _, reply, _ = await served.ask("POST", "/api/actions", json=wanted)
    assert reply["status"] == "pending"
    await served.ask("POST", f"/api/pending/{reply['pending'][0]['id']}", json={"answer": "no"})
    wanted = {"name": "alarm_control_panel.alarm_disarm", "entities": ["alarm_control_panel.house"]}
    _, reply, _ = await served.ask("POST", "/api/actions", json=wanted)
    assert reply["status"] == "refused"


async def test_a_question_waits_and_is_answered_once(served: Served) -> None:
    reply = await served.say("unlock the front door")
    assert reply["status"] == "pending"
    question = reply["pending"][0]["id"]
    _, waiting, _ = await served.ask("GET", "/api/pending")
    assert question in [one["id"] for one in waiting]
    yes = {"token": None, "headers": served.page(), "json": {"answer": "yes"}}
    status, answer, _ = await served.ask("POST", f"/api/pending/{question}", **yes)
    assert (status, answer["status"]) == (200, "done")
    assert served.daemon.mirror.states["lock.front_door"].value == "unlocked"
    status, error, _ = await served.ask("POST", f"/api/pending/{question}", **yes)
    assert (status, error["error"]["kind"]) == (403, "refused")


async def test_a_token_may_not_say_yes_to_what_is_risky(served: Served) -> None:
    reply = await served.say("unlock the garden gate")
    question = reply["pending"][0]["id"]
    status, error, _ = await served.ask("POST", f"/api/pending/{question}", json={"answer": "yes"})
    assert (status, error["error"]["kind"]) == (403, "refused")
    assert "signed-in page" in error["error"]["text"]
    assert served.daemon.mirror.states["lock.garden_gate"].value == "locked"
    await served.ask("POST", f"/api/pending/{question}", json={"answer": "no"}, token=None, headers=served.page())


async def test_a_stop_holds_until_it_is_reset_with_a_reason(served: Served) -> None:
    try:
        _, state, _ = await served.ask("POST", "/api/stop", json={"reason": "smoke"})
        assert state["engaged"]
        assert (await served.ask("GET", "/api/stop"))[1]["reason"] == "smoke"
        assert (await served.say("turn off the kitchen lights"))["status"] == "stopped"
        status, body, _ = await served.ask("POST", "/api/stop/reset", json={"reason": " "})
        assert (status, body["error"]["kind"]) == (403, "refused")
        status, body, _ = await served.ask("POST", "/api/stop/reset", json={"reason": "a program is sure"})
        assert (status, body["error"]["kind"]) == (403, "refused")
        assert "not with a token" in body["error"]["text"]
    finally:
        reset = {"json": {"reason": "it was toast"}, "token": None, "headers": served.page()}
        _, state, _ = await served.ask("POST", "/api/stop/reset", **reset)
    assert state["engaged"] is False
    assert (await served.say("turn off the kitchen lights"))["status"] == "done"


async def test_the_log_tells_what_happened_and_why(served: Served) -> None:
    reply = await served.say("turn on the hall light")
    number = (reply["outcomes"] or [{}])[0].get("audit")
    assert number is not None, reply
    _, newest, _ = await served.ask("GET", "/api/log?newest_first=true&limit=5")
    assert newest[0]["seq"] > newest[-1]["seq"]
    _, after, _ = await served.ask("GET", f"/api/log?after={number - 1}&limit=1")
    assert after[0]["seq"] == number
    _, why, _ = await served.ask("GET", f"/api/why/{number}")
    assert why["entry"]["seq"] == number
    _, trace, _ = await served.ask("GET", f"/api/trace/{number}")
    assert [act["seq"] for act in trace["acts"]] == [number]
    _, who, _ = await served.ask("GET", "/api/who?of=light.hall_ceiling")
    assert who["entity"] == "light.hall_ceiling"


async def test_what_was_done_is_taken_back_over_http(served: Served) -> None:
    reply = await served.say("turn on the bathroom mirror light")
    number = reply["outcomes"][0]["audit"]
    _, would, _ = await served.ask("POST", "/api/undo", json={"seq": number, "dry_run": True})
    assert [one["effect"] for one in would["would"]] == ["allow"]
    status, told, _ = await served.ask("POST", "/api/undo", json={"seq": number})
    assert (status, told["status"], told["undoes"]) == (200, "done", [number])
    status, told, _ = await served.ask("POST", "/api/undo", json={"seq": number})
    assert [one["code"] for one in told["cannot"]] == ["undone"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"seq": -1}, 400),
        ({"seq": 2**70}, 400),
        ({"seq": 1, "surprise": 1}, 400),
        ({"tick": ["x" * 300]}, 400),
        ({"since": "x" * 30}, 400),
        ({"since": "noon"}, 403),
        ({"seq": 1, "since": "18:00"}, 403),
    ],
)
async def test_a_wrong_undo_is_said_to_be(served: Served, body: dict[str, Any], expected: int) -> None:
    assert (await served.ask("POST", "/api/undo", json=body))[0] == expected


@pytest.mark.parametrize(
    ("right", "method", "path", "body"),
    [
        ("talk", "POST", "/api/messages", {"text": "hello"}),
        ("talk", "POST", "/api/actions", {"name": "light.turn_on", "entities": ["light.porch"]}),
        ("talk", "GET", "/api/house", None),
        ("talk", "GET", "/api/status", None),
        ("talk", "GET", "/api/pending", None),
        ("approve", "POST", "/api/pending/abcd", {"answer": "no"}),
        ("stop", "POST", "/api/stop", {}),
        ("reset", "POST", "/api/stop/reset", {"reason": "x"}),
        ("read_log", "GET", "/api/log", None),
        ("read_log", "GET", "/api/why/1", None),
        ("read_log", "GET", "/api/trace/1", None),
        ("talk", "GET", "/api/who?of=lock.front_door", None),
        ("talk", "POST", "/api/undo", {}),
    ],
)
async def test_a_client_stays_under_its_ceiling(
    served: Served, right: str, method: str, path: str, body: dict[str, Any] | None
) -> None:
    others = {"talk", "approve", "stop", "reset", "read_log"} - {right}
    _, token = served.daemon.clients.issue("narrow", "anna", others)
    status, answer, _ = await served.ask(method, path, token=token, json=body)
    assert (status, answer["error"]["kind"]) == (403, "above_ceiling")
    assert not served.daemon.stop.engaged


async def test_a_yes_in_the_talk_is_under_the_ceiling_too(served: Served) -> None:
    async def yes_of(*rights: str) -> tuple[str, str]:
        _, token = served.daemon.clients.issue("talker", "anna", rights)
        said = [
            (await served.ask("POST", "/api/messages", token=token, json={"text": text}))[1]
            for text in ("turn on the bathroom fan", "yes")
        ]
        question = said[0]["pending"][0]["id"]
        status = said[1]["status"]
        if status != "done":
            await served.ask("POST", f"/api/pending/{question}", json={"answer": "no"})
        return status

    assert await yes_of("talk", "stop") == "refused"
    assert await yes_of("talk", "approve") in {"done", "started"}


async def test_a_revoked_token_is_nobody_at_once(served: Served) -> None:
    client, token = served.daemon.clients.issue("lost phone", "anna")
    assert (await served.ask("GET", "/api/session", token=token))[0] == 200
    served.daemon.clients.revoke(client.id)
    assert (await served.ask("GET", "/api/session", token=token))[0] in {401, 429}


BAD_BODIES = [
    (b"", JSON, 400),
    (b"{", JSON, 400),
    (b"\xff\xfe\x00", JSON, 400),
    (b'{"text": "\xff"}', JSON, 400),
    (b'{"text": "\\ud800"}', JSON, 400),
    (b'{"text": 5}', JSON, 400),
    (b'{"text": "x", "admin": true}', JSON, 400),
    (b'{"text": "x", "conversation": "../../x"}', JSON, 400),
    (b"[" * 20_000, JSON, 400),
    (b'{"text": "x"}', {"Content-Type": "text/plain"}, 415),
    (b"text=x", {"Content-Type": "application/x-www-form-urlencoded"}, 415),
    (b'{"text": "' + b"x" * 1_000_000 + b'"}', JSON, 413),
]


@pytest.mark.parametrize(("body", "headers", "expected"), BAD_BODIES)
async def test_a_body_that_is_wrong_is_said_to_be(
    served: Served, body: bytes, headers: dict[str, str], expected: int
) -> None:
    status, answer, _ = await served.ask("POST", "/api/messages", data=body, headers=headers)
    assert status == expected
    assert answer["error"]["text"]
    assert "xxxxxxxx" not in json.dumps(answer)


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("/api/memory/consents", {"talks": 0}),
        ("/api/undo", {"seq": True}),
        ("/api/undo", {"seq": "3"}),
        ("/api/pause", {"seconds": "60"}),
    ],
)
async def test_a_body_is_taken_for_what_it_is_and_nothing_is_made_of_it(
    served: Served, path: str, given: dict[str, Any]
) -> None:
    status, body, _ = await served.ask("POST", path, json=given)
    assert (status, body["error"]["kind"]) == (400, "invalid")


async def test_no_body_whatever_is_a_server_error(served: Served) -> None:
    chance = random.Random(8321)
    pieces = [
        b'{"text":',
        b'"',
        b"\\u0000",
        b"\x00",
        b"}",
        b"[",
        b"null",
        b"1e999",
        b"NaN",
        b"\xf0\x9f",
        b",",
        b"turn on",
    ]
    for _ in range(150):
        body = b"".join(chance.choices(pieces, k=chance.randint(0, 12)))
        for path in ("/api/messages", "/api/actions", "/api/pending/abcd"):
            status, _, _ = await served.ask("POST", path, data=body, headers=JSON)
            assert status in {200, 400, 403}, body


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (Refused("no"), 403, "refused"),
        (Unavailable("later"), 503, "unavailable"),
        (Broken("the log is damaged"), 500, "broken"),
        (RuntimeError("/secret/path"), 500, "bug"),
    ],
)
async def test_an_error_says_what_follows_from_it(
    served: Served, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, kind: str
) -> None:
    def fails() -> None:
        raise error

    monkeypatch.setattr(served.daemon.desk, "house", fails)
    found, body, _ = await served.ask("GET", "/api/house")
    assert (found, body["error"]["kind"]) == (status, kind)
    assert "secret" not in json.dumps(body)


async def test_a_body_without_a_length_is_bounded_too(served: Served) -> None:
    async def endless() -> Any:
        for _ in range(64):
            yield b" " * 4096

    status, _, _ = await served.ask("POST", "/api/messages", data=endless(), headers=JSON)
    assert status == 413


@pytest.mark.parametrize("text", ["x" * 1001, "", "\x00\x07\x1b[2J", "🦞" * 500])
async def test_a_message_that_makes_no_sense_gets_a_polite_reply(served: Served, text: str) -> None:
    reply = await served.say(text)
    assert reply["status"] in {"unclear", "refused"}
    assert reply["text"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api/log?limit=0", 400),
        ("/api/log?limit=ten", 400),
        ("/api/log?after=-1", 400),
        ("/api/log?after=99999999999999999999", 400),
        ("/api/log?order=x", 400),
        ("/api/status?x=1", 400),
        ("/api/why/99999999999999999999", 404),
        ("/api/why/999999999", 404),
        ("/api/why/x", 404),
        ("/api/trace/99999999999999999999", 404),
        ("/api/trace/999999999", 404),
        ("/api/who", 400),
        ("/api/who?of=", 400),
        ("/api/who?of=the%20moon", 403),
        ("/api/nothing", 404),
        ("/page/../server.py", 404),
        ("/page/%2e%2e/server.py", 404),
        ("/page/", 404),
    ],
)
async def test_an_address_that_is_wrong_is_said_to_be(served: Served, path: str, expected: int) -> None:
    assert (await served.ask("GET", path))[0] == expected


@pytest.mark.parametrize("path", ["/api/why/" + "9" * 5000, "/page/" + "a" * 5000])
async def test_an_address_that_is_too_long_is_no_fault_of_ours(served: Served, path: str) -> None:
    assert (await served.ask("GET", path, token=None))[0] in {414, 429}


async def test_a_method_that_is_not_meant_is_refused(served: Served) -> None:
    status, body, _ = await served.ask("PUT", "/api/messages", json={})
    assert (status, body["error"]["kind"]) == (405, "wrong_method")


@pytest.mark.parametrize("path", ["/", "/login", "/page/main.js", "/healthz", "/api/status", "/api/nothing"])
async def test_every_answer_carries_the_security_headers(served: Served, path: str) -> None:
    _, _, headers = await served.ask("GET", path)
    for name, value in SECURITY_HEADERS.items():
        assert headers[name] == value
    assert "server" not in headers


HEALTH = {"status", "alive", "loop", "log", "house", "ready", "link", "stopped"}


async def test_health_tells_nothing_about_anybody(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served.daemon.desk, "_vital", Vital)
    status, body, _ = await served.ask("GET", "/healthz", token=None)
    assert (status, body["status"], body["ready"]) == (200, "ok", True)
    assert set(body) == HEALTH
    served.daemon.degraded.fails("microphone in the kitchen", "Anna's microphone is away")
    try:
        status, body, _ = await served.ask("GET", "/healthz?ready", token=None)
    finally:
        served.daemon.degraded.works("microphone in the kitchen")
    assert (status, body["status"]) == (200, "degraded")
    assert set(body) == HEALTH
    assert "kitchen" not in str(body)


async def test_health_says_when_it_is_dead_and_while_nobody_can_say(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served.daemon.desk, "_vital", lambda: Vital(log="the log takes nothing"))
    status, body, _ = await served.ask("GET", "/healthz", token=None)
    assert (status, body["status"], body["log"], body["loop"]) == (503, "failing", "the log takes nothing", "ok")
    monkeypatch.setattr(served.daemon.desk, "_vital", None)
    status, body, _ = await served.ask("GET", "/healthz", token=None)
    assert (status, body) == (503, {"status": "failing", "reason": "starting"})


async def test_ready_is_who_has_heard_from_the_house(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served.daemon.desk, "_vital", Vital)
    assert (await served.ask("GET", "/healthz?ready", token=None))[0] == 200
    monkeypatch.setattr(served.daemon.mirror, "_told", None)
    status, body, _ = await served.ask("GET", "/healthz?ready", token=None)
    assert (status, body["ready"]) == (503, False)
    assert (await served.ask("GET", "/healthz", token=None))[0] == 200, "alive all the same"


async def test_a_pause_is_asked_for_and_ended_over_http(served: Served) -> None:
    status, state, _ = await served.ask("POST", "/api/pause", json={"reason": "guests", "seconds": 600})
    assert (status, state["paused"]) == (200, True)
    assert (await served.say("turn on the kitchen lights"))["status"] == "refused"
    assert (await served.ask("GET", "/api/status"))[1]["pause"]["reason"] == "guests"
    assert not (await served.ask("GET", "/api/stop"))[1]["engaged"]
    status, _, _ = await served.ask("POST", "/api/resume", json={})
    assert status == 200
    assert (await served.say("turn on the kitchen lights"))["status"] == "done"


@pytest.mark.parametrize("seconds", [0, -1, 1e9, "soon"])
async def test_a_pause_of_nonsense_is_refused_over_http(served: Served, seconds: object) -> None:
    status, _, _ = await served.ask("POST", "/api/pause", json={"seconds": seconds})
    assert 400 <= status < 500
    assert not (await served.ask("GET", "/api/status"))[1]["pause"]["paused"]


async def test_a_method_that_is_not_meant_hears_which_are(served: Served) -> None:
    status, _, headers = await served.ask("PUT", "/api/stop", json={})
    assert (status, headers["Allow"]) == (405, "GET, HEAD, POST")
