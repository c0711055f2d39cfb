import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claw.mind.phrases import LANGUAGES
from claw.mind.referring import LONGEST, Again, Also, Do, Other, Reference, SetTo, Step, Undo, refer
from claw.mind.tongues import BACKWARD, ONWARD, TONGUES

WARMTH = frozenset({"climate", "water_heater"})
LIGHT = frozenset({"light"})
SOUND = frozenset({"media_player"})
ANY: frozenset[str] = frozenset()
WORDS = [
    "no",
    "not that one",
    "the",
    "other",
    "and",
    "also",
    "a bit",
    "in",
    "turn it",
    "to",
    "40 %",
    "more",
    "und",
    "auch",
    "再",
]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("a bit warmer", Step(1, WARMTH, 0.5)),
        ("Make it a bit cooler, please.", Step(-1, WARMTH, 0.5)),
        ("much brighter", Step(1, LIGHT, 2.0)),
        ("dimmer", Step(-1, LIGHT)),
        ("too bright", Step(-1, LIGHT, complaint="too bright")),
        ("louder", Step(1, SOUND)),
        ("turn it down a bit", Step(-1, ANY, 0.5)),
        ("more", Step(ONWARD, ANY)),
        ("a bit less", Step(BACKWARD, ANY, 0.5)),
        ("again", Again()),
        ("do it again", Again()),
        ("not that one", Undo()),
        ("No, not that one!", Undo()),
        ("that one too", Other()),
        ("the other lamp", Other("light")),
        ("the others too", Other(every=True)),
        ("no, not that one, the other one", Other(instead=True)),
        ("I meant the other lamp", Other("light", instead=True)),
        ("and the bedroom", Also("bedroom")),
        ("the bedroom too", Also("bedroom")),
        ("also in the hall", Also("hall")),
        ("no, the bedroom", Also("bedroom", instead=True)),
        ("turn it off", Do("off")),
        ("switch them on again", Do("on")),
        ("lock it", Do("lock")),
        ("unlock it", Do("unlock")),
        ("close them", Do("close")),
        ("set it to 40 %", SetTo(40, "%")),
        ("make it 21.5 degrees", SetTo(21.5, "°")),
        ("set it to 70 °F", SetTo(70, "f")),
        ("dim it to 30", SetTo(30, "")),
        ("no, 40 percent", SetTo(40, "%")),
    ],
)
def test_a_sentence_that_only_refers_is_understood(text: str, meant: Reference) -> None:
    assert refer(text, "en") == meant


@pytest.mark.parametrize(
    ("language", "text", "meant"),
    [
        ("de", "etwas wärmer", Step(1, WARMTH, 0.5)),
        ("de", "nochmal", Again()),
        ("de", "nein, nicht die", Undo()),
        ("de", "die andere Lampe", Other("light")),
        ("de", "und im Schlafzimmer", Also("schlafzimmer")),
        ("de", "mach es aus", Do("off")),
        ("de", "schließ sie ab", Do("lock")),
        ("de", "stell es auf 21,5 Grad", SetTo(21.5, "°")),
        ("fr", "un peu plus chaud", Step(1, WARMTH, 0.5)),
        ("fr", "encore", Again()),
        ("fr", "pas celle-là", Undo()),
        ("fr", "l\N{RIGHT SINGLE QUOTATION MARK}autre lampe", Other("light")),
        ("fr", "et la chambre", Also("chambre")),
        ("fr", "éteins-la", Do("off")),
        ("nl", "iets warmer", Step(1, WARMTH, 0.5)),
        ("nl", "nog een keer", Again()),
        ("nl", "niet die", Undo()),
        ("nl", "doe het uit", Do("off")),
        ("nl", "zet het op 40 %", SetTo(40, "%")),
        ("zh", "再亮一点", Step(1, LIGHT, 0.5)),
        ("zh", "再来一次", Again()),
        ("zh", "不是那个", Undo()),
        ("zh", "把它关掉", Do("off")),
        ("zh", "卧室也是", Also("卧室")),
    ],
)
def test_other_languages_refer_in_their_short_forms(language: str, text: str, meant: Reference) -> None:
    assert refer(text, language) == meant


@pytest.mark.parametrize(
    "text",
    [
        "turn on the kitchen light",
        "what time is it",
        "is it on?",
        "and the bedroom?",
        "open",
        "unlock",
        "no",
        "and",
        "",
        "   ",
        "tur\u200bn it off",
        "\u202eturn it off",
        "turn it оff",  # noqa: RUF001  a Cyrillic letter in it
        "a bit warmer " * 10,
    ],
)
def test_what_means_something_by_itself_or_hides_something_is_no_reference(text: str) -> None:
    assert refer(text, "en") is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_of_the_replies_has_a_thread(language: str) -> None:
    assert language in TONGUES


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=LONGEST + 20), st.sampled_from(LANGUAGES) | st.text(max_size=5))
def test_no_text_breaks_the_reading(text: str, language: str) -> None:
    refer(text, language)


@settings(max_examples=200, deadline=500)
@given(
    st.lists(
        st.sampled_from(WORDS),
        max_size=25,
    ).map(" ".join)
)
def test_words_in_any_order_are_read_quickly(text: str) -> None:
    for language in LANGUAGES:
        refer(text, language)


@pytest.mark.parametrize(
    ("language", "text", "domain", "direction"),
    [
        ("en", "that's too loud", "media_player", -1),
        ("en", "it is still too cold", "climate", 1),
        ("en", "too dark", "light", 1),
        ("de", "das ist zu hell", "light", -1),
        ("de", "zu laut", "media_player", -1),
        ("fr", "c'est trop chaud", "climate", -1),
        ("nl", "het is te licht", "light", -1),
        ("zh", "太亮了", "light", -1),
    ],
)
def test_a_complaint_is_a_step_that_says_so(language: str, text: str, domain: str, direction: int) -> None:
    step = refer(text, language)
    assert isinstance(step, Step)
    assert domain in step.domains
    assert step.direction == direction
    assert step.complaint


@pytest.mark.parametrize(
    ("language", "text"),
    [
        *(("en", "I don't like this"), ("en", "no, I did not want that"), ("en", "That's not what I meant!")),
        *(
            ("de", "das gefällt mir nicht"),
            ("fr", "je n'aime pas ça"),
            ("nl", "dat wil ik niet"),
            ("zh", "我不喜欢这样"),
        ),
    ],
)
def test_not_liking_it_asks_for_what_was_before(language: str, text: str) -> None:
    assert refer(text, language) == Undo(disliked=True)


@pytest.mark.parametrize(
    "text", ["I don't like this song", "I don't like Mondays", "too bright to be true", "wrong door"]
)
def test_a_longer_sentence_is_no_complaint(text: str) -> None:
    assert refer(text, "en") is None
