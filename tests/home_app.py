"""What Home Assistant's Supervisor asks of an app's folder, and its linter, as far as files can be held against it.

There is no Supervisor here: these are its rules for what this app uses, written down.  A key that is not among them is
a fault: the Supervisor would leave it out without a word, or give the app more of the machine than it is to have.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft7Validator

from tests.fresh_root import Stage, stages

BOOLEAN: Mapping[str, Any] = {"type": "boolean"}
TEXT: Mapping[str, Any] = {"type": "string", "minLength": 1}
PORT: Mapping[str, Any] = {"type": "integer", "minimum": 1, "maximum": 65535}
PORT_NAME = r"^\d+(/tcp|/udp)?$"
ELEMENT = (
    r"^(|bool|email|url|port|device(\(subsystem=[a-z]+\))?|(str|password|int)(\(\d*,\d*\))?"
    r"|float\([\d.]*,[\d.]*\)|float|match\(.*\)|list\(.+\))\??$"
)
"""What an option may be."""
CONFIG: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "version", "slug", "description", "arch"],
    "properties": {
        "name": TEXT,
        "version": {"type": "string", "pattern": r"^\d+\.\d+\.\d+$"},
        "slug": {"type": "string", "pattern": r"^[-_.A-Za-z0-9]+$"},
        "description": TEXT,
        "arch": {"type": "array", "minItems": 1, "uniqueItems": True, "items": {"enum": ["aarch64", "amd64"]}},
        "init": BOOLEAN,
        "timeout": {"type": "integer", "minimum": 10, "maximum": 300},
        "tmpfs": BOOLEAN,
        "homeassistant_api": BOOLEAN,
        "hassio_api": BOOLEAN,
        "ingress": BOOLEAN,
        "ingress_port": PORT,
        "ingress_stream": BOOLEAN,
        "panel_admin": BOOLEAN,
        "panel_icon": {"type": "string", "pattern": "^mdi:[a-z-]+$"},
        "panel_title": TEXT,
        "ports": {
            "type": "object",
            "propertyNames": {"pattern": PORT_NAME},
            "additionalProperties": {"anyOf": [{"type": "null"}, PORT]},
        },
        "ports_description": {
            "type": "object",
            "propertyNames": {"pattern": PORT_NAME},
            "additionalProperties": TEXT,
        },
        "discovery": {"type": "array", "uniqueItems": True, "items": {"enum": ["wyoming"]}},
        "map": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["type"],
                "properties": {
                    "type": {"const": "addon_config"},
                    "read_only": BOOLEAN,
                    "path": TEXT,
                },
            },
        },
        "backup": {"enum": ["hot", "cold"]},
        "startup": {"enum": ["initialize", "system", "services", "application", "once"]},
        "boot": {"enum": ["auto", "manual", "manual_only"]},
        "options": {"type": "object"},
        "schema": {
            "type": "object",
            "additionalProperties": {
                "anyOf": [
                    {"type": "string", "pattern": ELEMENT},
                    {
                        "type": "array",
                        "minItems": 1,
                        "maxItems": 1,
                        "items": {"type": "string", "pattern": ELEMENT},
                    },
                ]
            },
        },
    },
}
"""Of config.yaml, what an app without rights on its machine has a use for."""
DEFAULTS: Mapping[str, Any] = {
    "startup": "application",
    "boot": "auto",
    "init": True,
    "timeout": 10,
    "tmpfs": False,
    "homeassistant_api": False,
    "hassio_api": False,
    "ingress": False,
    "ingress_port": 8099,
    "ingress_stream": False,
    "panel_admin": True,
    "panel_icon": "mdi:puzzle",
    "backup": "hot",
}
"""What is so anyway: the linter wants it left out."""
TRANSLATION: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["configuration", "network"],
    "properties": {
        "configuration": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name", "description"],
                "properties": {"name": TEXT, "description": TEXT},
            },
        },
        "network": {"type": "object", "additionalProperties": TEXT},
    },
}
REPOSITORY: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name"],
    "properties": {"name": TEXT, "url": {"type": "string", "pattern": "^https://"}, "maintainer": TEXT},
}


def faults(folder: Path) -> list[str]:
    """Return what is wrong with the folder of apps at ``folder``, a sentence each; nothing where all is well."""
    app = folder / "claw"
    said = _read(app / "config.yaml")
    found = [*_shape("repository.yaml", REPOSITORY, _read(folder / "repository.yaml"))]
    found += _shape("config.yaml", CONFIG, said)
    if found:
        return found  # what follows takes the shapes for granted
    found += [f"config.yaml: {key} is so anyway" for key, value in said.items() if DEFAULTS.get(key) == value]
    found += _options(said)
    found += _ports(said, app)
    for path in sorted((app / "translations").glob("*")):
        found += _translation(path, said)
    if not (app / "translations" / "en.yaml").is_file():
        found.append("translations: what is shown where a language is missing, en.yaml, is missing")
    found += _profile(app / "apparmor.txt", said["slug"], stages(app / "Dockerfile")[-1])
    return found


def capabilities(profile: Path) -> set[str]:
    """Return the rights of root's that a profile of AppArmor leaves."""
    return set(re.findall(r"(?m)^\s*capability (\w+),$", profile.read_text(encoding="utf-8")))


