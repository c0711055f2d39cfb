"""Where somebody says they are, and what of it is so.

On a Wyoming wire everything is a claim: whoever may connect can say ``satellite_id: assist_satellite.bedroom``.  It
counts only where a person wrote down that this very machine may speak for that satellite, and where the satellite
stands is then read from the registry, never from the wire.  All else comes from nowhere, which has the least rights.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from claw.base.action import Json
from claw.base.config_voice import PeerConfig, WyomingConfig
from claw.house.model import Entity, Registry
from claw.voice.model import Satellite

DOMAIN = "assist_satellite"
LONGEST_CONVERSATION = 128


@dataclass(frozen=True, slots=True)
class Vouched:
    """A satellite that may be spoken for: what is known of it, and what the configuration calls it.

    ``known`` is False where the registry knows no satellite of that name, so that whoever claims it is nowhere.
    """

    satellite: Satellite
    named: str
    known: bool = True


class Claims:
    """Turns what a machine claims about its satellites into what is known of them."""

    def __init__(self, config: WyomingConfig, registry: Callable[[], Registry]) -> None:
        """``registry`` gives the registry of the house as it is now."""
        self._open = ip_address(config.host).is_loopback
        self._peers = {plain(peer.address): peer for peer in config.peers}
        self._registry = registry

    def admits(self, address: str) -> bool:
        """Return whether a machine may connect: one that is listed, or, where only this machine can, any program."""
        return self._open or plain(address) in self._peers

    def satellite(self, address: str, satellite_id: Json = None, device_id: Json = None) -> Satellite:
        """Return where words from ``address`` were said, as far as it is known; both ids are claims, or None.

        Nowhere for an id that the machine may not speak for, that the registry does not know, or that contradicts the
        other one.
        """
        source = plain(address)
        peer = self._peers.get(source)
        found = self._vouched(peer, satellite_id or None, device_id or None) if peer is not None else None
        return found or Satellite(source=source)

    def vouched(self) -> Sequence[Vouched]:
        """Return every satellite that some machine may speak for, in the order of the configuration."""
        return tuple(
            Vouched(found or Satellite(source=address), named, found is not None)
            for address, peer in self._peers.items()
            for named, found in self._listed(address, peer)
        )

    def _listed(self, address: str, peer: PeerConfig) -> Sequence[tuple[str, Satellite | None]]:
        registry = self._registry()
        by_meant = {entity.meant: entity for entity in registry.entities.values() if entity.domain == DOMAIN}
        named = [
            (one, self._of_entity(by_meant[one], address) if one in by_meant else self._of_device(peer, one))
            for one in peer.satellites
        ]
        return [*named, (address, self._of_peer(peer))] if peer.place is not None else named

    def _vouched(self, peer: PeerConfig, satellite_id: Json, device_id: Json) -> Satellite | None:
        if satellite_id is None and device_id is None:
            return self._of_peer(peer)
        if satellite_id is None:
            return self._of_device(peer, device_id)
        entity = self._registry().entities.get(satellite_id) if isinstance(satellite_id, str) else None
        if entity is None or entity.domain != DOMAIN or not _may_speak_for(peer, entity):
            return None
        if device_id is not None and entity.device is not None and device_id != entity.device:
            return None
        return self._of_entity(entity, plain(peer.address))

    def _of_device(self, peer: PeerConfig, device_id: Json) -> Satellite | None:
        registry = self._registry()
        device = registry.devices.get(device_id) if isinstance(device_id, str) else None
        if device is None:
            return None
        theirs = [one for one in registry.entities.values() if one.domain == DOMAIN and one.device == device.id]
        if len(theirs) == 1 and _may_speak_for(peer, theirs[0]):
            return self._of_entity(theirs[0], plain(peer.address))
        return Satellite(device.id, device.area, None, plain(peer.address)) if device.id in peer.satellites else None

    def _of_peer(self, peer: PeerConfig) -> Satellite | None:
        """Return the machine itself, where it stands in a room that there is."""
        address = plain(peer.address)
        return Satellite(address, peer.place, None, address) if peer.place in self._registry().areas else None

    @staticmethod
    def _of_entity(entity: Entity, source: str) -> Satellite:
        return Satellite(entity.entity_id, entity.area, entity.entity_id, source)


def plain(address: str) -> str:
    """Return an address as the configuration writes it: an IPv4 one that came in through IPv6 is itself."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return str(mapped or parsed)


def conversation(claimed: Json) -> str:
    """Return what a satellite calls its talk; nothing for what is no name of one."""
    return (
        claimed if isinstance(claimed, str) and len(claimed) <= LONGEST_CONVERSATION and claimed.isprintable() else ""
    )


def _may_speak_for(peer: PeerConfig, entity: Entity) -> bool:
    """Return whether the machine may speak for a satellite, by the id that the configuration means it by, or device."""
    return bool(entity.meant and entity.meant in peer.satellites) or entity.device in peer.satellites
