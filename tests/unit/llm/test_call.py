import hashlib

from hypothesis import given
from hypothesis import strategies as st

from claw.llm.call import Call, clean, estimated
from tests.unit.llm.asking import call


def test_what_a_call_may_cost_is_never_guessed_too_low_for_plain_words() -> None:
    assert estimated("") == 0
    assert estimated("turn on the lamp") == 6, "a real tokenizer takes 5"
    assert estimated("灯") == 1


def test_a_tool_and_every_message_count() -> None:
    assert call(tool=True).tokens_in - call(tool=False).tokens_in == 100
    one = Call(({"role": "user", "content": ""},), "plan", 10)
    assert one.tokens_in == 8


def test_the_log_knows_the_words_by_their_hash() -> None:
    asked = Call(({"role": "user", "content": "hello"},), "plan", 10)
    assert asked.digest() == hashlib.sha256(b'[["user","hello"]]').hexdigest()
    assert asked.digest() != Call(({"role": "system", "content": "hello"},), "plan", 10).digest()


@given(st.text(st.characters(exclude_categories=()), max_size=50))
def test_any_text_can_be_counted_hashed_and_sent(text: str) -> None:
    asked = call(text)
    assert asked.tokens_in > 0
    assert len(asked.digest()) == 64
    assert clean(clean(text)) == clean(text)
    clean(text).encode()
