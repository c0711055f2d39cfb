"""Where a sentence may be cut."""

from hypothesis import given
from hypothesis import strategies as st

from claw.mind.language import load
from claw.routines.talk_splits import Split, conditions, splits
from claw.routines.talk_tongue import tongue_of

ENGLISH = tongue_of(load("en"))
CHINESE = tongue_of(load("zh"))


def test_with_a_comma_or_without_one_it_is_cut_where_the_command_begins() -> None:
    wanted = Split("the last person leaves", "turn everything off", None)
    for said in ("when the last person leaves, turn everything off", "when the last person leaves turn everything off"):
        assert wanted in list(splits(said, ENGLISH))


def test_the_event_may_come_last() -> None:
    assert next(splits("tell me when Ben leaves", ENGLISH)) == Split("Ben leaves", "tell me", None)


def test_the_word_for_when_says_how_often() -> None:
    assert next(splits("turn it off whenever Ben leaves", ENGLISH)).once is False
    assert next(splits("turn it off as soon as Ben leaves", ENGLISH)).once is True
    assert next(splits("tell me when Ben leaves every time", ENGLISH)).once is False


def test_what_is_to_be_done_may_follow_what_happens() -> None:
    ways = list(splits("remind me when I get home to feed the cat", ENGLISH))
    assert Split("I get home", "remind me to feed the cat", None) in ways


def test_where_when_stands_behind_the_event_it_is_cut_there() -> None:
    assert Split("我回家", "打开走廊灯", None) in list(splits("当我回家时打开走廊灯", CHINESE))


def test_a_condition_may_stand_at_the_end_in_the_middle_or_between_commas() -> None:
    for said in ("at seven, if it is dark, turn on the light", "at seven if it is dark turn on the light"):
        assert ("at seven", "it is dark", "turn on the light") in list(conditions(said, ENGLISH))
    assert ("turn it on at seven", "it is dark", "") in list(conditions("turn it on at seven if it is dark", ENGLISH))


@given(
    st.lists(
        st.sampled_from(["when", "if", ",", "turn on", "x", "only if", "to", "every time", "就", "时"]), max_size=40
    )
)
def test_no_sentence_breaks_it_and_nothing_is_made_up(words: list[str]) -> None:
    said = " ".join(words)
    for split in splits(said, ENGLISH):
        assert split.clause in said
    for before, clause, behind in conditions(said, ENGLISH):
        assert before in said
        assert clause in said
        assert behind in said
