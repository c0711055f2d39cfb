"""A real, headless Home Assistant as a throw-away peer.

Nothing that imitates Home Assistant can tell whether Claw gets on with it, so the tests boot one: installed from its
package below a cache folder (once, about a minute), run on the loopback interface with its own demo house, onboarded
over HTTP, furnished with areas, floors, labels, helpers and groups.  Every run starts from nothing but the
installation.  ``python -m tests.peers.real_hass`` boots one by hand and prints its address and token.

Facts that are not obvious: no integration may install packages while it runs (``--skip-pip``), so the requirements of
everything that will be loaded are collected from the manifests first; without the frontend package no API answers;
``homeassistant.restart`` ends the process with code 100 and expects to be started again.
"""

import ast
import asyncio
import contextlib
import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

RESTART_EXIT_CODE = 100
BOOT_S = 180.0
INSTALL_S = 900.0

INTEGRATIONS = (
    "api", "auth", "config", "conversation", "demo", "history", "intent", "logbook", "mobile_app", "onboarding",
    "person", "websocket_api",
)  # fmt: skip
IMPORT_ONLY = ("assist_pipeline", "hassio", "isal", "recorder")  # not asked for, but imported by something that is
SET_UP_LATER = ("assist_satellite", "wyoming")
LOADED = " ".join((*INTEGRATIONS, *IMPORT_ONLY, *SET_UP_LATER))
HELPERS = ("counter", "group", "input_boolean", "input_button", "input_number", "input_select", "input_text", "timer")

FLOORS = {"Ground floor": 0, "First floor": 1}
AREAS: dict[str, tuple[str | None, tuple[str, ...]]] = {
    "Living Room": (
        "Ground floor",
        (
            "light.ceiling_lights", "light.living_room_rgbww_lights", "cover.living_room_window", "climate.ecobee",
            "fan.living_room_fan", "fan.ceiling_fan", "vacuum.0_ground_floor", "sensor.carbon_dioxide",
        ),
    ),
    "Kitchen": (
        "Ground floor",
        (
            "light.kitchen_lights", "cover.kitchen_window", "switch.ac", "fan.percentage_full_fan",
            "sensor.carbon_monoxide",
        ),
    ),
    "Bedroom": (
        "First floor",
        ("light.bed_light", "climate.heatpump", "fan.preset_only_limited_fan", "vacuum.demo_vacuum_1_first_floor"),
    ),
    "Office": ("First floor", ("light.office_rgbw_lights", "climate.hvac", "fan.percentage_limited_fan")),
    "Entrance": (
        "Ground floor",
        ("light.entrance_color_white_lights", "cover.hall_window", "button.push", "alarm_control_panel.security"),
    ),
    "Garage": (None, ("cover.garage_door", "sensor.power_consumption")),
    "Garden": (
        None,
        (
            "switch.decorative_lights", "cover.pergola_roof", "binary_sensor.movement_backyard",
            "sensor.outside_temperature", "sensor.outside_humidity", "lawn_mower.my_lawn_mower", "valve.front_garden",
        ),
    ),
}  # fmt: skip
RENAMED = {"vacuum.demo_vacuum_0_ground_floor": ("vacuum.0_ground_floor", "0 Ground floor")}
"""What newer versions call otherwise: id -> what the tests call it."""
LABELLED = {"Night": ("light.bed_light", "cover.garage_door")}
ALIASES = {"light.kitchen_lights": ["Worktop"]}

