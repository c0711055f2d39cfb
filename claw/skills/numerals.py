"""Numbers and spans of time as people say them: digits, words up to a hundred, "half an hour", in five languages."""

import re
from collections.abc import Iterator, Mapping
from functools import cache

_AFTER = r"%|\u00b0[cf]?|percent|per cent|prozent|pour cent|procent|degrees?|grad|degres?|graden|\u5ea6"
_DIGITS = re.compile(rf"^(-?\d+(?:[.,]\d+)?)\s*(?:{_AFTER})?$")
_UNIT = re.compile(rf"\s*(?:{_AFTER})$")
_PERCENT_ZH = "\u767e\u5206\u4e4b"

_UNITS: Mapping[str, str] = {
    "en": "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen",
    "de": "null eins zwei drei vier funf sechs sieben acht neun zehn elf zwolf dreizehn vierzehn funfzehn sechzehn "
    "siebzehn achtzehn neunzehn",
    "fr": "zero un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept "
    "dix-huit dix-neuf",
    "nl": "nul een twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien "
    "zeventien achttien negentien",
}
_TENS: Mapping[str, str] = {
    "en": "twenty thirty forty fifty sixty seventy eighty ninety",
    "de": "zwanzig dreissig vierzig funfzig sechzig siebzig achtzig neunzig",
    "fr": "vingt trente quarante cinquante soixante soixante-dix quatre-vingt quatre-vingt-dix",
    "nl": "twintig dertig veertig vijftig zestig zeventig tachtig negentig",
}
_HUNDRED: Mapping[str, tuple[str, ...]] = {
    "en": ("hundred", "a hundred", "one hundred"),
    "de": ("hundert", "einhundert"),
    "fr": ("cent",),
    "nl": ("honderd",),
}
_ONES: Mapping[str, tuple[str, ...]] = {
    "en": ("a", "an"),
    "de": ("ein", "eine", "einer", "einen"),
    "fr": ("une",),
    "nl": ("een",),
}
_HALVES: Mapping[str, tuple[str, ...]] = {
    "en": ("half", "half a", "half an"),
    "de": ("halbe", "halb", "eine halbe", "einer halben"),
    "fr": ("demi", "demie", "une demi"),
    "nl": ("half", "een half", "halve"),
    "zh": ("\u534a", "\u534a\u4e2a"),
}
_AND_A_HALF = ("and a half", "einhalb", "et demie", "et demi", "en een half", "\u534a")
_SPANS: Mapping[str, int] = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds", "sekunde", "sekunden", "seconde", "secondes"), 1),
    **dict.fromkeys(("seconden", "\u79d2", "\u79d2\u949f"), 1),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes", "minuten", "minuut", "\u5206", "\u5206\u949f"), 60),
    **dict.fromkeys(("h", "hour", "hours", "hr", "hrs", "stunde", "stunden", "heure", "heures", "uur", "uren"), 3600),
    **dict.fromkeys(("\u5c0f\u65f6", "\u4e2a\u5c0f\u65f6", "\u949f\u5934"), 3600),
    **dict.fromkeys(("day", "days", "tag", "tage", "tagen", "jour", "jours", "dag", "dagen", "\u5929"), 86400),
}
_ZH = {sign: at for at, sign in enumerate("\u96f6\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\u4e03\u516b\u4e5d")} | {
    "\u4e24": 2
}
_PIECES = re.compile(
    r"(-?\d+(?:[.,]\d+)?|[^\d]+?)\s*({})(?=$|\s|\d|,|[\u3400-\u9fff])".format(
        "|".join(sorted(map(re.escape, _SPANS), key=len, reverse=True))
    )
)
_JOINS = re.compile(r"^(?:\s|,|and\b|und\b|et\b|en\b)+")


class Figures:
    """Reads what ``claw/skills/phrases.py`` folded: lower case, without marks."""

    def number(self, text: str, language: str) -> float | None:
        """Return the number that ``text`` is ("40%", "forty percent"), None where it is none."""
        text = text.strip().removeprefix(_PERCENT_ZH)
        found = _DIGITS.match(text)
        if found:
            return float(found[1].replace(",", "."))
        words = _UNIT.sub("", text)
        for code in dict.fromkeys((language, "en")):
            known = _words(code).get(words.replace("-", " "))
            if known is not None:
                return known
        return _chinese(words)

    def seconds(self, text: str, language: str) -> float | None:
        """Return the span of time that ``text`` is ("half an hour", "1 hour 30 minutes"), None where it is none."""
        total, rest, unit = 0.0, text.strip(), 0
        while rest:
            found = _PIECES.match(rest)
            count = self._count(found[1].strip(), language) if found else None
            if found is None or count is None:
                return total + unit / 2 if unit and rest in _AND_A_HALF else None
            unit = _SPANS[found[2]]
            total += count * unit
            rest = rest[found.end() :].strip()
            if rest not in _AND_A_HALF:
                rest = _JOINS.sub("", rest)
        return total if unit else None

    def _count(self, text: str, language: str) -> float | None:
        for half in _AND_A_HALF:
            if text.endswith(f" {half}"):
                whole = self._count(text.removesuffix(half).strip(), language)
                return None if whole is None else whole + 0.5
        for code in dict.fromkeys((language, "en")):
            if text in _HALVES.get(code, ()):
                return 0.5
            if text in _ONES.get(code, ()):
                return 1.0
        return self.number(text.removesuffix("\u4e2a"), language)


@cache
def _words(language: str) -> Mapping[str, float]:
    return dict(_counted(language))


def _counted(language: str) -> Iterator[tuple[str, float]]:
    """Give the words of a language for the numbers up to a hundred."""
    if language not in _UNITS:
        return
    units, tens = _UNITS[language].replace("-", "~").split(), _TENS[language].replace("-", "~").split()
    units, tens = [one.replace("~", " ") for one in units], [one.replace("~", " ") for one in tens]
    yield from ((word, float(at)) for at, word in enumerate(units))
    yield from ((word, 1.0) for word in _ONES[language])
    yield from ((word, 100.0) for word in _HUNDRED[language])
    for at, ten in enumerate(tens, 2):
        yield ten, 10.0 * at
        for unit in range(1, 20 if language == "fr" and ten in {"soixante", "quatre vingt"} else 10):
            yield from ((word, 10.0 * at + unit) for word in _together(language, ten, unit, units))
    if language == "fr":
        yield "quatre vingts", 80.0


def _together(language: str, ten: str, unit: int, units: list[str]) -> Iterator[str]:
    one = units[unit]
    if language == "de":
        yield f"{'ein' if unit == 1 else one}und{ten}"
    elif language == "nl":
        yield f"{one}en{ten}"
    elif language == "fr":
        yield f"{ten} {one}"
        yield f"{ten} et {one}"
    else:
        yield f"{ten} {one}"


def _chinese(text: str) -> float | None:
    """Return a Chinese number up to a hundred."""
    if text in {"\u767e", "\u4e00\u767e"}:
        return 100.0
    if not text or any(sign not in _ZH and sign != "\u5341" for sign in text):
        return None
    tens, ten, unit = text.partition("\u5341")
    if not ten:
        return float(_ZH[text]) if len(text) == 1 else None
    if len(tens) > 1 or len(unit) > 1 or "\u5341" in tens + unit:
        return None
    return 10.0 * (_ZH[tens] if tens else 1) + (_ZH[unit] if unit else 0)
