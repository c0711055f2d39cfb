from hypothesis import given
from hypothesis import strategies as st

from claw.llm.manners import Manners
from claw.llm.said import Said
from tests.unit.llm.asking import call

WORDS = ["tools", "temperature", "stream_options", "max_completion_tokens", "model not found", "maximum context", "no"]


def test_at_first_everything_is_asked_for() -> None:
    body = Manners().body("small", call())
    assert set(body) == {"model", "messages", "stream", "max_tokens", "stream_options", "temperature", "tools"}
    assert body["temperature"] == 0
    assert body["stream_options"] == {"include_usage": True}


def test_the_tool_takes_one_program_and_nothing_else() -> None:
    parameters = Manners().body("small", call())["tools"][0]["function"]["parameters"]
    assert parameters["required"] == ["program"]
    assert list(parameters["properties"]) == ["program"]
    assert parameters["additionalProperties"] is False


def test_a_server_that_fails_because_of_tools_is_asked_without() -> None:
    for status in (400, 404, 500, 501):
        better = Manners().learned(Said(status, "tools param requires --jinja flag"), call())
        assert better is not None
        assert not better.tools


def test_nothing_is_learned_about_tools_that_were_not_offered() -> None:
    assert Manners().learned(Said(400, "tools"), call(tool=False)) is None
    assert Manners(tools=False).learned(Said(400, "tools"), call()) is None
    assert Manners(keep_tools=True).learned(Said(400, "tools"), call()) is None


def test_nothing_is_learned_from_what_is_too_long_missing_or_not_allowed() -> None:
    assert Manners().learned(Said(400, "maximum context length: 9000 tokens with tools"), call()) is None
    assert Manners().learned(Said(404, "model not found"), call()) is None
    assert Manners().learned(Said(400, "model not found"), call()) is None
    assert Manners().learned(Said(401, "tools"), call()) is None
    assert Manners().learned(Said(500, "oops"), call()) is None


@given(st.lists(st.builds(Said, st.sampled_from([400, 404, 422, 500]), st.sampled_from(WORDS)), max_size=30))
def test_learning_comes_to_an_end(answers: list[Said]) -> None:
    manners, lessons = Manners(), 0
    for said in answers:
        better = manners.learned(said, call())
        if better is not None:
            assert better != manners
            manners, lessons = better, lessons + 1
    assert lessons <= 4