CONFIGURATION = """\
homeassistant: {{name: Test House, unit_system: metric, time_zone: Europe/Amsterdam, latitude: 52.0, longitude: 5.0,
  elevation: 0, country: NL, currency: EUR}}
http: {{server_host: 127.0.0.1, server_port: {port}}}
logger: {{default: warning}}
recorder: {{commit_interval: 0}}
scene:
  - name: Movie Time
    entities:
      light.ceiling_lights: {{state: "on", brightness: 40}}
      cover.living_room_window: closed
  - name: Romantic Lights
    entities:
      light.bed_light: "off"
      light.living_room_rgbww_lights: {{state: "on", brightness: 80}}
script:
  good_night:
    alias: Good Night
    sequence:
      - service: light.turn_off
        target: {{entity_id: all}}
      - service: lock.lock
        target: {{entity_id: [lock.front_door, lock.kitchen_door]}}
  lamp_alone:
    sequence:
      - service: light.turn_on
        target: {{entity_id: light.ceiling_lights}}
  lamp_and_its_room:
    sequence:
      - service: light.turn_on
        target: {{entity_id: light.ceiling_lights}}
      - service: cover.open_cover
        target: {{area_id: living_room}}
  lamp_and_another:
    sequence:
      - service: light.turn_on
        target: {{entity_id: light.ceiling_lights}}
      - service: script.lamp_and_its_room
automation:
  - alias: Doorbell Lights
    trigger: [{{platform: event, event_type: doorbell}}]
    action: [{{service: switch.turn_on, target: {{entity_id: switch.decorative_lights}}}}]
input_boolean: {booleans}
input_button: {{ring: {{name: Ring}}}}
input_number: {{eco_limit: {{name: Eco limit, min: 0, max: 100, step: 5, initial: 40}}}}
input_select: {{mode: {{name: House mode, options: [home, away, night], initial: home}}}}
input_text: {{note: {{name: Note, initial: hello, max: 20}}}}
counter: {{visits: {{name: Visits, initial: 3, step: 2}}}}
timer: {{tea: {{name: Tea, duration: "00:10:00"}}}}
group: {{downstairs: {{name: Downstairs, entities: [light.kitchen_lights, light.ceiling_lights]}}}}
light:
  - {{platform: group, name: Upper lights, entities: [light.bed_light, light.office_rgbw_lights]}}
"""

LAUNCH = """\
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # never outlive the tests, however they end
os.execv(sys.argv[1], sys.argv[1:])
"""


class CannotInstall(Exception):
    """The Home Assistant package cannot be installed on this machine."""


def cache_folder() -> Path:
    """Where installations are kept between runs."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "claw-tests"


# ------------------------------------------------------------------------------------------------------ installation


def newest_python(minors: Sequence[int] = (14, 13, 12)) -> str:
    """Return the first usable Python of this machine of these 3.x, else the running one."""
    for minor in minors:
        name = f"python3.{minor}"
        pyenv = sorted((Path.home() / ".pyenv" / "versions").glob(f"3.{minor}.*/bin/{name}"), reverse=True)
        for candidate in filter(None, (*map(str, pyenv), shutil.which(name))):
            with contextlib.suppress(OSError, subprocess.SubprocessError):
                run([candidate, "-c", "import ensurepip, ssl, sqlite3, venv"], 30)
                return candidate
    return sys.executable


def run(argv: list[str], timeout_s: float = INSTALL_S) -> str:
    """Run a command; raises subprocess.SubprocessError whose text ends with the command's last lines."""
    done = subprocess.run(
        argv, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout_s, check=False
    )
    if done.returncode:
        tail = "\n".join(done.stdout.splitlines()[-5:])
        raise subprocess.SubprocessError(f"{' '.join(argv[:5])} ... exited {done.returncode}:\n{tail}")
    return done.stdout


def installed(cache: Path | None = None, base: str | None = None) -> Path:
    """Return a virtual environment with the Home Assistant of a Python, installed if need be; raises CannotInstall.

    ``base`` is that Python, the newest one where it is not told.
    """
    base = base or newest_python()
    version = run([base, "-c", "import platform; print(platform.python_version())"], 30).strip()
    folder = (cache or cache_folder()) / f"home-assistant-python{version}"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two test runs at once: one installs, the other waits
        venv, marker = folder / "venv", folder / "done"
        if not marker.exists() or marker.read_text() != LOADED:
            try:
                if not marker.exists():
                    shutil.rmtree(venv, ignore_errors=True)
                    run([base, "-m", "venv", str(venv)])
                install(venv)
            except (OSError, subprocess.SubprocessError) as error:
                raise CannotInstall(str(error)) from error
            marker.write_text(LOADED)
        return venv


