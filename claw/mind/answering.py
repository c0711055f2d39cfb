"""Which of the options of a program's question somebody means by what they say."""

from collections.abc import Sequence

from claw.mind.relevant import words_of, words_of_id


def answer_to(said: str, options: Sequence[str]) -> str | None:
    """Return which of ``options`` is meant, anything said where there are none; None where it is none of them."""
    if not options:
        return said
    words = set(words_of(said))
    shared = [len(words.intersection(words_of_id(option))) for option in options]
    best = max(shared)
    if best > 0 and shared.count(best) == 1:
        return options[shared.index(best)]
    return None
