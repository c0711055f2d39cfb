"""What a proxy says of a request counts only from a proxy that is named."""

from typing import Any

import pytest
from starlette.requests import Request

from claw.channels.web.forwarded import Arrival, Proxies, arrival_of

PROXY = "172.30.32.2"


def arrived(
    *headers: tuple[str, str], client: str | None = PROXY, proxies: tuple[str, ...] = (PROXY, "::1")
) -> Request:
    scope: dict[str, Any] = {
        "type": "http", "scheme": "http", "path": "/", "query_string": b"", "server": ("10.0.0.1", 8321),
        "client": (client, 50000) if client else None,
        "headers": [(b"host", b"10.0.0.1:8321"), *((name.encode(), value.encode()) for name, value in headers)],
    }  # fmt: skip
    return Request(Proxies(proxies).arrived(scope))


def seen(request: Request) -> tuple[str, str, str, str]:
    client = request.client.host if request.client else ""
    return client, request.url.scheme, request.headers["host"], arrival_of(request).base


TOLD = (
    ("x-forwarded-for", "203.0.113.9"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-host", "claw.example.org"),
    ("x-ingress-path", "/api/hassio_ingress/abc_DEF-1/"),
)


def test_a_named_proxy_tells_who_asks_how_and_where() -> None:
    assert seen(arrived(*TOLD)) == ("203.0.113.9", "https", "claw.example.org", "/api/hassio_ingress/abc_DEF-1")
    assert arrival_of(arrived(*TOLD)).encrypted


@pytest.mark.parametrize("client", ["203.0.113.66", "172.30.32.20", "not an address", None])
def test_anybody_else_tells_nothing(client: str | None) -> None:
    assert seen(arrived(*TOLD, client=client)) == (client or "", "http", "10.0.0.1:8321", "")
    assert arrival_of(arrived(*TOLD, client=client)) == Arrival()


def test_no_proxy_is_named_unless_somebody_does() -> None:
    assert seen(arrived(*TOLD, proxies=())) == (PROXY, "http", "10.0.0.1:8321", "")


def test_the_senders_own_word_of_its_address_does_not_count() -> None:
    chain = ("x-forwarded-for", "127.0.0.1, 192.168.1.1"), ("x-forwarded-for", f"203.0.113.9, {PROXY}")
    assert seen(arrived(*chain))[0] == "203.0.113.9"


@pytest.mark.parametrize("told", ["", "unknown", "203.0.113.9, unknown", ", ,", f"{PROXY}"])
def test_an_address_that_cannot_be_read_leaves_the_proxys(told: str) -> None:
    assert seen(arrived(("x-forwarded-for", told)))[0] == PROXY


def test_an_address_of_either_kind_is_one() -> None:
    assert seen(arrived(*TOLD, client="::ffff:172.30.32.2"))[0] == "203.0.113.9"
    assert seen(arrived(*TOLD, client="0:0:0:0:0:0:0:1"))[0] == "203.0.113.9"
    assert seen(arrived(("x-forwarded-for", "2001:DB8::1")))[0] == "2001:db8::1"


def test_a_scheme_is_http_or_https_and_the_last_one_counts() -> None:
    assert seen(arrived(("x-forwarded-proto", "javascript")))[1] == "http"
    assert seen(arrived(("x-forwarded-proto", "https, http")))[1] == "http"
    assert seen(arrived(("x-forwarded-proto", "HTTPS")))[1] == "https"


@pytest.mark.parametrize(
    "base", ["//evil.example", "/a/../b", "/a b", "https://evil.example/", "/a;Path=/", "/" + "a" * 300, "/", "a", "/ü"]
)
def test_a_path_that_is_none_is_not_put_before_anything(base: str) -> None:
    assert arrival_of(arrived(("x-ingress-path", base))).base == ""


def test_a_request_that_nobody_passed_on_is_as_it_is() -> None:
    request = arrived(client="203.0.113.9")
    assert seen(request) == ("203.0.113.9", "http", "10.0.0.1:8321", "")
    assert arrival_of(Request({"type": "http"})) == Arrival()