def install(venv: Path, root: Path = Path("/"), enter: Sequence[str] = ()) -> None:
    """Install the newest Home Assistant that this Python can take, and all that its integrations import.

    ``enter`` begins the commands where ``venv`` belongs to another system that lies in ``root``.
    """
    inside = Path("/") / venv.relative_to(root)
    pip = [*enter, str(inside / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*pip, "uv"])
    uv = [*enter, str(inside / "bin" / "uv"), "pip", "install", "--python", str(inside / "bin" / "python")]

    def add(*what: str) -> None:
        try:
            run([*uv, *what])
        except subprocess.SubprocessError:  # uv does not know every index that pip was told about
            run([*pip, *what])

    add("homeassistant")
    wanted = sorted(requirements(package(venv)))
    version = tuple(int(part) for part in installed_version(venv).split(".")[:2])
    if version < (2025, 1):
        wanted.append("josepy<2")  # older cloud code needs a name that josepy 2 lacks
    if version < (2025, 4):
        wanted.append("zeroconf")  # Wyoming's dialogue imports it, and no manifest on the way says so
    constraints = ["--constraint", str(Path("/") / package(venv).relative_to(root) / "package_constraints.txt")]
    try:
        add(*constraints, *wanted)
    except subprocess.SubprocessError:
        for each in wanted:  # something needs a compiler: only the integrations that import it will be missing
            with contextlib.suppress(subprocess.SubprocessError):
                add(*constraints, each)


def package(venv: Path) -> Path:
    return next(venv.glob("lib/python3*/site-packages/homeassistant"))


def installed_version(venv: Path) -> str:
    return next(package(venv).parent.glob("homeassistant-*.dist-info")).name.split("-")[1].removesuffix(".dist")


def requirements(package: Path) -> set[str]:
    """Collect the requirements of every integration that gets loaded."""
    pending = {*INTEGRATIONS, *IMPORT_ONLY, *SET_UP_LATER, *HELPERS, "scene", "script", "logger"}
    pending |= names_in(package / "bootstrap.py", "DEFAULT_INTEGRATIONS")
    pending |= names_in(package / "generated" / "entity_platforms.py", None)
    pending |= {path.stem for path in (package / "components" / "demo").glob("*.py")}
    seen: set[str] = set()
    found: set[str] = set()
    while pending:
        domain = pending.pop()
        seen.add(domain)
        try:
            manifest = json.loads((package / "components" / domain / "manifest.json").read_text())
        except OSError:
            continue
        found |= set(manifest.get("requirements", ()))
        pending |= set(manifest.get("dependencies", ())) - seen
    return found


def names_in(path: Path, assigned_to: str | None) -> set[str]:
    """Return the strings in the assignment to a name, or in the whole file."""
    if not path.exists():
        return set()
    tree: ast.AST = ast.parse(path.read_text())
    if assigned_to is not None:
        tree = next(
            node
            for node in ast.walk(tree)
            if isinstance(node, (ast.Assign, ast.AnnAssign))
            and assigned_to
            in {getattr(t, "id", None) for t in getattr(node, "targets", [getattr(node, "target", None)])}
        )
    strings = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {text for text in strings if isinstance(text, str) and text.isidentifier()}


# ----------------------------------------------------------------------------------------------------------- running


@dataclass
class Talk:
    """An outside client's view of Home Assistant: plain REST and websocket commands."""

    http: aiohttp.ClientSession
    ws: aiohttp.ClientWebSocketResponse
    number: int = 0

    async def command(self, kind: str, **fields: Any) -> Any:
        """Send a websocket command and return its result; raises RuntimeError with Home Assistant's error."""
        self.number += 1
        await self.ws.send_json({"id": self.number, "type": kind, **fields})
        while True:
            answer = await self.ws.receive_json()
            if answer.get("id") == self.number and answer["type"] == "result":
                break
        if not answer["success"]:
            raise RuntimeError(f"{kind}: {answer['error']}")
        return answer["result"]

    async def states(self) -> dict[str, dict[str, Any]]:
        """Return all states by entity id, as Home Assistant itself has them now."""
        return {row["entity_id"]: row for row in await self.command("get_states")}

    async def act(self, name: str, *entities: str, **data: Any) -> None:
        """Do something to the house behind Claw's back."""
        domain, _, service = name.partition(".")
        target = {"target": {"entity_id": list(entities)}} if entities else {}
        await self.command("call_service", domain=domain, service=service, service_data=data, **target)


