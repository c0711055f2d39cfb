"""The two stops of a voice: the phrase that stops everything, and the bare word that only ends what is heard.

A "stop" into a room is for whatever makes a noise there: Claw's own voice, a timer that rings, the turn that is under
way.  Only a phrase of the closed list (``claw/mind/spoken_stop.py``) stops the house.
"""

from collections.abc import Iterable, Sequence

from claw.mind.language import SHIPPED, Language, load
from claw.mind.spoken_stop import Pieces, SpokenStop, around, letters

LONGEST = 80
"""Characters of a bare stop, said as often as it may be."""


class StopWords:
    """Knows both, in every shipped language."""

    def __init__(self, wake_words: Iterable[str] = (), languages: Sequence[Language] | None = None) -> None:
        """``wake_words`` are what else wakes a microphone here, besides the names of the common assistants."""
        known = [load(code) for code in SHIPPED] if languages is None else list(languages)
        wakes = tuple(wake_words)
        self._everything = SpokenStop(known, wakes)
        bare = {one.code: {letters(word): one.code for word in one.spoken.get("bare", ())} for one in known}
        near, english = around(known, wakes), bare.get("en", {})
        self._bare = {code: Pieces({**words, **english}, near) for code, words in bare.items()}
        self._any = Pieces({word: code for words in bare.values() for word, code in words.items()}, near)

    def everything(self, text: str) -> str | None:
        """Return the language of the phrase that stops everything, which ``text`` is; None where it is none."""
        return self._everything.language(text)

    def bare_stop(self, text: str, language: str | None = None) -> bool:
        """Return whether ``text`` is a bare word to stop and nothing else, perhaps again and again.

        In ``language`` (a code such as ``en``) or English; in any language where that is not known.
        """
        code = (language or "").replace("_", "-").partition("-")[0].casefold()
        return len(text) <= LONGEST and self._bare.get(code, self._any).wanted(letters(text)) is not None
