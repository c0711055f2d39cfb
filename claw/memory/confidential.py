"""What looks like a secret: a password, a code, a number of a card, a key of some service.

A memory is found by asking, shown on a page and given to a model, so none of these belongs in it, whoever says it and
however useful it would be.  This looks for the shape, not for the meaning: a word for a secret with something beside it
that could be one, or a text that nothing but a secret looks like.  "Ben forgot his password" is kept, the password is
not.
"""

import re
import unicodedata


def _row(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WORDS = (
    r"pass[\s-]?(?:word|phrase|code)s?|wi-?fi[\s-]?key|(?:network|wpa\d?|security|license|licence|product)[\s-]?key|"
    r"(?:sim[\s-]?)?pins?(?:[\s-]?(?:code|number))?|puk|"
    r"(?:access|door|gate|garage|alarm|entry|key|safe|lock|security|secret|unlock|pin|recovery|backup|verification|"
    r"one[\s-]?time|sms|2fa|mfa|otp)[\s-]?(?:code|combination|number|token|phrase)s?|combination(?=\s+(?:is|to|of|for|lock))|"
    r"cvv2?|cvc2?|credit[\s-]?card|debit[\s-]?card|card[\s-]?number|account[\s-]?number|social[\s-]?security|ssn|"
    r"(?:api|secret|private|encryption|ssh)[\s-]?keys?|(?:access|auth|bearer|refresh)[\s-]?tokens?|credentials?|"
    r"seed[\s-]?phrase|log[\s-]?in|"
    r"pass[wW]ort|kennwort|zugangscode|geheimzahl|t[uü]rcode|alarmcode|schl[uü]sselcode|"
    r"mot[\s-]?de[\s-]?passe|code[\s-]?(?:d['\s]acc[eè]s|secret|de[\s-]?(?:la[\s-]?)?(?:porte|alarme|carte))|"
    r"wachtwoord|pincode|toegangscode|deurcode"
)
_SECRET = re.compile(rf"(?<!\w)(?:{_WORDS})(?!\w)", re.IGNORECASE)
_SECRET_ZH = re.compile("密码|密碼|口令|验证码|驗證碼|密钥|密鑰|暗号")
_CODE = re.compile(r"(?<!\w)codes?(?!\w)", re.IGNORECASE)
_HARMLESS_CODE = re.compile(
    r"(?<!\w)(?:zip|post(?:al)?|area|country|dress|error|bar|qr|colou?r|dialling|source|building|highway|discount|fault)"
    r"[\s-]?codes?(?!\w)",
    re.IGNORECASE,
)
_VALUE = re.compile(
    r"(?:\W+(?:to|for|of|von|f[uü]r|vom|zum|zur|du|de|van|voor)(?:\s+[\w'-]+){1,4}?)?"
    r"\W*(?:(?:(?<![A-Za-z])(?:is|are|was|be|ist|lautet|est|c['\s]est)(?![A-Za-z])|=|:|为|是)\s*)+"
    r"(?P<said>[\"'\u201c]?[^\s,;]+)",
    re.IGNORECASE,
)
_WHERE = _row(
    "a always an at auf bad behind bei beside bent broken by changed chez dans different due easy "
    "expired forgotten from good hard her hidden his im in inside its kept known long loose lost missing "
    "my near needed never not on onder only op our required right safe saved secret short "
    "sous still stored strong sur the their too under unknown unter very weak with written wrong "
    "your "
)
"""What stands after "the password is" where the password itself does not."""
_FIGURES = re.compile(r"(?:\d[\s.\-_/]?){3,}\d?|\d{3,}")
_SPOKEN = re.compile(
    r"(?:\b(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|null|eins|zwei|drei|vier|f[uü]nf|sechs|sieben|acht|"
    r"neun|un|deux|trois|quatre|cinq|sept|huit|neuf|een|twee|drie|vijf|zes|zeven|negen)\b[\s,-]*){3,}",
    re.IGNORECASE,
)
_SHAPES = tuple(
    re.compile(shape)
    for shape in (
        r"-----BEGIN [A-Z ]*(?:PRIVATE KEY|CERTIFICATE)",
        r"\b(?:sk|pk|rk)[-_](?:live|test|proj|ant)?[-_]?[A-Za-z0-9_-]{16,}",
        r"\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}|\bxox[abprs]-[\w-]{10,}",
        r"\bAKIA[0-9A-Z]{12,}|\bAIza[\w-]{30,}",
        r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*",
        r"[a-z][a-z0-9+.-]*://[^\s/@:]+:[^\s/@]+@",
        r"\bWIFI:[^;]*;.*P:",
    )
)
_OPENS = re.compile(
    r"\b(?:opens?|unlocks?|(?:dis)?arms?|gets? (?:in|into))\b.{0,40}?\b(?:with|by|using|typing|entering)\b"
    r"\W*(?:\w+\W+){0,2}?\d{3,}|"
    r"\b(?:safe|alarm|door|gate|garage|lock|keypad|vault)\b(?:'s)?(?: number)?\W*(?:\b(?:is|=)|[:=])\W*\d{4,8}\W*$",
    re.IGNORECASE,
)
"""What opens by figures: they are a code, whatever it is called."""
_TOKEN = re.compile(r"[A-Za-z0-9+/_=-]{24,}")
_CARD = re.compile(r"(?<![\d.,])(?:\d[ -]?){12,18}\d(?![\d.,]*\d)")
_SHORT = 3
"""Figures or words that are too few to be a code."""


def looks_secret(text: str) -> bool:
    """Return whether ``text`` seems to hold a password, a code, a card's number or a key."""
    plain = "".join(char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char) != "Cf")
    return (
        any(shape.search(plain) for shape in _SHAPES)
        or any(_random(found[0]) for found in _TOKEN.finditer(plain))
        or any(_luhn(found[0]) for found in _CARD.finditer(plain))
        or _OPENS.search(plain) is not None
        or _named(plain)
    )


