import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.base.errors import ClawError, Unavailable
from claw.llm.answer import NO_MODEL, Answer, Cut
from claw.llm.call import Completion
from tests.unit.llm.asking import call


def piece(delta: Any = None, finish: Any = None, **more: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta or {}, "finish_reason": finish}], **more}


def called(
    name: str | None = "run", arguments: str | None = None, index: int | None = 0, **more: Any
) -> dict[str, Any]:
    return piece({"tool_calls": [{"index": index, "function": {"name": name, "arguments": arguments}, **more}]})


def read(*pieces: Any, **asked: Any) -> Completion:
    answer = Answer(call(**asked))
    for one in pieces:
        answer.take(one)
    return answer.completion(1.0)


def said(text: str, finish: str = "stop", **asked: Any) -> Completion:
    return read(piece({"content": text}), piece(finish=finish), **asked)


def program(source: str) -> str:
    return json.dumps({"program": source})


def test_arguments_come_in_parts() -> None:
    whole = program("x = 1\ny = 2")
    parts = [called(None, whole[at : at + 3]) for at in range(0, len(whole), 3)]
    assert read(called(arguments=""), *parts, piece(finish="tool_calls")).program == "x = 1\ny = 2"


def test_a_server_that_numbers_nothing_or_names_every_part_is_understood() -> None:
    assert read(called(arguments=program("a()"), index=None), piece(finish="tool_calls")).program == "a()"
    repeated = [called(arguments=part, id="call_1") for part in ('{"program": ', '"b()"}')]
    assert read(*repeated, piece(finish="tool_calls")).program == "b()"


def test_words_beside_a_tool_call_are_kept() -> None:
    found = read(piece({"content": "I will. "}), called(arguments=program("a()")), piece(finish="tool_calls"))
    assert (found.text, found.program) == ("I will.", "a()")


@pytest.mark.parametrize(
    ("calls", "problem"),
    [
        ([("run", program("a()"), 0), ("run", program("b()"), 1)], "called 2 times"),
        ([("run", program("a()"), 0)] * 200, "called 200 times"),
        ([("open_door", "{}", 0)], "only one tool"),
        ([("run", program("a()"), 0), ("shell", "{}", 1)], "only one tool"),
        ([("run", '{"program": "a()', 0)], "not valid JSON"),
        ([("run", "[" * 5000, 0)], "not valid JSON"),
        ([("run", "a()", 0)], "not valid JSON"),
        ([("run", "[]", 0)], "takes one argument"),
        ([("run", '{"code": "a()"}', 0)], "takes one argument"),
        ([("run", '{"program": " "}', 0)], "takes one argument"),
        ([("run", '{"program": 3}', 0)], "takes one argument"),
    ],
)
def test_calls_that_are_not_one_program_are_a_problem_and_no_program(
    calls: list[tuple[str, str, int]], problem: str
) -> None:
    found = read(*(called(*one) for one in calls), piece(finish="tool_calls"), max_tokens=2000)
    assert found.program is None
    assert problem in found.problem


def test_endless_tool_calls_have_an_end() -> None:
    with pytest.raises(Cut, match="end"):
        read(*(called(arguments=program("a()"), index=number) for number in range(10_000)), max_tokens=10)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("```python\na()\n```", "a()\n"),
        ("```py\na()\n```", "a()\n"),
        ("```\na()\n```", "a()\n"),
        ("Sure:\n\n```Python\r\na()\r\n```\r\nThat is all.", "a()\r\n"),
        ("<think>```python\nunlock()\n```</think>\n```python\na()\n```", "a()\n"),
        ("```json\n{}\n```\n```python\na()\n```", "a()\n"),
        ("The light is on.", None),
        ("```python\na()", None),
        ("```json\n{}\n```", None),
        ("```python\na()\n```\n```python\nb()\n```", None),
        ("<think>```python\na()\n```", None),
    ],
)
def test_the_one_fenced_program_is_found_and_no_half_one(text: str, found: str | None) -> None:
    assert said(text).program == found


