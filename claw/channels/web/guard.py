"""What a request must look like before anybody reads it.

A browser will carry any web page's request to a port on this machine, so being on loopback proves nothing.  The name
in ``Host`` must be ours (DNS rebinding), ``Origin`` must be the page's own (cross-site requests), and a secret in an
address is refused even when it is right, because addresses end up in histories and logs.  Pure functions over headers;
the first ``Rejected`` is the answer.
"""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl

from starlette.datastructures import Headers

BODY_LIMIT = 64 * 1024
LONGEST_PATH = 1000
LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})

SECURITY_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types claw-worker"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}

FRAMED_HEADERS: Mapping[str, str] = {
    **SECURITY_HEADERS,
    "Content-Security-Policy": SECURITY_HEADERS["Content-Security-Policy"].replace(
        "frame-ancestors 'none'", "frame-ancestors 'self'"
    ),
    "X-Frame-Options": "SAMEORIGIN",
}
"""The same behind an ingress, which shows the page in a frame of its own."""

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?", re.ASCII)
_SECRET_NAMES = frozenset({"access_token", "api_key", "apikey", "auth", "authorization", "code", "key", "password"})


class Rejected(Exception):
    """The request ends here: HTTP status, kind (one of our own words) and a sentence for the person."""

    def __init__(self, status: int, kind: str, text: str, headers: Mapping[str, str] | None = None) -> None:
        self.status = status
        self.kind = kind
        self.text = text
        self.headers = dict(headers or {})
        super().__init__(text)


def host_names(configured: Iterable[str]) -> frozenset[str]:
    """Return the names that ``Host`` may carry: loopback's and the configured ones, lower case, without ports."""
    return LOOPBACK_NAMES | {name.lower() for name in configured}


def check_host(headers: Headers, names: frozenset[str]) -> str:
    """Return the request's own host with its port; raises Rejected (421) for a name that is not ours."""
    hosts = headers.getlist("host")
    match = _HOST.fullmatch(hosts[0].lower()) if len(hosts) == 1 else None
    if match is None or match[1] not in names:
        raise Rejected(421, "wrong_host", "This address is not one of mine. Use the one that claw printed.")
    return match[0]


def check_origin(headers: Headers, host: str, *, changes: bool, cookie: bool, encrypted: bool = False) -> None:
    """Raise Rejected (403) for a request that another site's page caused.

    ``host`` is the checked Host; ``changes`` whether the method is not a reading one; ``cookie`` whether the request
    rests on a cookie, which a browser adds by itself: then a change must say where it comes from.  Where the page is
    ``encrypted``, one of the same name that is not could be anybody's on the way.
    """
    origins = headers.getlist("origin")
    site = headers.get("sec-fetch-site")
    if origins:
        scheme, _, netloc = origins[0].lower().partition("://")
        own = len(origins) == 1 and scheme in ({"https"} if encrypted else {"http", "https"}) and netloc == host
    else:
        own = site in {"same-origin", "none"} or (site is None and not (changes and cookie))
    if not own:
        raise Rejected(403, "wrong_origin", "Another web page asked for this. Only my own page may.")


def check_path(path: str) -> None:
    """Raise Rejected (414) for a path longer than any of ours: its parts are converted before anybody is asked who."""
    if len(path) > LONGEST_PATH:
        raise Rejected(414, "too_long", "That address is too long.")


def check_query(query: str) -> None:
    """Raise Rejected (400) when an address carries something that is, or is called, a secret."""
    for name, value in parse_qsl(query, keep_blank_values=True, errors="replace"):
        lowered = name.lower()
        if "token" in lowered or "secret" in lowered or lowered in _SECRET_NAMES or value.startswith("claw_"):
            raise Rejected(
                400,
                "secret_in_address",
                "A secret in an address ends up in histories and logs. Send it in the Authorization header.",
            )


def check_content(headers: Headers, limit: int = BODY_LIMIT) -> None:
    """Raise Rejected unless a body is announced as JSON (415) of at most ``limit`` bytes (413)."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Rejected(415, "not_json", "Send JSON, with the header Content-Type: application/json.")
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()):
        raise Rejected(400, "invalid", "The header Content-Length is not a number.")
    if int(length) > limit:
        raise too_large(limit)


def too_large(limit: int = BODY_LIMIT) -> Rejected:
    """Return the answer to a body above ``limit`` bytes."""
    return Rejected(413, "too_large", f"That is too much: a request may have {limit // 1024} KiB.")


def bearer(headers: Headers) -> str | None:
    """Return the secret of the Authorization header, None without one; raises Rejected (401) for another scheme."""
    given = headers.getlist("authorization")
    if not given:
        return None
    scheme, _, secret = given[0].partition(" ")
    if len(given) != 1 or scheme.lower() != "bearer" or not secret.strip():
        raise unauthenticated()
    return secret.strip()


def unauthenticated() -> Rejected:
    """Return the one answer to a missing, wrong, expired or revoked secret: it does not tell which."""
    return Rejected(
        401,
        "unauthenticated",
        "Sign in first: open the page with a code from `claw signin NAME`, or send a token.",
        {"WWW-Authenticate": 'Bearer realm="claw"'},
    )
