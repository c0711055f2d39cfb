"""What an engine writes although nobody said it: speech recognisers make up words for silence and noise.

They were taught with subtitles, so silence is to them the end of a film; and the names they are given as a hint come
out again as if they had been said.  Such a text is no text.  A whole text is dropped or none of it: half of what an
engine heard is another sentence.
"""

import re
from itertools import accumulate

from claw.voice.model import Hints
from claw.voice.sounds import words

LONGEST_LOOP = 12
"""So many words, of which no more than two differ, are an engine that got stuck."""
STUCK = 2

_BRACKETED = re.compile(r"[\[(*♪♫][^\])*♪♫]*[\])*♪♫]?")

_FOR_SILENCE = (
    "you",
    "thank you for watching",
    "thanks for watching",
    "thank you so much for watching",
    "please subscribe",
    "like and subscribe",
    "subscribe to my channel",
    "subtitles by the amara org community",
    "transcription by castingwords",
    "see you in the next video",
    "untertitel der amara org community",
    "untertitel im auftrag des zdf für funk 2017",
    "vielen dank fürs zuschauen",
    "vielen dank für die aufmerksamkeit",
    "copyright wdr 2021",
    "sous titres réalisés par la communauté d amara org",
    "sous titres réalisés para la communauté d amara org",
    "merci d avoir regardé cette vidéo",
    "abonnez vous",
    "ondertitels ingediend door de amara org gemeenschap",
    "bedankt voor het kijken",
    "tv gelderland 2021",
    "请不吝点赞 订阅 转发 打赏支持明镜与点点栏目",
    "字幕由amara org社区提供",
    "谢谢观看",
    "感谢观看",
    "谢谢大家",
)


def plausible(text: str, hints: Hints) -> str:
    """Return ``text`` on one line, empty where an engine most likely made it up."""
    spoken = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    heard = words(_BRACKETED.sub(" ", spoken))
    if not heard or _only_for_silence(heard) or _is_loop(heard) or _repeats(heard, hints.names):
        return ""
    return spoken


_SILENCE = frozenset(words(one) for one in _FOR_SILENCE)
_LONGEST_SILENCE = max(map(len, _SILENCE))


def _only_for_silence(heard: tuple[str, ...]) -> bool:
    """Return whether all of it is such sentences, one after the other."""
    at = 0
    while at < len(heard):
        lengths = range(min(_LONGEST_SILENCE, len(heard) - at), 0, -1)
        length = next((one for one in lengths if heard[at : at + one] in _SILENCE), 0)
        if length == 0:
            return False
        at += length
    return True


def _is_loop(heard: tuple[str, ...]) -> bool:
    return len(heard) >= LONGEST_LOOP and len(set(heard)) <= STUCK


def _repeats(heard: tuple[str, ...], names: tuple[str, ...]) -> bool:
    """Return whether it is a piece of the list of names: one name said alone may be what a person said."""
    listed = [words(name) for name in names]
    whole = [word for name in listed for word in name]
    if any(heard == name for name in listed) or len(heard) > len(whole):
        return False
    # From the beginning of a name to the end of another one: words that only happen to follow each other are no list.
    edges = [0, *accumulate(map(len, listed))]
    return any(
        start + len(heard) in edges and tuple(whole[start : start + len(heard)]) == heard for start in edges[:-1]
    )