def test_several_programs_and_an_empty_answer_are_a_problem() -> None:
    assert "2 programs" in said("```python\na()\n```\n```python\nb()\n```").problem
    for tool in (True, False):
        assert said("", tool=tool).problem == "The answer was empty."
        assert said(" \n", tool=tool).problem == "The answer was empty."
        assert said("Yes.", tool=tool).problem == ""


@pytest.mark.parametrize(("finish", "problem"), [("length", "cut off"), ("content_filter", "withheld")])
def test_an_answer_that_was_cut_or_withheld_is_no_program(finish: str, problem: str) -> None:
    found = said("```python\na()\n```", finish)
    assert found.program is None
    assert problem in found.problem
    tool = read(called(arguments=program("a()")), piece(finish=finish))
    assert tool.program is None
    assert problem in tool.problem


def test_a_stream_that_just_ends_is_no_answer() -> None:
    with pytest.raises(Cut, match="broke off"):
        read(called(arguments=program("a()")))
    with pytest.raises(Unavailable, match=NO_MODEL):
        read()


def test_tokens_are_those_of_the_last_count_that_can_be_true() -> None:
    usage = [{"prompt_tokens": 7, "completion_tokens": 1}, {"prompt_tokens": 9, "completion_tokens": 2}]
    pieces = [piece({"content": "a"}, usage=usage[0]), piece(finish="stop"), {"choices": [], "usage": usage[1]}]
    found = read(*pieces)
    assert (found.tokens_in, found.tokens_out) == (9, 2)


@pytest.mark.parametrize(
    "usage",
    [
        "many",
        {"prompt_tokens": -5, "completion_tokens": 1},
        {"prompt_tokens": 5, "completion_tokens": 10**30},
        {"prompt_tokens": None, "completion_tokens": 1},
        {"prompt_tokens": 1.5, "completion_tokens": True},
        {},
    ],
)
def test_a_count_that_cannot_be_true_is_not_believed(usage: Any) -> None:
    found = read(piece({"content": "abc"}), piece(finish="stop", usage=usage))
    assert (found.tokens_in, found.tokens_out) == (call().tokens_in, 1)


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        [],
        "text",
        {},
        {"answer": 42},
        {"choices": "none"},
        {"choices": [None]},
        {"choices": [{"delta": "text"}]},
        {"choices": [{"delta": {"content": 5}}]},
        {"choices": [{"delta": {"tool_calls": [7]}}]},
        {"choices": [{"delta": {"tool_calls": [{"function": {"arguments": {}}}]}}]},
        {"choices": [{"delta": {}, "finish_reason": 3}]},
    ],
)
def test_a_piece_of_another_shape_is_no_answer(wrong: Any) -> None:
    with pytest.raises(Unavailable, match=NO_MODEL):
        read(wrong)
    with pytest.raises(Unavailable, match=NO_MODEL):
        read(piece({"content": "a"}), wrong)


def test_what_a_server_adds_of_its_own_is_ignored() -> None:
    found = read(
        piece({"role": "assistant", "content": None, "reasoning_content": "hm", "refusal": None}, logprobs=None),
        piece({"content": "yes"}, system_fingerprint="x", usage=None),
        {"choices": [{"finish_reason": "stop"}], "object": "x"},
    )
    assert found.text == "yes"


def test_half_a_character_from_a_server_harms_nobody() -> None:
    heard: list[str] = []
    found = said("a\ud800", on_text=heard.append)
    assert (found.text, heard) == ("a?", ["a?"])
    assert read(called(arguments='{"program": "a(\'\\ud800\')"}'), piece(finish="stop")).program == "a('?')"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["choices", "delta", "content", "tool_calls", "function", "arguments", "index", "usage"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.lists(JSON, max_size=4))
def test_whatever_is_streamed_is_an_answer_or_a_clear_error(pieces: list[Any]) -> None:
    try:
        found = read(*pieces, piece(finish="stop"))
    except ClawError:
        return
    found.text.encode()
    assert found.program is None or isinstance(found.program, str)
