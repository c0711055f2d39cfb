"""What is known of a program beside the sandbox."""

import pytest

from claw.base.errors import Broken
from claw.program.events import Call, Handle, Span
from claw.program.waiting import MOST_CALLS, MOST_DENIALS, MOST_LOOKS, Waiting, functions_of

CALL = Call(3, "call", ("light.turn_on", ["light.a"]), {"x": {"y": 1}}, Span(4, 9, 2), "mail:1")


def test_the_stubs_say_what_is_awaited() -> None:
    found = functions_of(
        "x: int\nasync def call(a: str) -> None: ...\ndef state(e: str) -> str: ...\n"
        "class Handle:\n    async def extract(self) -> bool: ...\n    def show(self) -> None: ...\n"
    )
    assert found.functions == {"call": True, "state": False}
    assert found.methods == {"extract": True, "show": False}


def test_what_was_packed_is_unpacked() -> None:
    waiting = Waiting("x = 1\nawait call()", printed="hé")
    waiting.add(CALL, awaited=True)
    waiting.deny()
    known = waiting.give(Handle("mail:1", ("extract", "show")))
    again, dump = Waiting.unpack(waiting.pack(b"\x00\ndump\n"))
    assert dump == b"\x00\ndump\n"
    assert again == waiting
    assert again.handle(known) == Handle("mail:1", ("extract", "show"))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"dump",
        b"claw program 1\n",
        b"claw program 1\n{}\ndump",
        b"claw program 1\n[]\ndump",
        b"claw program 1\n{\ndump",
        b'claw program 1\n{"calls": {"1": 2}, "handles": {}}\ndump',
        b'claw program 1\n{"calls": [], "handles": {}}\ndump',
        b'claw program 1\n{"calls": {}, "handles": {}, "more": 1}\ndump',
        b'claw program 1\n{"calls": {}, "handles": {}}\n',
    ],
)
def test_what_was_not_packed_here_is_broken(data: bytes) -> None:
    with pytest.raises(Broken):
        Waiting.unpack(data)


def test_calls_and_denials_are_used_up() -> None:
    waiting = Waiting()
    assert [waiting.add(CALL, awaited=True) for _ in range(MOST_CALLS + 1)] == [True] * MOST_CALLS + [False]


def test_a_program_may_look_more_often_than_it_may_act_but_not_for_ever() -> None:
    waiting = Waiting()
    assert [waiting.add(CALL, awaited=False) for _ in range(MOST_LOOKS + 1)] == [True] * MOST_LOOKS + [False]
    assert Waiting(looked=MOST_LOOKS).add(CALL, awaited=True)
    assert [waiting.deny() for _ in range(MOST_DENIALS)] == [True] * (MOST_DENIALS - 1) + [False]


def test_what_was_used_up_stays_so_over_a_restart() -> None:
    waiting = Waiting()
    waiting.deny()
    again, _ = Waiting.unpack(waiting.pack(b"x"))
    assert [again.deny() for _ in range(MOST_DENIALS - 1)] == [True] * (MOST_DENIALS - 2) + [False]


def test_a_place_is_told_in_the_programs_own_lines() -> None:
    waiting = Waiting("é = 1\n\ncall()")
    assert waiting.span(10 + 8, 10 + 14, 10) == Span(8, 14, 3)
    assert waiting.span(0, 3, 10) == Span(0, 0, 1)


def test_the_same_handle_has_the_same_id_in_every_session() -> None:
    assert Waiting().give(Handle("mail:1", ())) == Waiting().give(Handle("mail:1", ("extract",)))
    assert Waiting().handle(None) is None
