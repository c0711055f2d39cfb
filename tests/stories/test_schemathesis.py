"""The OpenAPI document against the daemon that gives it: whatever is sent, no answer is a fault, and none is a lie."""

import http.client
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from claw.channels.web.api import OPERATIONS
from tests.running import Claw, environment, running

SCHEMATHESIS = Path(sys.prefix) / "schemathesis" / "bin" / "schemathesis"

# A stream never ends; the others end the very session that asks.  They have tests of their own.
LEFT = r"^/api/(events|clients/\{id\}/end)$"
STOPS = ("/api/stop", "/api/pause", "/api/resume")
# 471.0 is an integer to a schema and none to Claw; and an address such as /api/routines/say is also one of an {id}.
CONFIGURATION = """\
[checks]
positive_data_acceptance.enabled = false
negative_data_rejection.expected-statuses = [400, 401, 403, 404, 405, 413, 414, 415, 429]
allow_header_conformance.enabled = false
missing_required_header.enabled = false
"""


@dataclass
class House:
    """The demo in a process of its own, all that it writes, and a browser in which an owner is signed in."""

    daemon: Claw
    written: list[str]
    cookie: str

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any, str]:
        """Return status, JSON and the cookie that was set."""
        line = http.client.HTTPConnection(self._at, timeout=20)
        headers = {"Content-Type": "application/json", "Cookie": self.cookie, "Origin": f"http://{self._at}"}
        line.request(method, path, None if body is None else json.dumps(body), headers)
        answer = line.getresponse()
        said, cookie = answer.read(), answer.getheader("set-cookie", "").partition(";")[0]
        line.close()
        return answer.status, json.loads(said) if said else None, cookie

    @property
    def _at(self) -> str:
        return self.daemon.address.split("/")[2]

    def document(self) -> dict[str, Any]:
        """Return the document as this browser gets it, for whom every address is open; what stops comes last."""
        document = self.ask("GET", "/api/openapi.json")[1]
        del document["security"]  # who may not is another test's; here a stranger's strikes would hold up the rest
        document["paths"] = dict(sorted(document["paths"].items(), key=lambda one: one[0].startswith(STOPS)))
        return document

    def run(self, folder: Path, *words: str) -> str:
        """Run schemathesis over the whole document, and return what it said; it must have found nothing."""
        (folder / "openapi.json").write_text(json.dumps(self.document()))
        (folder / "schemathesis.toml").write_text(CONFIGURATION)
        headers = ("--header", f"Cookie: {self.cookie}", "--header", f"Origin: http://{self._at}")
        left = ("--exclude-path-regex", LEFT, "--exclude-method", "DELETE")
        manner = ("--generation-database", "none", "--no-shrink", "--continue-on-failure", "--request-timeout", "20")
        asked = ("run", "openapi.json", "--url", self.daemon.address.rstrip("/"), *headers, *left, *manner, *words)
        said = subprocess.run(
            [str(SCHEMATHESIS), "--config-file", "schemathesis.toml", *asked],
            cwd=folder,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=3000,
            check=False,
        )
        assert said.returncode == 0, said.stdout + said.stderr
        return said.stdout


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """What it writes is read all the time: a process whose words nobody takes stands still."""
    with running(tmp_path_factory.mktemp("api") / "state") as daemon:
        assert daemon.process.stdout is not None
        found = House(daemon, [], "")
        reading = threading.Thread(target=found.written.extend, args=(daemon.process.stdout,), daemon=True)
        reading.start()
        found.cookie = found.ask("POST", "/api/login", {"code": daemon.code})[2]
        yield found
        daemon.end()
        reading.join(10)


def test_no_answer_is_a_fault_and_every_answer_is_as_the_document_says(house: House, tmp_path: Path) -> None:
    said = house.run(tmp_path, "--phases", "fuzzing", "--max-examples", "3", "--seed", "1")
    tested = re.search(r"Tested: (\d+)", said)
    assert tested is not None
    assert int(tested[1]) >= len(OPERATIONS), said
    _unharmed(house)


@pytest.mark.prove
@pytest.mark.timeout(3600)
def test_no_answer_is_a_fault_in_full(house: House, tmp_path: Path) -> None:
    house.run(tmp_path, "--phases", "coverage,fuzzing", "--max-examples", "100", "--max-time", "1200")
    _unharmed(house)


def _unharmed(house: House) -> None:
    """It still stands, nothing unexpected happened in it, and it does as it is told."""
    assert not [line for line in house.written if "Traceback" in line or "failed unexpectedly" in line]
    assert house.ask("GET", "/api/session")[0] == 200, "this very session held through all of it"
    assert house.daemon.status()["audit"]