@dataclass
class RealHomeAssistant:
    """One running Home Assistant; ``helpers`` adds so many switches for load.

    ``lacks`` is what its house cannot be furnished with: ``floors``, ``labels``.
    """

    venv: Path
    folder: Path
    helpers: int = 0
    port: int = 0
    token: str = ""
    version: str = ""
    lacks: frozenset[str] = frozenset()
    _ending: threading.Event = field(default_factory=threading.Event)
    _keeper: threading.Thread | None = None
    _process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        """The command that runs it, but for its last options."""
        return [str(self.venv / "bin" / "hass"), "-c", str(self.folder)]

    def start(self) -> None:
        """Boot, onboard and furnish; raises RuntimeError when it does not come up."""
        self.port = self.port or free_port()
        self.version = installed_version(self.venv)
        self._configure()
        self._keeper = threading.Thread(target=self._keep, name="home-assistant", daemon=True)
        self._keeper.start()
        try:
            apart(self._settle())
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End it for good."""
        self._ending.set()
        if self._process is not None:
            self._process.terminate()
        if self._keeper is not None:
            self._keeper.join(30)
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def kill(self) -> None:
        """End the process without a word, as a power cut would; it is started again at once."""
        assert self._process is not None
        self._process.kill()

    def resident_mib(self) -> float:
        assert self._process is not None
        pages = int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    @contextlib.asynccontextmanager
    async def talk(self) -> Any:
        """Open an outside client (``Talk``)."""
        async with (
            aiohttp.ClientSession(headers={"Authorization": f"Bearer {self.token}"}) as http,
            http.ws_connect(f"{self.url}/api/websocket", max_msg_size=2**26) as ws,
        ):
            await ws.receive_json()
            await ws.send_json({"type": "auth", "access_token": self.token})
            assert (await ws.receive_json())["type"] == "auth_ok"
            yield Talk(http, ws)

    async def token_of_a_user(self, name: str) -> str:
        """Make a user who is no administrator and return an access token of theirs."""
        client = f"{self.url}/"
        login = {"username": name, "password": f"{name}-password"}
        async with self.talk() as talk:
            user = await talk.command("config/auth/create", name=name, group_ids=["system-users"])
            await talk.command("config/auth_provider/homeassistant/create", user_id=user["user"]["id"], **login)
        async with aiohttp.ClientSession(self.url) as http:
            flow = {"client_id": client, "redirect_uri": client, "handler": ["homeassistant", None]}
            async with http.post("/auth/login_flow", json=flow) as answer:
                number = (await answer.json())["flow_id"]
            async with http.post(f"/auth/login_flow/{number}", json={"client_id": client, **login}) as answer:
                code = (await answer.json())["result"]
            return await grant(http, client, code)

    async def set_up_wyoming(self, port: int) -> str:
        """Have its Wyoming integration set up a server of this machine by its own dialogue; return the entry's id."""
        async with self.talk() as talk:
            flows = f"{self.url}/api/config/config_entries/flow"
            async with talk.http.post(flows, json={"handler": "wyoming"}) as answer:
                form = await answer.json()
            async with talk.http.post(f"{flows}/{form['flow_id']}", json={"host": "127.0.0.1", "port": port}) as answer:
                made = await answer.json()
            if made["type"] != "create_entry":
                raise RuntimeError(f"Wyoming was not set up: {made}")
            entry: str = made["result"]["entry_id"]
            return entry

    async def remove(self, entry: str) -> None:
        """Take away what was set up."""
        async with self.talk() as talk, talk.http.delete(f"{self.url}/api/config/config_entries/entry/{entry}"):
            pass

    async def running(self) -> None:
        """Wait until Home Assistant says that it has started."""
        deadline = time.monotonic() + BOOT_S
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {self.token}"}) as http:
            while time.monotonic() < deadline:
                with contextlib.suppress(aiohttp.ClientError):
                    async with http.get(f"{self.url}/api/config") as answer:
                        if answer.ok and (await answer.json())["state"] == "RUNNING":
                            return
                await asyncio.sleep(0.1)
        raise RuntimeError(f"Home Assistant does not run after {BOOT_S:.0f} s; see {self.folder / 'hass.out'}")

    def _configure(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        booleans = {"guests": {"name": "Guests"}} | {f"load_{n}": {"name": f"Load {n}"} for n in range(self.helpers)}
        text = CONFIGURATION.format(port=self.port, booleans=json.dumps(booleans))
        text += "".join(f"{name}:\n" for name in INTEGRATIONS)
        (self.folder / "configuration.yaml").write_text(text)
        if tuple(int(part) for part in self.version.split(".")[:2]) >= (2026, 1):
            self._settle_port()

    def _settle_port(self) -> None:
        # 2026.11 takes http: from YAML once, as pending, and falls back to port 8123 five minutes later.
        stable = {
            "cors_allowed_origins": [], "login_attempts_threshold": -1, "ip_ban_enabled": True,
            "ssl_profile": "intermediate_v6", "use_x_frame_options": True, "created_at": "2026-01-01T00:00:00+00:00",
            "error": None, "error_message": None, "server_port": self.port, "server_host": ["127.0.0.1"],
        }  # fmt: skip
        data = {"stable": stable, "pending": None, "yaml_migration_done": True}
        path = self.folder / ".storage" / "http"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({"version": 3, "minor_version": 1, "key": "http", "data": data}))

    def _keep(self) -> None:
        # The kernel's parent-death signal follows the thread that started the process: this one lives as long as it.
        argv = [sys.executable, "-c", LAUNCH, *self.command()]
        with (self.folder / "hass.out").open("ab") as out:
            while not self._ending.is_set():
                self._process = subprocess.Popen(
                    [*argv, "--skip-pip", "--log-no-color"], stdin=subprocess.DEVNULL, stdout=out, stderr=out
                )
                if self._ending.is_set():
                    self._process.terminate()
                code = self._process.wait()
                if code not in {RESTART_EXIT_CODE, -9}:
                    return

    async def _settle(self) -> None:
        async with aiohttp.ClientSession(self.url) as http:
            await self._answering(http)
            self.token = await onboard(http, f"{self.url}/")
        await self.running()
        async with self.talk() as talk:
            self.token = await talk.command("auth/long_lived_access_token", lifespan=3650, client_name="tests")
            self.lacks = await furnish(talk)

    async def _answering(self, http: aiohttp.ClientSession) -> None:
        deadline = time.monotonic() + BOOT_S
        while time.monotonic() < deadline:
            with contextlib.suppress(aiohttp.ClientError, ValueError):
                async with http.get("/api/onboarding") as answer:
                    if answer.ok:
                        return
            if self._process is not None and self._process.poll() is not None:
                break
            await asyncio.sleep(0.1)
        tail = (self.folder / "hass.out").read_text(errors="replace")[-2000:]
        raise RuntimeError(f"Home Assistant {self.version} did not come up:\n{tail}")


