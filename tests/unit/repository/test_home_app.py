"""The app for Home Assistant: what it asks of the Supervisor, and what its first start writes.

There is no Supervisor here: keys and shapes are held against its rules as tests/home_app.py has them, and its answers
are scripted.
"""

import importlib.util
import json
import re
import shutil
import subprocess
import threading
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import yaml

from claw.base.config import read_config
from tests.home_app import faults
from tests.needing import needed

ROOT = Path(__file__).parents[3]
APP = ROOT / "packaging" / "home-assistant-app" / "claw"
CONFIG, WORDS, PROFILE = "claw/config.yaml", "claw/translations/de.yaml", "claw/apparmor.txt"


def app() -> dict[str, Any]:
    said: dict[str, Any] = yaml.safe_load((APP / "config.yaml").read_text())
    return said


def test_its_folder_is_as_the_supervisor_asks_for() -> None:
    assert faults(APP.parent) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (CONFIG, "name: Claw\n", "", "'name' is a required property"),
        (CONFIG, "slug: claw", "slug: my claw", "slug"),
        (CONFIG, "slug: claw", "slug: jaws", "called jaws"),
        (CONFIG, "  - amd64", "  - i386", "arch/0"),
        (CONFIG, "init: false", "init: true", "init is so anyway"),
        (CONFIG, "init: false", 'init: "no"', "init"),
        (CONFIG, "timeout: 30", "timeout: 5", "timeout"),
        (CONFIG, "tmpfs: true", "host_network: true", "host_network"),
        (CONFIG, "tmpfs: true", "watchdog: tcp://[HOST]:8321", "watchdog"),
        (CONFIG, "hassio_api: true\n", "hassio_api: true\nhassio_role: manager\n", "hassio_role"),
        (CONFIG, "ingress_port: 8321", "ingress_port: 8322", "another port"),
        (CONFIG, "8321/tcp: null", "8321/tcp: 8321", "a port is open"),
        (CONFIG, "8321/tcp: null", "8321/http: null", "8321/http"),
        (CONFIG, "8321/tcp: null", "8322/tcp: null", "not of the same ports"),
        (CONFIG, "  - wyoming", "  - mqtt", "discovery/0"),
        (CONFIG, "discovery:\n  - wyoming\n", "", "wyoming is announced"),
        (CONFIG, "type: addon_config", "type: config", "map/0/type"),
        (CONFIG, "read_only: false", 'read_only: "false"', "map/0/read_only"),
        (CONFIG, "backup: cold", "backup: warm", "backup"),
        (CONFIG, "backup: cold", "backup: cold\napparmor: false", "apparmor"),
        (CONFIG, "  voice: false\n", "", "voice has to be given"),
        (CONFIG, "  voice: bool\n", "", "the option voice is not in the schema"),
        (CONFIG, "  voice: bool\n", "  voice: boolean\n", "schema/voice"),
        (CONFIG, "  voice: false", "  voice: 1", "voice is no bool: 1"),
        (CONFIG, "    - en\n", "    - es\n", "languages is no"),
        (CONFIG, "  names: []", "  names: none", "names is no"),
        (WORDS, "  voice:\n", "  speech:\n", "configuration: voice"),
        (WORDS, "    name: Sprachen\n", "", "'name' is a required property"),
        (WORDS, "  8321/tcp:", "  8322/tcp:", "network: 8321/tcp"),
        ("repository.yaml", "name: Claw\n", "", "'name' is a required property"),
        (PROFILE, "profile claw flags", "profile other flags", "one profile, called claw"),
        (PROFILE, "peer=@{profile_name}", "peer=claw", "nothing is called claw any more"),
        (PROFILE, "  /opt/claw-*/bin/* rix,\n", "", "no x for /opt/claw-1.2.3/bin/claw"),
        (PROFILE, "  /usr/bin/** rix,\n", "", "no x for /usr/bin/tini"),
        (PROFILE, "  /usr/lib/** mr,\n", "", "no r for /usr/lib/claw/run.py"),
        (PROFILE, "  /config/** rwk,\n", "", "no w for /config/anything"),
        ("claw/Dockerfile", "127.0.0.1:8321/healthz", "127.0.0.1:80/healthz", "another port is looked at"),
    ],
)
def test_a_mistake_in_it_is_found(tmp_path: Path, file: str, old: str, new: str, told: str) -> None:
    folder = tmp_path / "apps"
    shutil.copytree(APP.parent, folder)
    text = (folder / file).read_text()
    assert text.count(old) == 1
    (folder / file).write_text(text.replace(old, new))
    found = faults(folder)
    assert any(told in each for each in found), found