def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _shape(name: str, schema: Mapping[str, Any], said: Any) -> list[str]:
    errors = Draft7Validator(schema).iter_errors(said)
    return [f"{name}: {'/'.join(map(str, each.absolute_path))}: {each.message}" for each in errors]


def _options(said: Mapping[str, Any]) -> Iterator[str]:
    options, schema = said.get("options", {}), said.get("schema", {})
    for key in options.keys() - schema.keys():
        yield f"config.yaml: the option {key} is not in the schema"
    for key in schema.keys() - options.keys():
        one = schema[key][0] if isinstance(schema[key], list) else schema[key]
        if not one.endswith("?"):
            yield f"config.yaml: {key} has to be given, and has no value"
    for key, value in options.items():
        kind = schema.get(key, "str")
        if isinstance(kind, list) != isinstance(value, list):
            yield f"config.yaml: the option {key} is no {kind}"
            continue
        for one in value if isinstance(value, list) else [value]:
            if not _fits(one, kind[0] if isinstance(kind, list) else kind):
                yield f"config.yaml: the option {key} is no {kind}: {one}"


def _fits(value: Any, kind: str) -> bool:
    """Whether a value is of a kind, of those that this app has."""
    kind = kind.removesuffix("?")
    if kind.startswith("list("):
        return str(value) in kind[5:-1].split("|")
    return isinstance(value, {"bool": bool, "str": str}[kind.partition("(")[0]])


def _ports(said: Mapping[str, Any], app: Path) -> Iterator[str]:
    ports = said.get("ports", {})
    if ports.keys() != said.get("ports_description", {}).keys():
        yield "config.yaml: ports and ports_description are not of the same ports"
    if any(ports.values()):
        yield "config.yaml: a port is open before the owner opens it"
    start = (app / "run.py").read_text(encoding="utf-8")
    if not re.search(rf"^PAGE_PORT, VOICE_PORT = {said.get('ingress_port')}, \d+$", start, re.MULTILINE):
        yield "config.yaml: the ingress goes to another port than that of the page"
    for service in re.findall(r'"service": "(\w+)"', start):
        if service not in said.get("discovery", ()):
            yield f"config.yaml: {service} is announced and not in discovery, which the Supervisor refuses"
    if f":{said.get('ingress_port')}/healthz" not in stages(app / "Dockerfile")[-1].last("HEALTHCHECK"):
        yield "Dockerfile: another port is looked at than that of the page"


def _translation(path: Path, said: Mapping[str, Any]) -> Iterator[str]:
    name = f"translations/{path.name}"
    if not re.fullmatch(r"[a-z]{2}(-[A-Z]{2})?\.yaml", path.name):
        yield f"{name}: this is no language"
    words = _read(path)
    wrong = _shape(name, TRANSLATION, words)
    yield from wrong
    if not wrong:
        for part, keys in (("configuration", said["schema"].keys()), ("network", said["ports"].keys())):
            for key in words[part].keys() ^ keys:
                yield f"{name}: {part}: {key} is here and not in config.yaml, or there and not here"


def _profile(path: Path, slug: str, image: Stage) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    if not text.startswith("#include <tunables/global>\n"):
        yield "apparmor.txt: its words for places are not included"
    if re.findall(r"(?m)^profile ([^ ]+).*$", text) != [slug]:
        yield f"apparmor.txt: it is to hold one profile, called {slug}"
    if re.search(rf"peer={slug}\b", text):
        yield f"apparmor.txt: nothing is called {slug} any more when the Supervisor has named the profile"
    rules = re.findall(r"(?m)^  (?:owner )?(/\S+|@\{PROC\}\S*) (\w+),$", text)
    programs = [word for word in image.last("ENTRYPOINT").strip("[]").replace('"', "").split(", ") if word[0] == "/"]
    for program, right in [
        *((_installed(program), "x") for program in programs if not program.endswith(".py")),
        *((_installed(program), "r") for program in programs),
        ("/opt/claw-1.2.3/bin/claw", "x"),
        ("/opt/claw-1.2.3/bin/monty", "x"),
        ("/usr/bin/python3.11", "x"),
        *((f"{folder}/anything", "w") for folder in ("/config", "/data", "/data/state", "/tmp")),  # noqa: S108  of the app
    ]:
        if not any(right in rights and re.fullmatch(_matched(rule), program) for rule, rights in rules):
            yield f"apparmor.txt: no {right} for {program}"


def _matched(rule: str) -> str:
    """What a rule's path matches: ``**`` also what lies in folders, ``*`` not."""
    return "".join({"**": ".*", "*": "[^/]*"}.get(part, re.escape(part)) for part in re.split(r"(\*+)", rule))


def _installed(program: str) -> str:
    """Where a path leads to behind the link to the version in use: rules are of what is there, not of links."""
    return program.replace("/opt/claw/", "/opt/claw-1.2.3/")