async def onboard(http: aiohttp.ClientSession, client: str) -> str:
    """Create the owner, finish onboarding, and return a short-lived access token."""
    user = {"client_id": client, "language": "en", "name": "Owner", "username": "owner", "password": "owner-password"}
    async with http.post("/api/onboarding/users", json=user) as answer:
        code = (await answer.json())["auth_code"]
    token = await grant(http, client, code)
    for step in ("core_config", "analytics", "integration"):
        body = {"client_id": client, "redirect_uri": client} if step == "integration" else {}
        # Older versions answer core_config with 500, as cloud integrations are not installed; it is done all the same.
        async with http.post(f"/api/onboarding/{step}", json=body, headers={"Authorization": f"Bearer {token}"}):
            pass
    return token


async def grant(http: aiohttp.ClientSession, client: str, code: str) -> str:
    form = {"grant_type": "authorization_code", "code": code, "client_id": client}
    async with http.post("/auth/token", data=form) as answer:
        token: str = (await answer.json())["access_token"]
        return token


async def furnish(talk: Talk) -> frozenset[str]:
    """Give the demo house all that this version can have, expose it to Assist and return what it lacks."""
    lacks: set[str] = set()
    floors = {
        name: await optional(talk, "config/floor_registry/create", name=name, level=n) for name, n in FLOORS.items()
    }
    known = {row["name"]: row["area_id"] for row in await talk.command("config/area_registry/list")}
    registry = await registered(talk)
    for name, (floor, entities) in AREAS.items():
        area = known.get(name) or (await talk.command("config/area_registry/create", name=name))["area_id"]
        if floor and not (
            floors[floor]
            and await optional(talk, "config/area_registry/update", area_id=area, floor_id=floors[floor]["floor_id"])
        ):
            lacks.add("floors")
        for entity_id in entities:
            if entity_id in registry:  # not every version has every entity
                await place(talk, registry[entity_id], area)
    for name, entities in LABELLED.items():
        label = await optional(talk, "config/label_registry/create", name=name)
        for entity_id in entities:
            if not (
                label
                and await optional(
                    talk, "config/entity_registry/update", entity_id=entity_id, labels=[label["label_id"]]
                )
            ):
                lacks.add("labels")
    for entity_id, aliases in ALIASES.items():
        await talk.command("config/entity_registry/update", entity_id=entity_id, aliases=aliases)
    await talk.command(
        "homeassistant/expose_entity",
        assistants=["conversation"],
        entity_ids=sorted(await talk.states()),
        should_expose=True,
    )
    return frozenset(lacks)


