"""Starts Claw as an app of Home Assistant: writes a first configuration, becomes nobody special, runs the daemon.

What the Supervisor gives is used where it is: its token for Home Assistant (the only secret here, in the environment
alone), its proxy to Home Assistant, and the machine's names, so that the page answers to them behind the ingress.  A
configuration that is there is never written: from the first start on it is the owner's.
"""

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

CLAW = Path("/opt/claw")
CONFIG = Path("/config")
DATA = Path("/data")
USER = 10001
SUPERVISOR = "http://supervisor"
SUPERVISOR_ADDRESS = "172.30.32.2"
"""Of the Supervisor in the network of the apps: the ingress comes from there, and nothing else does."""
CORE_ADDRESS = "172.30.32.1"
"""Of Home Assistant itself, as apps see it: it shares the machine's own network."""
PAGE_PORT, VOICE_PORT = 8321, 10700
USUAL = ("homeassistant.local", "homeassistant")
NAME = re.compile(r"[a-z0-9.-]{1,253}|\[[0-9a-f:]+\]", re.ASCII)
PATIENCE_S = 120
MOST_SAID = 1 << 20
"""Bytes of an answer of the Supervisor's that are read."""
LANGUAGES = {"en", "de", "fr", "nl", "zh"}

FIRST = """\
# Claw's configuration, written at the first start of the app and never again: it is yours to change.
# Every key is described in the documentation (configuration.md); a wrong one is refused with its line.
house:
  url: {url}   # its token comes from the Supervisor
policy: policy.yaml
languages: {languages}
listen:
  host: 0.0.0.0
  port: {port}
  # What you type in a browser to get to Home Assistant. Any other name is turned away.
  names: {names}
  proxies: [{supervisor}]   # the ingress of Home Assistant, and nobody else
"""
VOICE = """\
voice:
  wyoming:
    host: 0.0.0.0
    port: {port}
    peers:
      - address: {core}   # Home Assistant
"""


def ask(path: str, token: str, body: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
    """Ask the Supervisor; return what it says, or nothing where it does not say."""
    request = urllib.request.Request(  # noqa: S310  the Supervisor's own address
        SUPERVISOR + path,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310  see above
            said = _fields(json.loads(answer.read(MOST_SAID)))
    except (OSError, ValueError, RecursionError, http.client.HTTPException):
        return {}
    return _fields(said.get("data", said))


def _fields(said: Any) -> Mapping[str, Any]:
    return said if isinstance(said, Mapping) else {}


def _listed(said: Any) -> list[Any]:
    return said if isinstance(said, list) else []


def names(options: Mapping[str, Any], token: str) -> list[str]:
    """Return every name and address by which a browser may call Home Assistant, as far as can be found out."""
    found = [*USUAL, *map(str, _listed(options.get("names")))]
    told = ask("/core/api/config", token)
    for each in ("internal_url", "external_url"):
        with suppress(ValueError):  # half an IPv6 address
            found.append(urlsplit(str(told.get(each) or "")).hostname or "")
    if hostname := ask("/host/info", token).get("hostname"):
        found += [str(hostname), f"{hostname}.local"]
    for interface in _listed(ask("/network/info", token).get("interfaces")):
        found += list(_addresses(_fields(interface)))
    kept = (each.strip().lower() for each in found)
    return list(dict.fromkeys(each for each in kept if NAME.fullmatch(each)))


def _addresses(interface: Mapping[str, Any]) -> Iterator[str]:
    for each in _listed(_fields(interface.get("ipv4")).get("address")):
        yield str(each).partition("/")[0]
    for each in _listed(_fields(interface.get("ipv6")).get("address")):
        yield f"[{str(each).partition('/')[0]}]"


def first_configuration(options: Mapping[str, Any], found: list[str]) -> str:
    """Return the text of a first configuration; JSON is YAML, so what comes from outside can be nothing but a value."""
    languages = [each for each in map(str, _listed(options.get("languages"))) if each in LANGUAGES] or ["en"]
    text = FIRST.format(
        url=f"{SUPERVISOR}/core",
        languages=json.dumps(languages),
        names=json.dumps(found),
        port=PAGE_PORT,
        supervisor=SUPERVISOR_ADDRESS,
    )
    return text + (VOICE.format(port=VOICE_PORT, core=CORE_ADDRESS) if options.get("voice") else "")


def prepare(config: Path, data: Path, token: str) -> None:
    """Write what is not there yet."""
    options: Mapping[str, Any] = {}
    with suppress(OSError, ValueError):
        options = _fields(json.loads((data / "options.json").read_text(encoding="utf-8")))
    if not (config / "config.yaml").exists():
        _write(config / "config.yaml", first_configuration(options, names(options, token)))
        print("Wrote a first config.yaml: look through it, and through policy.yaml beside it.", flush=True)
    if not (config / "policy.yaml").exists():
        _write(config / "policy.yaml", (CLAW / "share/claw/policy.example.yaml").read_text(encoding="utf-8"))
    (data / "state").mkdir(mode=0o700, exist_ok=True)
    (data / "witness").mkdir(mode=0o700, exist_ok=True)


def _write(path: Path, text: str) -> None:
    """Write a whole file or none; the folder is the user's who runs Claw, and no link of theirs is written through."""
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    new.rename(path)


def give(folder: Path, user: int) -> None:
    """Give a folder and all in it to the user who runs Claw; links are not followed."""
    for path in (folder, *folder.rglob("*")):
        if path.name != "options.json":  # the Supervisor's, and no secret
            os.chown(path, user, user, follow_symlinks=False)


def announce(token: str) -> None:
    """Tell Home Assistant of the voice server, as soon as it answers and the Supervisor listens."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", VOICE_PORT), timeout=5):
            uri = f"tcp://{socket.gethostname()}:{VOICE_PORT}"
            if ask("/discovery", token, {"service": "wyoming", "config": {"uri": uri}}):
                return
        time.sleep(1)


def main() -> None:
    """Prepare as root, then be the user of Claw and its daemon."""
    token = os.environ.pop("SUPERVISOR_TOKEN", "")
    os.environ.pop("HASSIO_TOKEN", None)  # the same by its old name
    if not token:
        sys.exit("The Supervisor gave no token: this is meant to be started by Home Assistant.")
    if sys.argv[1:] == ["announce"]:
        announce(token)
        return
    prepare(CONFIG, DATA, token)
    if os.geteuid() == 0:
        give(CONFIG, USER)
        give(DATA, USER)
        os.setgroups([])
        os.setgid(USER)
        os.setuid(USER)
    os.umask(0o077)
    if "wyoming:" in (CONFIG / "config.yaml").read_text(encoding="utf-8"):
        again = [sys.executable, "-I", __file__, "announce"]
        subprocess.Popen(again, env={**os.environ, "SUPERVISOR_TOKEN": token})  # noqa: S603  this file
    os.environ["CLAW_HOUSE_TOKEN"] = token
    claw = str(CLAW / "bin" / "claw")
    os.execv(claw, [claw, "run", "--config", str(CONFIG / "config.yaml")])  # noqa: S606  becomes it


if __name__ == "__main__":
    main()
