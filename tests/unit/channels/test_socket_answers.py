"""Which question to the desk each word of the socket is: none is left out, and each takes what was sent with it."""

from datetime import UTC, datetime
from typing import Any, cast, get_args

import pytest

from claw.base.action import Origin
from claw.base.errors import Refused, Unavailable
from claw.channels.call import Call, Word
from claw.channels.remembering import Remembering
from claw.channels.routined import Routined
from claw.channels.skilful import Skilful
from claw.channels.socket_answers import of_memory, of_routines, of_skills, of_telegram, of_tools

ORIGIN = Origin("cli")


class Asked:
    """Notes what it is asked."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Any:
        def noted(*given: Any, **named: Any) -> str:
            self.calls.append((name, given, named))
            return name

        return noted


def asked_by(do: Word, **arguments: Any) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
    room, call = Asked(), Call(do=do, **arguments)
    of_skills(cast("Skilful", room), call, ORIGIN)[do]()
    (only,) = room.calls
    return only


def test_every_word_about_memory_skills_and_routines_has_an_answer() -> None:
    call = Call(do="status")
    memory = of_memory(cast("Remembering", Asked()), call, ORIGIN)
    skills = of_skills(cast("Skilful", Asked()), call, ORIGIN)
    routines = of_routines(cast("Routined", Asked()), call, ORIGIN)
    words = {word for word in get_args(Word) if word.startswith(("memory", "skill", "routine"))}
    assert memory.keys() | skills.keys() | routines.keys() == words


def test_what_is_sent_with_a_word_arrives() -> None:
    assert asked_by("skills") == ("listed", (ORIGIN,), {})
    assert asked_by("skill", name="x") == ("one", ("x", ORIGIN), {})
    assert asked_by("skill_history", name="x", limit=5) == ("history", ("x", ORIGIN), {"limit": 5})
    assert asked_by("skill_compare", name="x", old="1", hash="2") == (
        "compared",
        ("x", ORIGIN),
        {"old": "1", "new": "2"},
    )
    assert asked_by("skill_decide", name="x", deed="accept", hash="h") == (
        "decide",
        ("accept", "x", ORIGIN),
        {"content": "h"},
    )
    assert asked_by("skill_prove", name="x") == ("prove", ("x", ORIGIN), {})
    assert asked_by("skill_export", name="x") == ("export", ("x", ORIGIN), {})


def test_files_arrive_byte_for_byte_also_where_they_are_no_text() -> None:
    files = asked_by("skill_import", name="x", files={"SKILL.md": "ä", "b": "\ud800"})[1][1]
    assert files == {"SKILL.md": "ä".encode(), "b": b"\xed\xa0\x80"}


def test_a_decision_without_what_is_to_be_done_is_refused() -> None:
    with pytest.raises(Refused, match="say what is to be done"):
        asked_by("skill_decide", name="x")


def asked_of_routines(do: Word, **arguments: Any) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
    room, call = Asked(), Call(do=do, **arguments)
    of_routines(cast("Routined", room), call, ORIGIN)[do]()
    (only,) = room.calls
    return only


def test_what_is_sent_with_a_word_about_routines_arrives() -> None:
    noon = datetime(2026, 11, 27, 12, tzinfo=UTC)
    assert asked_of_routines("routines", everything=True) == ("listed", (ORIGIN,), {"over": True})
    assert asked_of_routines("routine", name="x") == ("one", ("x", ORIGIN), {})
    assert asked_of_routines("routine_next", limit=5) == ("next", (ORIGIN,), {"routine": "", "limit": 5})
    for before in ("2026-11-27T12:00:00", "2026-11-27T13:00:00+01:00"):
        assert asked_of_routines("routine_history", name="x", limit=5, before=before) == (
            "history",
            (ORIGIN,),
            {"routine": "x", "limit": 5, "before": noon},
        )
    assert asked_of_routines("routine_day", dates=["2026-11-27"]) == (
        "day",
        (ORIGIN,),
        {"routine": "", "day": noon.date()},
    )
    assert asked_of_routines("routine_day", name="x") == ("day", (ORIGIN,), {"routine": "x", "day": None})
    assert asked_of_routines("routine_say", text="t") == ("say", ("t", ORIGIN), {})
    assert asked_of_routines("routine_add", data={"a": 1}, dry_run=True) == (
        "add",
        ({"a": 1}, ORIGIN),
        {"dry_run": True},
    )
    assert asked_of_routines("routine_decide", name="x", deed="skip", dates=["2026-11-27"]) == (
        "decide",
        ("skip", "x", ORIGIN),
        {"days": (noon.date(),)},
    )
    assert asked_of_routines("routine_dry_run", name="x") == ("dry_run", ("x", ORIGIN), {})
    assert asked_of_routines("routine_export", name="x") == ("export", ("x", ORIGIN), {})
    assert asked_of_routines("routine_test_safety") == ("test_safety", (ORIGIN,), {})


@pytest.mark.parametrize(
    ("do", "deed"), [("routine_decide", None), ("routine_decide", "accept"), ("skill_decide", "run")]
)
def test_what_cannot_be_done_with_it_is_refused(do: Word, deed: Any) -> None:
    call = Call(do=do, name="x", deed=deed)
    answers = {
        **of_skills(cast("Skilful", Asked()), call, ORIGIN),
        **of_routines(cast("Routined", Asked()), call, ORIGIN),
    }
    with pytest.raises(Refused, match="say what is to be done with the"):
        answers[do]()


class Tools:
    """Notes what it is asked about the tools of other servers."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    async def listed(self) -> Any:
        return [{"name": "mcp.notes.search"}]

    async def accept(self, name: str, content: str, origin: Origin) -> Any:
        self.asked.append(("accept", name, content, origin))

    async def drop(self, name: str, origin: Origin) -> Any:
        self.asked.append(("drop", name, origin))


async def test_what_is_sent_with_a_word_about_tools_arrives() -> None:
    tools = Tools()
    assert await of_tools(tools, Call(do="tools"), ORIGIN) == [{"name": "mcp.notes.search"}]
    await of_tools(tools, Call(do="tool_accept", name="n", hash="h"), ORIGIN)
    await of_tools(tools, Call(do="tool_drop", name="n"), ORIGIN)
    assert tools.asked == [("accept", "n", "h", ORIGIN), ("drop", "n", ORIGIN)]
    with pytest.raises(Unavailable):
        await of_tools(None, Call(do="tools"), ORIGIN)


async def test_telegram_answers_its_three_words_and_says_where_it_is_not_configured() -> None:
    with pytest.raises(Unavailable, match="not configured"):
        await of_telegram(None, Call(do="telegram"), ORIGIN)

    class Telegram(Asked):
        async def revoke(self, *given: Any) -> str:
            self.calls.append(("revoke", given, {}))
            return "revoked"

    room = Telegram()
    words: tuple[Word, ...] = ("telegram", "telegram_enrol", "telegram_revoke")
    for do in words:
        await of_telegram(cast("Any", room), Call(do=do, person="anna"), ORIGIN)
    assert room.calls == [("accounts", (), {}), ("enrol", ("anna", ORIGIN), {}), ("revoke", ("anna", ORIGIN), {})]
