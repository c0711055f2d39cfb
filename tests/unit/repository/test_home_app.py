"""The app for Home Assistant: what it asks of the Supervisor, and what its first start writes.

There is no Supervisor here: keys and shapes are held against its rules as they are written down below, and its answers
are scripted.
"""

import importlib.util
import json
import re
import threading
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from claw.base.config import read_config

ROOT = Path(__file__).parents[3]
APP = ROOT / "packaging" / "home-assistant-app" / "claw"
RULES: dict[str, Any] = {
    "name": str,
    "version": r"\d+\.\d+\.\d+",
    "slug": r"[-_.A-Za-z0-9]+",
    "description": str,
    "arch": {"amd64", "aarch64"},
    "startup": {"initialize", "system", "services", "application", "once"},
    "boot": {"auto", "manual", "manual_only"},
    "init": bool,
    "timeout": range(10, 301),
    "tmpfs": bool,
    "homeassistant_api": bool,
    "hassio_api": bool,
    "hassio_role": {"default", "homeassistant", "backup", "manager", "admin"},
    "ingress": bool,
    "ingress_port": range(65536),
    "ingress_stream": bool,
    "panel_admin": bool,
    "panel_icon": r"mdi:[a-z-]+",
    "panel_title": str,
    "ports": dict,
    "ports_description": dict,
    "watchdog": r"(?:https?|\[PROTO:\w+\]|tcp):\/\/\[HOST\]:(\[PORT:\d+\]|\d+).*",
    "discovery": {"wyoming"},
    "map": list,
    "backup": {"hot", "cold"},
    "apparmor": bool,
    "options": dict,
    "schema": dict,
}
"""The keys of config.yaml that the Supervisor knows, of those that are used, and what each may be."""
ASKED = {"name", "version", "slug", "description", "arch"}
NEVER = {"full_access", "privileged", "docker_api", "host_network", "host_pid", "host_ipc", "auth_api", "devices"}
"""What would make it more than a guest on the machine."""


def app() -> dict[str, Any]:
    said: dict[str, Any] = yaml.safe_load((APP / "config.yaml").read_text())
    return said


def test_its_configuration_has_the_keys_that_the_supervisor_knows() -> None:
    said = app()
    assert said.keys() >= ASKED
    assert not said.keys() & NEVER
    for key, value in said.items():
        rule = RULES[key]
        for one in value if isinstance(value, list) and not isinstance(rule, type) else [value]:
            match rule:
                case str():
                    assert re.fullmatch(rule, one), key
                case set() | range():
                    assert one in rule, key
                case _:
                    assert isinstance(one, rule), key


def test_its_version_is_claws() -> None:
    assert app()["version"] == tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


def test_it_may_do_no_more_than_it_must() -> None:
    said = app()
    assert said["hassio_role"] == "default"
    assert said["map"] == [{"type": "addon_config", "read_only": False}]
    assert set(said["ports"].values()) == {None}, "nothing is open until the owner opens it"


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_option_has_words(language: str) -> None:
    said = app()
    words = yaml.safe_load((APP / "translations" / f"{language}.yaml").read_text())
    assert said["options"].keys() == said["schema"].keys() == words["configuration"].keys()
    assert all(set(each) == {"name", "description"} and all(each.values()) for each in words["configuration"].values())
    assert words["network"].keys() == said["ports"].keys()


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
    started.announce("the-token")
    server.server_close()
    ((path, _, body),) = supervisor.told
    assert (path, body["service"]) == ("/discovery", "wyoming")
    assert re.fullmatch(rf"tcp://[\w.-]+:{server.server_port}", body["config"]["uri"])
