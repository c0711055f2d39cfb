import pytest

from claw.gate.channel_words import way


@pytest.mark.parametrize(
    ("channel", "said"),
    [
        ("web", "on Claw's page"),
        ("cli", "at the command line"),
        ("telegram", "in Telegram"),
        ("mcp:desk_agent", "through the program desk_agent"),
        ("openai", "through a program"),
        ("voice:hall", "by voice"),
        ("voice:*", "by voice"),
        ("a\nb", "by a b"),
    ],
)
def test_a_channel_is_told_in_words_of_a_person(channel: str, said: str) -> None:
    assert way(channel) == said
