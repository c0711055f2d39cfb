import json

import pytest

from claw.base.errors import Refused
from claw.program import tape as module
from claw.program.taint import Untrusted
from claw.program.tape import Tape


class Reader:
    def __init__(self) -> None:
        self.reads = 0

    async def text(self) -> Untrusted:
        self.reads += 1
        return Untrusted("mail", f"letter {self.reads}")

    async def page(self) -> list[int]:
        self.reads += 1
        return [self.reads]


async def test_what_was_read_once_is_served_again_until_the_segment_is_over() -> None:
    tape, reader = Tape(), Reader()
    first = await tape.handle("read mail", reader.text)
    assert await tape.handle("read mail", reader.text) == first
    assert await tape.page("history", reader.page) == await tape.page("history", reader.page)
    assert reader.reads == 2
    tape.turn()
    second = await tape.handle("read mail", reader.text)
    assert second != first
    assert (tape.text(first).text, tape.text(second).text) == ("letter 1", "letter 3")


async def test_a_tape_comes_back_from_its_json_as_it_was() -> None:
    tape, reader = Tape(), Reader()
    handle = await tape.handle("read mail", reader.text)
    await tape.page("history", reader.page)
    again = Tape.of(json.loads(json.dumps(tape.as_json())))
    assert again == tape
    assert await again.handle("read mail", reader.text) == handle
    assert await again.page("history", reader.page) == [2]
    assert reader.reads == 2


async def test_a_text_that_was_never_given_out_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    tape, reader = Tape(), Reader()
    with pytest.raises(Refused, match="no such text"):
        tape.text("text1")
    monkeypatch.setattr(module, "MOST_TEXTS", 1)
    monkeypatch.setattr(module, "LONGEST_TEXT", 3)
    assert tape.text(await tape.handle("a", reader.text)).text == "let"
    with pytest.raises(Refused, match="too many"):
        await tape.handle("b", reader.text)


def test_a_text_that_is_still_to_come_has_its_handle_and_is_empty_until_then(monkeypatch: pytest.MonkeyPatch) -> None:
    tape = Tape()
    handle = tape.reserve("tool 1 mcp.notes.search", "mcp.notes.search")
    assert tape.reserve("tool 1 mcp.notes.search", "mcp.notes.search") == handle
    assert tape.text(handle) == Untrusted("mcp.notes.search", "")
    monkeypatch.setattr(module, "LONGEST_TEXT", 4)
    tape.fill(handle, "Buy milk")
    assert tape.text(handle) == Untrusted("mcp.notes.search", "Buy ")
    monkeypatch.setattr(module, "MOST_TEXTS", 1)
    with pytest.raises(Refused, match="too many"):
        tape.reserve("tool 2 mcp.notes.search", "mcp.notes.search")
