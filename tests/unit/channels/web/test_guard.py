import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.datastructures import Headers

from claw.channels.web.guard import (
    Rejected,
    bearer,
    check_content,
    check_host,
    check_origin,
    check_query,
    host_names,
)

NAMES = host_names(["claw.home"])


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8321", "localhost", "LOCALHOST:1", "[::1]:8321", "claw.home", "Claw.Home:443"]
)
def test_our_own_names_pass(host: str) -> None:
    assert check_host(Headers({"host": host}), NAMES) == host.lower()


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.",
        "127.0.0.2",
        "user@localhost",
        "localhost:8321:1",
        "localhost:port",
        "[::1",
        "claw.home evil",
        "10.0.0.1",
    ],
)
def test_any_other_name_is_misdirected(host: str) -> None:
    with pytest.raises(Rejected) as caught:
        check_host(Headers({"host": host}), NAMES)
    assert caught.value.status == 421


def test_two_host_headers_are_none() -> None:
    headers = Headers(raw=[(b"host", b"localhost"), (b"host", b"localhost")])
    with pytest.raises(Rejected):
        check_host(headers, NAMES)


@given(host=st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), max_size=30))
@settings(max_examples=200)
def test_whatever_the_host_its_name_is_ours_or_it_is_rejected(host: str) -> None:
    try:
        passed = check_host(Headers({"host": host}), NAMES)
    except Rejected:
        return
    assert any(passed == name or passed.startswith(f"{name}:") for name in NAMES)


@pytest.mark.parametrize(
    ("headers", "changes", "cookie", "passes"),
    [
        ({"origin": "http://localhost:8321"}, True, True, True),
        ({"origin": "https://localhost:8321"}, True, True, True),
        ({"origin": "http://localhost:8321"}, False, True, True),
        ({"sec-fetch-site": "same-origin"}, True, True, True),
        ({"sec-fetch-site": "none"}, False, True, True),
        ({}, False, True, True),
        ({}, True, False, True),
        ({}, True, True, False),
        ({"origin": "null"}, True, True, False),
        ({"origin": ""}, True, False, False),
        ({"origin": "http://localhost:9000"}, True, True, False),
        ({"origin": "http://localhost"}, True, True, False),
        ({"origin": "http://evil.example"}, False, False, False),
        ({"origin": "http://localhost:8321.evil.example"}, True, True, False),
        ({"origin": "http://a@localhost:8321"}, True, True, False),
        ({"origin": "file://localhost:8321"}, True, True, False),
        ({"origin": "http://["}, True, False, False),
        ({"origin": "http://[::1"}, False, True, False),
        ({"origin": "http://localhost:8321/path"}, True, True, False),
        ({"sec-fetch-site": "cross-site"}, False, True, False),
        ({"sec-fetch-site": "same-site"}, False, True, False),
    ],
)
def test_only_our_own_page_may_cause_a_request(
    headers: dict[str, str], changes: bool, cookie: bool, passes: bool
) -> None:
    def check() -> None:
        check_origin(Headers(headers), "localhost:8321", changes=changes, cookie=cookie)

    if passes:
        check()
    else:
        with pytest.raises(Rejected) as caught:
            check()
        assert caught.value.status == 403


@pytest.mark.parametrize(
    "query",
    ["token=x", "access_token=", "TOKEN=x", "api_key=x", "code=ABCD", "a=1&auth=2", "x=claw_ab.cd", "t%6Fken=x"],
)
def test_a_secret_in_an_address_is_rejected(query: str) -> None:
    with pytest.raises(Rejected) as caught:
        check_query(query)
    assert caught.value.kind == "secret_in_address"


@pytest.mark.parametrize("query", ["", "after=3&limit=10", "newest_first=true", "%ff=%fe"])
def test_other_queries_pass(query: str) -> None:
    check_query(query)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 415),
        ({"content-type": "text/plain"}, 415),
        ({"content-type": "application/x-www-form-urlencoded"}, 415),
        ({"content-type": "application/json", "content-length": "65537"}, 413),
        ({"content-type": "application/json", "content-length": "1e3"}, 400),
        ({"content-type": "application/json", "content-length": "²"}, 400),
    ],
)
def test_a_body_that_is_not_small_json_is_rejected(headers: dict[str, str], status: int) -> None:
    with pytest.raises(Rejected) as caught:
        check_content(Headers(headers))
    assert caught.value.status == status


def test_json_with_a_charset_passes() -> None:
    check_content(Headers({"content-type": "Application/JSON; charset=utf-8", "content-length": "65536"}))


@pytest.mark.parametrize("value", ["Basic YTpi", "Bearer", "Bearer ", "token", ""])
def test_another_scheme_is_unauthenticated(value: str) -> None:
    with pytest.raises(Rejected) as caught:
        bearer(Headers({"authorization": value}))
    assert caught.value.status == 401


def test_a_bearer_token_is_read() -> None:
    assert bearer(Headers({"authorization": "bearer  claw_1.2 "})) == "claw_1.2"
    assert bearer(Headers({})) is None
