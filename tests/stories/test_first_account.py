"""The whole way in by a real process: the code it prints, the account, a token, and `claw people revoke`."""

import json
import re
import urllib.request
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import yaml

from claw.daemon.demo import FOLDER
from tests.running import running

POLICY = """\
version: 1
rules:
  - {id: lights, allow: "light.*", who: {role: owner}}
  - {id: messages, allow: claw.notify}
"""


def nobodys(folder: Path) -> Path:
    """Write a configuration that names nobody, on a house that knows nobody; return it."""
    house = yaml.safe_load((FOLDER / "house.yaml").read_text(encoding="utf-8"))
    house["people"] = []
    (folder / "house.yaml").write_text(yaml.safe_dump(house), encoding="utf-8")
    (folder / "policy.yaml").write_text(POLICY, encoding="utf-8")
    written = folder / "config.yaml"
    written.write_text(
        "house: {simulated: house.yaml}\nlisten: {port: 0}\naudit: {journald: false}\n", encoding="utf-8"
    )
    return written


class Browser:
    """Keeps a cookie, as browsers do."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        self.cookie = ""

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        headers = {"Origin": self.address, "Content-Type": "application/json", "Cookie": self.cookie}
        raw = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(self.address + path, raw, headers, method=method)  # noqa: S310  our own daemon
        try:
            with urllib.request.urlopen(asked, timeout=20) as answer:  # noqa: S310  as above
                self.cookie = (answer.headers.get("Set-Cookie") or self.cookie).partition(";")[0]
                return answer.status, json.loads(answer.read() or b"null")
        except HTTPError as error:
            return error.code, json.loads(error.read())


def test_the_first_account_is_made_by_the_code_that_was_printed_and_ends_with_a_word_at_the_console(
    tmp_path: Path,
) -> None:
    command = ("run", "--config", str(nobodys(tmp_path)))
    with running(tmp_path / "state", command) as daemon:
        assert daemon.process.stdout is not None
        printed = daemon.process.stdout.readline()
        (code,) = re.findall(r"with the code ([0-9A-Z]{8}), within a quarter of an hour", printed)
        page = Browser(daemon.address)
        assert page.ask("GET", "/api/door") == (200, {"first": True, "warnings": []})
        assert page.ask("POST", "/api/first", {"code": "WRNGWRNG", "name": "Anna"})[0] == 401
        status, session = page.ask("POST", "/api/first", {"code": code, "name": "Anna"})
        assert (status, session["person"], session["kind"]) == (200, "anna", "session")
        assert page.ask("POST", "/api/first", {"code": code, "name": "Eve"})[0] == 401
        lamp = {"name": "light.turn_on", "entities": ["light.kitchen_ceiling"]}
        assert page.ask("POST", "/api/actions", lamp)[1]["status"] in {"done", "started"}
        done = daemon.run("people", "revoke", "Anna")
        assert "anna is shut out; ended: 1 browsers and programs" in done.stdout, done.stdout + done.stderr
        assert page.ask("GET", "/api/session")[0] == 401
        assert page.ask("POST", "/api/actions", lamp)[0] == 401
        assert daemon.run("people", "first").returncode == 3
        assert daemon.run("signin", "anna").returncode == 3
        assert daemon.run("people", "admit", "anna").returncode == 0
        assert [one["barred"] for one in daemon.json("people", "list")] == [False]
        again = Browser(daemon.address)
        assert again.ask("POST", "/api/login", {"code": daemon.run("signin", "anna").stdout.strip()})[0] == 200
        did = [entry["payload"]["did"] for entry in daemon.json("log") if entry["kind"] == "people"]
        assert did[:2] == ["first", "signed_in"]
        assert {"shut_out", "ended", "admitted", "code"} <= set(did)
        assert "holds" in daemon.run("log", "verify").stdout
