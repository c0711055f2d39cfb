"""The page's files: served from a table, pressed for who takes that, with their types, and free of anything inline."""

import gzip
import json
import re

import pytest
from starlette.requests import Request

from claw.channels.web.assets import Assets
from claw.channels.web.guard import SECURITY_HEADERS
from tests.serving import Served

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAGES = {"index.html", "login.html"}
ASSETS = Assets()


def text_of(name: str) -> str:
    return bytes(ASSETS.respond(Request({"type": "http", "headers": []}), name).body).decode()


async def test_the_pages_files_are_served_with_their_types(served: Served) -> None:
    status, _, headers = await served.ask("GET", "/page/main.js", token=None)
    assert status == 200
    assert headers["content-type"].startswith("text/javascript")
    again, body, _ = await served.ask("GET", "/page/main.js", token=None, headers={"If-None-Match": headers["etag"]})
    assert (again, body) == (304, "")


@pytest.mark.parametrize(
    ("accepted", "pressed"),
    [
        ("gzip, deflate, br", True),
        ("br, GZIP;q=0.5", True),
        ("gzip;q=0", False),
        ("gzip; q=0.0", False),
        ("identity", False),
        ("xgzip", False),
        ("", False),
    ],
)
async def test_a_file_goes_out_pressed_only_to_who_takes_that(accepted: str, pressed: bool) -> None:
    whole = ASSETS.respond(Request({"type": "http", "headers": []}), "main.js")
    asked = Request({"type": "http", "headers": [(b"accept-encoding", accepted.encode())]})
    answer = ASSETS.respond(asked, "main.js")
    assert (answer.headers.get("content-encoding") == "gzip") is pressed
    assert (gzip.decompress(bytes(answer.body)) if pressed else bytes(answer.body)) == bytes(whole.body)
    assert answer.headers["vary"] == "Accept-Encoding"
    # A store between us may hold both forms: neither may pass for the other.
    assert (answer.headers["etag"] == whole.headers["etag"]) is not pressed


async def test_a_picture_that_pressing_does_not_help_goes_as_it_is() -> None:
    asked = Request({"type": "http", "headers": [(b"accept-encoding", b"gzip")]})
    assert all(
        len(bytes(ASSETS.respond(asked, name).body))
        <= len(bytes(ASSETS.respond(Request({"type": "http", "headers": []}), name).body))
        for name in ASSETS.names
    )


async def test_the_page_holds_no_inline_script_or_style(served: Served) -> None:
    for name in PAGES:
        _, text, _ = await served.ask("GET", f"/page/{name}", token=None)
        assert "<script>" not in text
        assert "<style" not in text
        assert " style=" not in text
        assert " onclick=" not in text
        assert "http" not in text.replace("http-equiv", "")


async def test_only_the_workers_address_may_become_a_script() -> None:
    policy = dict(part.strip().split(" ", 1) for part in SECURITY_HEADERS["Content-Security-Policy"].split(";"))
    assert policy["trusted-types"] == "claw-worker"
    assert policy["require-trusted-types-for"] == "'script'"
    assert policy["script-src"] == policy["worker-src"] == "'self'"
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    scripts = {name: text_of(name) for name in ASSETS.names if name.endswith(".js")}
    assert {name for name, text in scripts.items() if "createPolicy" in text} == {"main.js"}
    assert 'createScriptURL: () => "sw.js"' in scripts["main.js"]  # whatever it is given
    # What parses text as markup or as code is nowhere.
    sinks = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser|srcdoc")
    assert {name for name, text in scripts.items() if sinks.search(text)} == set()


async def test_every_address_of_the_page_is_its_own_neighbour() -> None:
    # Behind a prefix, as Home Assistant gives one, an address from the root would be somebody else's.
    rooted = re.compile(r"""(?:src|href|action)=["']/|(?:href|src): ["'`]/|(?:fetch|replace|EventSource)\(["'`]/""")
    assert {name for name in ASSETS.names if not name.startswith("icon") and rooted.search(text_of(name))} == set()


async def test_the_worker_keeps_the_pages_own_files_and_nothing_of_the_house() -> None:
    worker = text_of("sw.js")
    named = {name for name, _ in json.loads(re.findall(r"^const FILES = (.*);", worker, re.MULTILINE)[0])}
    assert named <= ASSETS.names
    assert {name for name in ASSETS.names if name.endswith((".js", ".css"))} == (named | {"sw.js"}) - {
        "icon.svg",
        "claw.webmanifest",
    }
    # One way to an answer of its own, and that is for the files that it names.
    assert worker.count("respondWith") == 1
    assert 'if (request.method === "GET" && ours.has(url)) event.respondWith(' in worker
    assert "/api" not in worker
    assert "healthz" not in worker


async def test_the_worker_stands_beside_the_page(served: Served) -> None:
    status, text, headers = await served.ask("GET", "/sw.js", token=None)
    assert status == 200
    assert headers["content-type"].startswith("text/javascript")
    assert text == text_of("sw.js")


@pytest.mark.parametrize("name", ["", "%2e%2e/app.py", "/etc/passwd", "main.js/", "INDEX.HTML"])
async def test_what_is_not_in_the_table_is_not_there(served: Served, name: str) -> None:
    status, body, _ = await served.ask("GET", f"/page/{name}", token=None)
    assert status in {404, 405}
    assert "import" not in str(body)