def test_its_profile_is_one_that_apparmor_reads(tmp_path: Path) -> None:
    parser = needed("apparmor_parser", "the app's profile was not looked at")

    def read(text: str) -> int:
        (tmp_path / "profile").write_text(text)
        # Named as the Supervisor names it, and not put into the kernel.
        command = [parser, "--skip-kernel-load", "--skip-cache", "--skip-read-cache", tmp_path / "profile"]
        return subprocess.run(command, capture_output=True, check=False, timeout=60).returncode

    text = (APP / "apparmor.txt").read_text().replace("profile claw ", "profile local_claw ")
    assert read(text) == 0
    assert read(text.replace("capability kill,", "capability end,")) != 0
    assert read(text.replace("  /run/** r,", "  /run/** q,")) != 0


def test_its_version_is_claws() -> None:
    assert app()["version"] == tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


def test_what_it_offers_may_be_chosen() -> None:
    said = app()
    match = re.fullmatch(r"list\(([a-z|]+)\)", said["schema"]["languages"][0])
    assert match
    assert set(match[1].split("|")) == run_py().LANGUAGES


def test_both_images_are_the_same_but_for_how_they_start() -> None:
    def steps(path: Path) -> list[str]:
        text = re.sub(r"\\\n\s*", "", path.read_text())
        return [line for line in text.splitlines() if line.startswith(("FROM", "COPY --from", "STOPSIGNAL", "ARG"))]

    assert steps(APP / "Dockerfile") == steps(ROOT / "packaging" / "container" / "Containerfile")


def test_it_ends_as_a_user_without_rights() -> None:
    images = (APP / "Dockerfile", ROOT / "packaging" / "container" / "Containerfile")
    assert all(f"--uid {run_py().USER}" in path.read_text() for path in images)
    assert f"USER {run_py().USER}:" in images[1].read_text()


# ------------------------------------------------------------------------------------------------------ its first start


