import pytest

from claw.policy.globs import channel_matcher, is_glob, is_voice, matcher


@pytest.mark.parametrize(
    ("glob", "text", "fits"),
    [
        ("light.*", "light.hall", True),
        ("light.*", "lightXhall", False),
        ("light.*", "flashlight.hall", False),
        ("light.*", "light.\n", True),
        ("light.?", "light.ab", False),
        ("light.[ab]", "light.a", False),
        ("light.[ab]", "light.[ab]", True),
        ("*", "", True),
        ("light.hall", "light.hall2", False),
        ("light.hall", "LIGHT.HALL", False),
    ],
)
def test_only_star_and_question_mark_are_special(glob: str, text: str, *, fits: bool) -> None:
    assert matcher((glob,))(text) is fits
    assert matcher((glob, "other.*"))(text) is fits


def test_a_wildcard_makes_a_glob() -> None:
    assert is_glob("a*")
    assert is_glob("a?")
    assert not is_glob("a[b]")


def test_a_kind_of_channel_covers_what_comes_after_the_colon() -> None:
    voice = channel_matcher(("voice", "screen:hall"))
    assert [voice(one) for one in ("voice", "voice:hall", "voices", "screen:hall", "screen:attic")] == [
        True,
        True,
        False,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("channel", "voice"),
    [("voice", True), ("voice:hall", True), ("voice:", True), ("voices", False), ("web", False), ("cli", False)],
)
def test_what_a_satellite_heard_is_voice(channel: str, voice: bool) -> None:
    assert is_voice(channel) is voice
