"""The stop that is spoken: a closed list, and nothing that merely sounds as if somebody wanted something to stop.

A typed "stop" was meant for Claw.  A microphone hears the whole room, and its television: there a "stop" that is for
the dog, a quarrel or an actor must not end what the house is doing.  So by voice only the listed phrases of each
language count, whole, with nothing around them but what wakes Claw, a "please", a "no", a bare word to stop, or the
phrase once more.  What a recogniser makes of one differs in spaces, case, accents and marks; only letters are compared.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping

from claw.mind.language import Language

LONGEST = 2000
"""Characters of an utterance that are looked at; what is longer is no phrase of any list."""

WAKES = (
    "alexa",
    "echo",
    "hey siri",
    "siri",
    "hey google",
    "ok google",
    "okay google",
    "ok nabu",
    "okay nabu",
    "hey nabu",
    "hey jarvis",
    "hey mycroft",
    "hey cortana",
    "bixby",
)
"""What wakes the assistants that people have; a satellite may hand it on with the sentence."""

_NAME = re.compile(r"\W*[ckg]l[ao][a-z]{0,4}(?![a-z])", re.IGNORECASE)
"""What "Claw" is heard as by what does not know the name: clause, claws, close, clock, glow."""


class Pieces:
    """Texts that a longer one may be made of, one after the other: some that are wanted, and others between them."""

    def __init__(self, wanted: Mapping[str, str], others: Iterable[str]) -> None:
        """``wanted`` leads from a text to what it stands for."""
        self._wanted = wanted
        self._by_first: dict[str, list[str]] = {}
        for piece in {*wanted, *others} - {""}:
            self._by_first.setdefault(piece[0], []).append(piece)

    def wanted(self, said: str) -> str | None:
        """Return what the first wanted piece of ``said`` stands for, None where it is not made of pieces whole."""
        # Up to each place: what was wanted and found before it.
        reached: dict[int, str | None] = {0: None}
        for at in range(len(said)):
            for piece in self._by_first.get(said[at], ()) if at in reached else ():
                if said.startswith(piece, at):
                    end = at + len(piece)
                    reached[end] = reached.get(end) or reached[at] or self._wanted.get(piece)
        return reached.get(len(said))


class SpokenStop:
    """The phrases by which a voice stops everything, of every language together."""

    def __init__(self, languages: Iterable[Language], wake_words: Iterable[str] = ()) -> None:
        """``wake_words`` are what else may stand before a phrase, besides the names of the common assistants."""
        known = tuple(languages)
        phrases = {letters(phrase): one.code for one in reversed(known) for phrase in one.spoken.get("stop", ())}
        bare = {letters(word) for one in known for word in one.spoken.get("bare", ())}
        self._pieces = Pieces(phrases, bare | around(known, wake_words))
        polar = {letters(word) for one in known for word in one.spoken.get("polar", ())}
        single = {letters(phrase) for one in known for phrase in one.spoken.get("stop", ()) if " " not in phrase}
        found = [
            (phrase.removesuffix(word), word) for phrase in sorted(single) for word in bare if phrase.endswith(word)
        ]
        refused = (rf"\b{no}[^\w\s]*\s\W*{stop}\b" for no, stop in found if no in polar)
        self._refused = re.compile("|".join(refused) or "(?!)", re.IGNORECASE)

    def language(self, text: str) -> str | None:
        """Return the language of the listed phrase that ``text`` is, None where it is none.

        "Notstop" is a German one; "not stop", as what is left of an English sentence, is none.
        """
        if len(text) > LONGEST or self._refused.search(text):
            return None
        found = _NAME.match(text)
        return self._pieces.wanted(letters(text)) or (
            self._pieces.wanted(letters(text[found.end() :])) if found is not None else None
        )


def around(languages: Iterable[Language], wake_words: Iterable[str]) -> set[str]:
    """Return the letters of what may stand around a stop: what wakes Claw or another, "please", "no"."""
    said = (word for one in languages for word in (*one.address, *one.polite, *one.spoken.get("around", ())))
    return {letters(word) for word in (*said, *WAKES, *wake_words)}


def letters(text: str) -> str:
    """Return the letters and digits of ``text`` alone, in one case and without accents."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in folded if one.isalnum())