def _named(text: str) -> bool:
    """Return whether a word for a secret stands beside something that could be one."""
    words = [*_SECRET.finditer(text), *_SECRET_ZH.finditer(text)]
    words += [] if _HARMLESS_CODE.search(text) else list(_CODE.finditer(text))
    if not words:
        return False
    if _FIGURES.search(text) or _SPOKEN.search(text):
        return True
    if _mixed(_SECRET.sub(" ", text)):
        return True
    values = (_VALUE.match(text, word.end()) for word in words)
    return any(value and value["said"].strip("\"'\u201c\u201d.!").casefold() not in _WHERE for value in values)


def _mixed(text: str) -> bool:
    """Return whether there is a word of letters and figures together: hunter2."""
    return any(
        len(word) > _SHORT and any(map(str.isdigit, word)) and any(map(str.isalpha, word))
        for word in re.findall(r"[\w#$@!%&*-]+", text)
        if not re.fullmatch(r"\d+(?:st|nd|rd|th|am|pm|kg|cm|km|h|min)", word, re.IGNORECASE)
    )


def _random(token: str) -> bool:
    """Return whether a long run of characters is no word of any language: letters of both cases and figures mixed."""
    kinds = (any(map(str.isdigit, token)), any(map(str.islower, token)), any(map(str.isupper, token)))
    figures = sum(map(str.isdigit, token))
    return sum(kinds) == len(kinds) or (figures >= len(token) // 4 and sum(kinds) > 1)


def _luhn(found: str) -> bool:
    """Return whether figures have the check digit of a card."""
    figures = [int(char) for char in found if char.isdigit()]
    doubled = [figure * 2 - 9 * (figure > 4) if at % 2 else figure for at, figure in enumerate(reversed(figures))]  # noqa: PLR2004  half of a digit
    return len(set(figures)) > 1 and sum(doubled) % 10 == 0
