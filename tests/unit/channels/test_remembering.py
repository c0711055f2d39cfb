"""What a channel is told about memory: only what its audience may hear, and never a hint of more."""

from claw.channels.remembering import nothing


def test_what_is_hidden_and_what_is_not_there_are_told_alike() -> None:
    assert str(nothing(7)) == "I know of no memory 7"
