"""The places to speak as a person sees them: which there are, who vouches for each, and what is odd about it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from claw.base.action import Json
from claw.base.config_voice import VoiceConfig
from claw.house.model import Entity, Registry
from claw.house.text import plain
from claw.voice.claims import DOMAIN, Vouched
from claw.voice.model import NOWHERE

LISTENING = "listening"
"""How a microphone does with which nothing is wrong."""
_OFF = "off"

Kind = Literal["satellite", "machine", "microphone", "nowhere"]
"""One of Home Assistant's · a machine of the network that is in a room · one of this machine · everything else."""


@dataclass
class Row:
    """One place to speak.

    ``named`` is what the configuration calls it.  ``addresses`` are the machines that may speak for it.  ``known`` is
    False where Home Assistant knows nothing of that name, so that what claims it is nowhere.
    """

    id: str
    kind: Kind
    place: str | None
    vouched: str = "nobody"
    named: str = ""
    addresses: list[str] = field(default_factory=list[str])
    known: bool = True
    about: str = ""


def listed(config: VoiceConfig, vouched: Sequence[Vouched], microphones: Mapping[str, str]) -> list[Row]:
    """Return every place to speak that is configured; ``microphones`` says how each does."""
    rows = dict[str, Row]()
    for one in vouched:
        there = one.satellite
        ident = there.id if one.known else one.named
        machine = one.named == there.source
        row = rows.setdefault(ident, Row(ident, "machine" if machine else "satellite", there.place, named=one.named))
        row.known = one.known
        if there.place:
            row.vouched = "the configuration" if machine else "Home Assistant"
        if there.source not in row.addresses:
            row.addresses.append(there.source)
    ears = [
        _microphone(one.id, one.place, one.wake.words if one.wake else (), microphones) for one in config.microphones
    ]
    nowhere = Row(NOWHERE, "nowhere", None, about="what comes without an id that its machine may speak for")
    return [*rows.values(), *ears, *([nowhere] if config.wyoming is not None else [])]


def _microphone(ident: str, place: str | None, words: Sequence[str], states: Mapping[str, str]) -> Row:
    said = " or ".join(f'"{word.replace("_", " ")}"' for word in words)
    waits = f"waits for {said}" if words else "listens to everything"
    about = f"{states.get(ident, _OFF)}, {waits}"
    return Row(ident, "microphone", place, "the configuration" if place else "nobody", about=about)


def row_json(row: Row, registry: Registry, heard: datetime | None) -> dict[str, Json]:
    """Return one place to speak as a channel shows it; ``heard`` is when something was said there last."""
    entity, area = registry.entities.get(row.id), registry.areas.get(row.place or "")
    return {
        "id": row.id,
        "name": plain(entity.name) if entity is not None else "",
        "kind": row.kind,
        "place": row.place,
        "place_name": plain(area.name) if area is not None else None,
        "vouched": row.vouched,
        "known": row.known,
        "addresses": row.addresses,
        "about": row.about,
        "heard": heard.isoformat() if heard is not None else None,
    }


def speakers(config: VoiceConfig, registry: Registry) -> list[dict[str, Json]]:
    """Return what speaks in each room: what is configured for it, else the satellites that stand there."""
    rooms = config.speech.rooms
    found = {place: [thing] for place, thing in rooms.items()}
    for entity in _satellites(registry):
        if entity.area and entity.area not in rooms:
            found.setdefault(entity.area, []).append(entity.entity_id)
    for one in config.microphones:
        if one.speaker and one.place:
            found.setdefault(one.place, []).append(one.id)
    names = {area.id: plain(area.name) for area in registry.areas.values()}
    return [{"place": place, "place_name": names.get(place), "by": by} for place, by in sorted(found.items())]


def odd(config: VoiceConfig, rows: Sequence[Row], registry: Registry) -> list[str]:
    """Return, in sentences, what of the configuration does not fit the house."""
    said: list[str] = []
    for row in rows:
        may = f"{plain(row.id, 80)}, for which {' and '.join(row.addresses)} may speak,"
        if not row.known:
            said.append(f"{may} is no satellite that Home Assistant has: what claims it counts as nowhere.")
        elif row.kind == "satellite" and row.place is None:
            said.append(f"{may} is in no area in Home Assistant: who speaks there is nowhere.")
        elif row.place is not None and row.place not in registry.areas:
            said.append(f"{plain(row.id, 80)} is said to be in {plain(row.place, 80)}, which is no area of this house.")
    known = {row.id for row in rows} | {row.named for row in rows}
    silent = [one.entity_id for one in _satellites(registry) if not {one.entity_id, one.meant, one.device} & known]
    if silent and config.wyoming is not None:
        said.append(
            f"Nobody may speak for {', '.join(silent[:10])}: what comes from there is nowhere, until it is listed under"
            " the address of the machine that Home Assistant runs on (voice.wyoming.peers)."
        )
    return [*said, *_mute(config, registry)]


def _mute(config: VoiceConfig, registry: Registry) -> Iterator[str]:
    """Give what keeps a room that is named for speech from being spoken to."""
    for place, thing in config.speech.rooms.items():
        if place not in registry.areas:
            yield f"speech.rooms names {place}, which is no area of this house."
        if thing not in registry.entities:
            yield f"speech.rooms names {thing}, which Home Assistant does not have."
        elif thing.startswith("media_player.") and config.speech.voice is None:
            yield f"{thing} is to speak in {place}, and speech.voice names no voice that it could be lent."


def _satellites(registry: Registry) -> list[Entity]:
    return [entity for entity in registry.entities.values() if entity.domain == DOMAIN]