def run_py() -> ModuleType:
    spec = importlib.util.spec_from_file_location("claw_app_run", APP / "run.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass
class Supervisor:
    """Answers from a list, and keeps what it was told."""

    answers: dict[str, Any] = field(default_factory=dict[str, Any])
    told: list[tuple[str, str, Any]] = field(default_factory=list[tuple[str, str, Any]])
    address: str = ""


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    peer = Supervisor()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            peer.told.append((self.path, self.headers["Authorization"], json.loads(body) if body else None))
            said = peer.answers.get(self.path)
            self.send_response(200 if said is not None else 403)
            self.end_headers()
            self.wfile.write(json.dumps(said).encode() if said is not None else b"{}")

        do_POST = do_GET  # noqa: N815  the library's name

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    peer.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield peer
    server.shutdown()
    thread.join(5)
    server.server_close()


@pytest.fixture
def started(supervisor: Supervisor, tmp_path: Path) -> ModuleType:
    module = run_py()
    module.__dict__.update(SUPERVISOR=supervisor.address, CLAW=tmp_path / "claw")
    examples = tmp_path / "claw" / "share" / "claw"
    examples.mkdir(parents=True)
    (examples / "policy.example.yaml").write_bytes((ROOT / "policy.example.yaml").read_bytes())
    (tmp_path / "config").mkdir()
    (tmp_path / "data").mkdir()
    return module


def options(tmp_path: Path, **said: Any) -> None:
    (tmp_path / "data" / "options.json").write_text(json.dumps(said))


def test_the_first_start_writes_what_claw_can_read(started: ModuleType, supervisor: Supervisor, tmp_path: Path) -> None:
    options(tmp_path, languages=["de", "en"], names=["Casa.Example.org"], voice=True)
    supervisor.answers = {
        "/core/api/config": {"internal_url": "http://ha.lan:8123", "external_url": "https://home.example.org"},
        "/host/info": {"result": "ok", "data": {"hostname": "green"}},
        "/network/info": {
            "result": "ok",
            "data": {"interfaces": [{"ipv4": {"address": ["192.168.1.4/24"]}, "ipv6": {"address": ["fd00::4/64"]}}]},
        },
    }
    started.prepare(tmp_path / "config", tmp_path / "data", "the-token")
    config = read_config(tmp_path / "config" / "config.yaml")
    assert config.languages == ("de", "en")
    assert config.house.url == f"{supervisor.address}/core"
    assert set(config.listen.names) == {
        "homeassistant.local", "homeassistant", "casa.example.org", "ha.lan", "home.example.org", "green",
        "green.local", "192.168.1.4", "[fd00::4]",
    }  # fmt: skip
    assert config.listen.proxies == ("172.30.32.2",)
    assert config.voice is not None
    assert config.voice.wyoming.peers[0].address == "172.30.32.1"
    assert {auth for _, auth, _ in supervisor.told} == {"Bearer the-token"}
    for path in (tmp_path / "config").iterdir():
        assert "the-token" not in path.read_text()
        assert path.stat().st_mode & 0o777 == 0o600


def test_a_supervisor_that_says_nothing_leaves_the_usual_names(started: ModuleType, tmp_path: Path) -> None:
    options(tmp_path)
    started.prepare(tmp_path / "config", tmp_path / "data", "the-token")
    config = read_config(tmp_path / "config" / "config.yaml")
    assert config.listen.names == ("homeassistant.local", "homeassistant")
    assert config.voice is None


def test_what_comes_from_outside_is_no_more_than_a_value(
    started: ModuleType, supervisor: Supervisor, tmp_path: Path
) -> None:
    bad = 'x]\nproxies: ["10.0.0.1"]\n#'
    options(tmp_path, languages=["en]\nhouse: {}", "fr"], names=[bad, "ok.example", "*", "[::1]\n"])
    supervisor.answers = {
        "/core/api/config": {"internal_url": "http://a b/", "external_url": None},
        "/host/info": {"data": {"hostname": bad}},
        "/network/info": {"data": {"interfaces": [{"ipv4": None, "ipv6": {"address": ["fe80::1%eth0/64"]}}]}},
    }
    started.prepare(tmp_path / "config", tmp_path / "data", "the-token")
    config = read_config(tmp_path / "config" / "config.yaml")
    assert config.languages == ("fr",)
    assert config.listen.names == ("homeassistant.local", "homeassistant", "ok.example", "[::1]")
    assert config.listen.proxies == ("172.30.32.2",)


@pytest.mark.parametrize(
    "said",
    [[], None, 5, {"data": None}, {"interfaces": None}, {"interfaces": [1, {"ipv4": [], "ipv6": {"address": 5}}]}],
)
def test_answers_and_options_of_other_shapes_are_none(
    started: ModuleType, supervisor: Supervisor, tmp_path: Path, said: Any
) -> None:
    options(tmp_path, languages=[{}], names=5)
    supervisor.answers = {
        "/core/api/config": {"internal_url": "http://[bad", "external_url": "https://home.example.org"},
        "/host/info": said,
        "/network/info": said,
    }
    started.prepare(tmp_path / "config", tmp_path / "data", "the-token")
    config = read_config(tmp_path / "config" / "config.yaml")
    assert config.listen.names == ("homeassistant.local", "homeassistant", "home.example.org")


def test_root_writes_through_no_link_of_the_user_who_runs_claw(started: ModuleType, tmp_path: Path) -> None:
    options(tmp_path)
    theirs = tmp_path / "of-root"
    theirs.write_text("as it was")
    (tmp_path / "config" / ".config.yaml.new").symlink_to(theirs)
    started.prepare(tmp_path / "config", tmp_path / "data", "the-token")
    assert theirs.read_text() == "as it was"
    assert not (tmp_path / "config" / "config.yaml").is_symlink()


def test_what_is_there_is_the_owners(started: ModuleType, tmp_path: Path) -> None:
    for name in ("config.yaml", "policy.yaml"):
        (tmp_path / "config" / name).write_text("mine")
    started.prepare(tmp_path / "config", tmp_path / "data", "the-token")
    assert {path.read_text() for path in (tmp_path / "config").iterdir()} == {"mine"}


def test_home_assistant_is_told_of_the_voice_server_once_it_answers(
    started: ModuleType, supervisor: Supervisor
) -> None:
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    started.__dict__["VOICE_PORT"] = server.server_port

    def then_it_listens(_seconds: float) -> None:
        supervisor.answers["/discovery"] = {"result": "ok", "data": {"uuid": "1"}}

    started.__dict__["time"] = SimpleNamespace(monotonic=time.monotonic, sleep=then_it_listens)
    started.announce("the-token")
    server.server_close()
    refused, (path, _, body) = supervisor.told
    assert refused == (path, "Bearer the-token", body)
    assert (path, body["service"]) == ("/discovery", "wyoming")
    assert re.fullmatch(rf"tcp://[\w.-]+:{server.server_port}", body["config"]["uri"])
