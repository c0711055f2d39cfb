"""The first ``config.yaml`` of a home, as text: a pure function of what the home is and what was decided.

The same home and the same decisions give the same text, so that a second run can tell what a person changed.  Whatever
comes from Home Assistant stands in it in double quotes, escaped, or not at all.
"""

import re
from collections.abc import Mapping, Sequence

from claw.base.config_listen import PORT
from claw.base.config_voice import WYOMING_PORT
from claw.care.init_choices import Choices, Resident
from claw.care.init_home import Home
from claw.house.text import plain

LANGUAGES = ("en", "de", "fr", "nl", "zh")
_PHONE = re.compile(r"notify\.mobile_app_[a-z0-9_]+")
_USER = re.compile(r"[0-9a-f]{32}")
_CLAIMED = re.compile(r"assist_satellite\.[a-z0-9_]{1,200}")
MOST_SATELLITES = 200

_HEAD = """\
# Claw's configuration, made by `claw init`. Change it as you like: a second run keeps what you changed.
# No secret is in here. docs/configuration.md describes every key, config.example.yaml shows more of them.
"""


def yaml_text(value: str) -> str:
    """Return ``value`` as a scalar of YAML that means exactly it, whatever is in it."""
    return '"' + "".join(char if char.isprintable() and char not in '"\\' else _escaped(char) for char in value) + '"'


def _escaped(char: str) -> str:
    return f"\\{char}" if char in '"\\' else f"\\U{ord(char):08x}"


def config_text(home: Home, choices: Choices, token_file: str, policy: str, owner_uid: int, port: int = PORT) -> str:
    """Return the whole file; ``owner_uid`` is the Unix user who speaks for the first owner at this machine."""
    language = home.house.registry.language.partition("-")[0]
    languages = [language] if language in LANGUAGES and language != "en" else []
    parts = [
        _HEAD,
        f"house:\n  url: {yaml_text(home.url)}\n  token_file: {yaml_text(token_file)}\n",
        f"policy: {yaml_text(policy)}\n",
        f"languages: [{', '.join([*languages, 'en'])}]\n",
        f"listen:\n  port: {port}\n",
        _people(choices.people, owner_uid),
        _voice(home),
        _channels(home, choices.people),
    ]
    return "\n".join(filter(None, parts))


def _people(people: Sequence[Resident], owner_uid: int) -> str:
    lines = ["# Who lives here. `uid` is the Unix user who speaks for that person when typing `claw ...`.", "people:"]
    first = next(one for one in people if one.role == "owner")
    for one in people:
        lines += [f"  - id: {one.id}", f"    name: {yaml_text(plain(one.name, 60))}", f"    role: {one.role}"]
        if one is first:
            lines.append(f"    uid: {owner_uid}")
        if one.entity:
            lines.append(f"    entity: {one.entity}")
        if one.rooms:
            lines.append(f"    rooms: [{', '.join(one.rooms)}]")
    return "\n".join(lines) + "\n"


def satellites(home: Home) -> dict[str, str]:
    """Return the voice satellites of Home Assistant that stand in a room, with the id of it."""
    found = {
        entity_id: entity.area
        for entity_id, entity in sorted(home.house.registry.entities.items())
        if _CLAIMED.fullmatch(entity_id) and entity.area
    }
    return dict(list(found.items())[:MOST_SATELLITES])


def placeless(home: Home) -> list[str]:
    """Return the satellites that stand in no room: Claw would not know where somebody speaks."""
    mine = satellites(home)
    return [one for one in sorted(home.house.registry.entities) if _CLAIMED.fullmatch(one) and one not in mine]


def _voice(home: Home) -> str:
    placed = satellites(home)
    if not placed:
        return ""
    lines = [
        "# Home Assistant's satellites bring what they hear; the room of each is Home Assistant's. Add the integration",
        f"# Wyoming Protocol there, with the address {home.ours} and the port {WYOMING_PORT}: docs/voice.md.",
        "voice:",
        "  wyoming:",
        f"    host: {yaml_text(home.ours)}",
        "    peers:",
        f"      - address: {yaml_text(home.theirs)}",
        "        satellites:",
        *(f"          - {entity_id}  # {area}" for entity_id, area in placed.items()),
    ]
    return "\n".join(lines) + "\n"


def phones(home: Home, people: Sequence[Resident]) -> list[tuple[str, Resident]]:
    """Return the phones with Home Assistant's app of which it says whose they are, each with its person."""
    carried: dict[str, list[Resident]] = {}
    for one in people:
        trackers = _trackers(home, one)
        for service in home.notifiers:
            if _PHONE.fullmatch(service) and f"device_tracker.{service.removeprefix('notify.mobile_app_')}" in trackers:
                carried.setdefault(service, []).append(one)
    return [
        (service, owners[0])
        for service, owners in carried.items()
        if len(owners) == 1 and _USER.fullmatch(owners[0].user or "")
    ]


def _trackers(home: Home, one: Resident) -> frozenset[str]:
    state = home.house.states.get(one.entity or "")
    listed = state.attributes.get("device_trackers") if state else None
    return frozenset(str(each) for each in listed) if isinstance(listed, (list, tuple)) else frozenset()


def _channels(home: Home, people: Sequence[Resident]) -> str:
    found = phones(home, people)
    if not found:
        return ""
    rows = [
        f"    - {{service: {service}, person: {one.id}, user: {yaml_text(one.user or '')}}}" for service, one in found
    ]
    return (
        "\n".join(
            ["# Questions and messages on the phones of the household: docs/phone.md.", "channels:", "  phones:", *rows]
        )
        + "\n"
    )


def kept_answers(choices: Choices, port: int, known: Sequence[str]) -> Mapping[str, object]:
    """Return what the next run offers as answers; ``known`` were all persons of then.  No secret is in it."""
    low, high = choices.heat
    return {
        "people": {one.id: {"role": one.role, "rooms": list(one.rooms)} for one in choices.people},
        "rulings": dict(choices.rulings),
        "heating": f"{low:g}-{high:g}",
        "port": port,
        "known": list(known),
    }
