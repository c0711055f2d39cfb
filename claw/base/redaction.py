"""What must not stand in the log of the process: secrets, whatever wrote them there and however they came into it.

Two nets, one behind the other.  What was read as a secret is known word by word (``hide``) and never goes out, in
whatever shape it is.  What merely looks like one - a token, a code, an address with a password or a query in it, what a
camera is fetched by - is covered too: a library may have made it, or somebody typed it.  Covering too much costs a
reader a guess, covering too little costs a household its keys.
"""

import re
from urllib.parse import quote

COVER = "[hidden]"
LONGEST = 32_000
"""Characters of a text that are looked at; what is longer is cut."""
SHORTEST = 6
"""A secret that is shorter would blank half of what is said."""
MOST = 200

_NAMES = (
    r"access_token|refresh_token|id_token|token|auth_?sig|api[_-]?key|apikey|key|passw(?:or)?d|passphrase|secret|"
    r"authorization|cookie|signature|sig|pin|code|credential"
)
_SCHEMES = r"[a-zA-Z][a-zA-Z0-9+.-]{0,20}://"

_LOOKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----.*?(?:-----END|\Z)", re.DOTALL), COVER),
    (re.compile(r"\brtsps?://\S+|\brtmps?://\S+", re.IGNORECASE), COVER),  # where a camera is looked at
    (re.compile(rf"({_SCHEMES})[^\s/@]{{1,300}}@"), rf"\1{COVER}@"),
    (re.compile(rf"({_SCHEMES}[^\s?#'\"<>]{{1,2000}})[?#][^\s'\"<>)]{{1,4000}}"), rf"\1?{COVER}"),
    (
        re.compile(r"/api/(?:[a-z_]{1,30}_proxy(?:_stream)?|hls|webhook|image|tts)/[^\s'\"<>)]+"),
        f"/api/{COVER}",
    ),
    (re.compile(r"(?i)\b(bearer)\s+[\w.~+/=-]{4,}"), rf"\1 {COVER}"),
    (re.compile(r"\b((?i:basic))\s+(?=[a-z+/]*[A-Z0-9=])[A-Za-z0-9+/]{12,}={0,2}"), rf"\1 {COVER}"),
    (re.compile(r"\beyJ[\w-]{6,}\.[\w-]*(?:\.[\w-]*)?"), COVER),
    (re.compile(r"(?:\bbot)?\b\d{6,12}:[\w-]{30,}|\bbot\d{6,12}:[\w-]{20,}"), COVER),  # Telegram's, in addresses too
    (re.compile(r"\bclaw_[a-z0-9]{1,40}\.[\w-]{16,}"), COVER),
    (re.compile(r"\b(?:sk|pk|rk|ghp|gho|ghs|glpat|hf|xox[abprs]|tskey)[-_][\w.-]{10,}"), COVER),
    (re.compile(r"\b((?i:code|pin)\s+)[A-Z0-9]{4,12}\b"), rf"\1{COVER}"),
)
_LONG = re.compile(r"(?<![\w.-])[\w+-]{32,}={0,2}")
"""A long run that may be a secret; what it is made of is looked at once, not from each of its places: that would take
the square of its length, and the daemon is still meanwhile."""
_NAMED = re.compile(rf"(?i)\b((?:[a-z]+[_-])?(?:{_NAMES}))([\"']?\s*[:=]\s*[\"']?)([^\s\"'&,;)}}\]]{{4,}})")
"""A value by its name: ``token=...``, ``"password": "..."``, ``code: 1234``."""

_hidden: dict[str, None] = {}


def hide(secret: str) -> str:
    """Never let ``secret`` go out from now on, and return it; what is too short to be told from a word is not kept."""
    if len(secret) >= SHORTEST:
        for shape in {secret, quote(secret, safe="")}:
            _hidden.pop(shape, None)
            _hidden[shape] = None
        while len(_hidden) > MOST:
            del _hidden[next(iter(_hidden))]
    return secret


def redacted(text: str) -> str:
    """Return ``text`` without anything that is a secret, or looks like one."""
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]} (cut)"
    for secret in sorted(_hidden, key=len, reverse=True):
        if secret in text:
            text = text.replace(secret, COVER)
    for look, instead in _LOOKS:
        text = look.sub(instead, text)
    text = _LONG.sub(_mixed, text)
    return _NAMED.sub(_covered, text)


def _mixed(found: re.Match[str]) -> str:
    run = found[0]
    secret = any(map(str.isdecimal, run)) and any(one.isascii() and one.isalpha() for one in run)
    return COVER if secret else run


def _covered(found: re.Match[str]) -> str:
    name, between, value = found.groups()
    said = value.rstrip(".")
    if value.startswith(COVER[:-1]):
        return found[0]
    # After a colon and a space may stand a sentence: "the token: nobody has one".
    secret = "=" in between or '"' in between or "'" in between or any(map(str.isdigit, said))
    return f"{name}{between}{COVER}" if secret else found[0]