async def registered(talk: Talk) -> dict[str, dict[str, Any]]:
    """Return the rows of all entities, once they are called what the tests call them."""
    registry = {row["entity_id"]: row for row in await talk.command("config/entity_registry/list")}
    for theirs, (ours, called) in RENAMED.items():
        if theirs in registry:
            row = registry.pop(theirs)
            await talk.command("config/entity_registry/update", entity_id=theirs, new_entity_id=ours)
            # The entity's own name would come after the device's: "Demo vacuum 0 ground floor 0 Ground floor".
            await talk.command("config/device_registry/update", device_id=row["device_id"], name_by_user=called)
            registry[ours] = row | {"entity_id": ours}
    return registry


async def place(talk: Talk, row: dict[str, Any], area: str) -> None:
    """Put an entity into an area by its device: newer versions refuse it for an entity named after its device."""
    if row.get("device_id"):
        await talk.command("config/device_registry/update", device_id=row["device_id"], area_id=area)
    else:
        await talk.command("config/entity_registry/update", entity_id=row["entity_id"], area_id=area)


async def optional(talk: Talk, kind: str, **fields: Any) -> Any:
    """Send a command that an older version may not know: 2024.3 lists floors and labels, but lets nothing have one."""
    try:
        return await talk.command(kind, **fields)
    except RuntimeError as error:
        if "unknown_command" not in str(error) and "extra keys not allowed" not in str(error):
            raise
        return None


def apart(coroutine: Any) -> Any:
    """Run a coroutine to its end in a loop of its own, wherever the caller is."""
    with ThreadPoolExecutor(1) as one:
        return one.submit(asyncio.run, coroutine).result()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def booted(folder: Path, helpers: int = 0, base: str | None = None) -> Iterator[RealHomeAssistant]:
    """Boot the Home Assistant of a Python below ``folder`` and end it afterwards; raises CannotInstall."""
    with up(RealHomeAssistant(installed(base=base), folder, helpers)) as peer:
        yield peer


@contextlib.contextmanager
def up(peer: RealHomeAssistant) -> Iterator[RealHomeAssistant]:
    """Boot a Home Assistant and end it afterwards."""
    peer.start()
    try:
        yield peer
    finally:
        peer.stop()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name, booted(Path(name)) as hass:
        print(json.dumps({"url": hass.url, "token": hass.token, "version": hass.version}), flush=True)  # noqa: T201  its output
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()
