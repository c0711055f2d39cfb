"""A talk whose lines come from another program."""

import io
import json
from typing import Any

import pytest

from claw.base.errors import Refused, Unavailable
from claw.cli.chat_pipe import LONGEST
from claw.cli.client import Client
from tests.cli_room import CARD, STATUS, Cli, FakeDaemon

REPLY: dict[str, Any] = {"text": "It is on.", "status": "done", "pending": []}
ASKED = {"text": "Unlock it?", "status": "pending", "pending": [{"id": "1f2e3d4c"}]}


@pytest.fixture
def house(daemon: FakeDaemon) -> FakeDaemon:
    daemon.answers |= {"status": {"ok": STATUS}, "pending": {"ok": []}, "say": {"ok": REPLY}, "follow": []}
    return daemon


def typed(monkeypatch: pytest.MonkeyPatch, raw: bytes) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw)))


def said(house: FakeDaemon) -> list[str]:
    return [call["text"] for call in house.asked if call["do"] == "say"]


def test_each_line_is_a_request_of_one_talk(house: FakeDaemon, claw: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, "Küche an\n\n  warmer \r\n火\xa0\nbye\nnever said\n".encode())
    done = claw("chat")
    assert (done.code, done.out, done.err) == (0, "It is on.\n" * 3, "")
    assert said(house) == ["Küche an", "warmer", "火"]
    calls = [call for call in house.asked if call["do"] == "say"]
    assert len({call["conversation"] for call in calls}) == 1
    assert all(call["attended"] for call in calls)


def test_bytes_that_are_no_text_and_lines_without_end_are_no_crash(
    house: FakeDaemon, claw: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, b"on\xff\n" + b"x" * (3 * LONGEST) + b"\n" + b"off")
    done = claw("chat")
    assert done.code == 0
    assert "too long" in done.err
    assert said(house) == ["on�", "off"]


def test_what_needs_a_yes_is_left_waiting_and_a_line_is_none(
    house: FakeDaemon, claw: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.answers |= {"say": {"ok": ASKED}, "pending": {"ok": [{"id": "1f2e3d4c", "card": CARD}]}}
    typed(monkeypatch, b"unlock it\ny\n/pending\ny\n")
    done = claw("chat")
    assert done.code == 0
    assert "claw approve 1f2e3d4c" in done.out
    assert said(house) == ["unlock it", "y", "y"]
    assert not any(call["do"] == "answer" for call in house.asked)


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_what_waits_is_shown_where_it_is_asked_for(
    house: FakeDaemon, claw: Cli, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    house.answers |= {"pending": {"ok": [{"id": "1f2e3d4c", "card": CARD}]}}
    typed(monkeypatch, b"/pending\n")
    done = claw("chat", *options)
    assert (done.code, done.out.count(CARD["id"])) == (0, 1)
    if options:
        assert json.loads(done.out) == {"type": "question", "card": CARD}
    else:
        assert CARD["lines"][0]["name"] in done.out


@pytest.mark.parametrize(
    ("came", "code"),
    [
        ([REPLY, REPLY | {"status": "refused"}, REPLY | {"status": "failed"}], 3),
        ([Unavailable("not now"), REPLY], 1),
        ([REPLY, Refused("too long"), REPLY | {"status": "failed"}], 3),
    ],
)
def test_the_exit_code_is_that_of_the_first_that_did_not_work_and_the_rest_is_still_said(
    house: FakeDaemon, claw: Cli, monkeypatch: pytest.MonkeyPatch, came: list[Any], code: int
) -> None:
    left, ask = [*came], Client.ask

    def answer(client: Client, do: str, **arguments: Any) -> Any:
        if do != "say":
            return ask(client, do, **arguments)
        one = left.pop(0)
        if isinstance(one, Exception):
            raise one
        return one

    monkeypatch.setattr(Client, "ask", answer)
    typed(monkeypatch, b"a\n" * len(came))
    assert claw("chat").code == code
    assert left == []


def test_json_is_one_document_a_line_whatever_is_in_it(
    house: FakeDaemon, claw: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.answers["say"] = {"ok": REPLY | {"text": "line\nline \x1b[31m"}}
    typed(monkeypatch, b"on\n/nope\n/help\n")
    done = claw("chat", "--json")
    reply, error, helped = map(json.loads, done.out.splitlines())
    assert reply == {"type": "reply", **REPLY, "text": "line\nline \x1b[31m"}
    assert "\x1b" not in done.out
    assert error["kind"] == "refused"
    assert "/undo" in helped["text"]
    assert "[bold]" not in helped["text"]
    assert done.code == 3
