"""Which languages the house of a case speaks: a household has one or two, and each one more costs as much as the first.

A case does not say in which language it is, so it is told by a few words that its sentences can hardly do without.
"""

import re
from collections.abc import Iterable, Mapping
from typing import cast, get_args

from claw.base.config import Language

_WORD = re.compile(r"\w+")
_WIDE = re.compile(r"[\u3400-\u9fff]")


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_TELLING: Mapping[Language, frozenset[str]] = {
    "de": _words(
        "alle auf aus bitte das der ein eine fenster gibt im ins ist licht mach mache nicht schalt schalte sind stell "
        "stelle tür und wie zu öffne schließe"
    ),
    "fr": _words(
        "allume combien dans du est et éteins fait ferme la le les lumière mets ouvre plaît quelle quelles règle sont "
        "sur toutes tous une verrouille"
    ),
    "nl": _words(
        "aan alle alles de doe een en graden het hoe kan licht lichten maak niet staat uit welke zet zijn deur sluit"
    ),
}
"""Words that tell a language from English; some are words of another one too, which costs little."""


def spoken_in(sentences: Iterable[str], own: str) -> tuple[Language, ...]:
    """Return the languages of a house: its ``own``, those that ``sentences`` may be in, and English."""
    words = frozenset(_WORD.findall(" ".join(sentences).casefold()))
    found: list[Language] = [code for code, telling in _TELLING.items() if telling & words]
    if any(map(_WIDE.search, words)):
        found.append("zh")
    known = cast("tuple[Language, ...]", get_args(Language))
    return tuple(dict.fromkeys((*(code for code in known if code == own), *found, "en")))
