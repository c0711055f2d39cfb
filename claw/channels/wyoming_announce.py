"""Tells the local network that there is a Wyoming server here, so that Home Assistant offers to add it.

Only the name of this machine, the address and the port go out.  A network without multicast is no reason not to listen:
the address can always be typed.
"""

import logging
import re
import socket
from ipaddress import ip_address
from typing import TYPE_CHECKING

from claw.channels.wyoming_info import NAME

if TYPE_CHECKING:
    from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

logger = logging.getLogger(__name__)

SERVICE = "_wyoming._tcp.local."
LONGEST_LABEL = 63
_ANYWHERE = {4: ("224.0.0.251", socket.AF_INET), 6: ("2001:db8::1", socket.AF_INET6)}
"""Addresses that nothing is sent to: the way there says which address of ours others see."""


class Announcement:
    """What the network is told of one server, until ``close``."""

    def __init__(self, host: str, port: int) -> None:
        """``host`` may mean every address of this machine."""
        self._host = host
        self._port = port
        self._told: tuple[AsyncZeroconf, AsyncServiceInfo] | None = None

    async def tell(self) -> None:
        """Tell it, which takes a second; what keeps it from that is said in the log."""
        # A listener of multicast and its parser: 8 MB that only who announces pays for.
        from zeroconf import Error, IPVersion  # noqa: PLC0415  only who announces pays for it
        from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf  # noqa: PLC0415  as above

        try:
            address = seen_as(self._host)
            old = ip_address(address).version == 4  # noqa: PLR2004  the protocol's number
            version = IPVersion.V4Only if old else IPVersion.V6Only
            responder = AsyncZeroconf(interfaces=[address], ip_version=version)
        except (OSError, Error) as error:
            logger.warning("The network is not told of the Wyoming server: %s", error)
            return
        service = AsyncServiceInfo(
            SERVICE, f"{label(socket.gethostname())}.{SERVICE}", parsed_addresses=[address], port=self._port
        )
        self._told = (responder, service)
        try:
            await (await responder.async_register_service(service, allow_name_change=True))
        except (OSError, Error) as error:
            logger.warning("The network is not told of the Wyoming server: %s", str(error) or type(error).__name__)

    async def close(self) -> None:
        """Take it back."""
        if self._told is None:
            return
        (responder, service), self._told = self._told, None
        try:
            await (await responder.async_unregister_service(service))
        except (OSError, KeyError):
            logger.debug("The network was not told that the Wyoming server goes away")
        finally:
            await responder.async_close()


def label(machine: str) -> str:
    """Return the name that the server goes by in the network, made of what is a name in ``machine``."""
    name = re.sub(r"[^A-Za-z0-9-]+", "-", machine.partition(".")[0]).strip("-")
    return f"{NAME.lower()}-{name}"[:LONGEST_LABEL].rstrip("-")


def seen_as(host: str) -> str:
    """Return the address that others reach ``host`` by; raises OSError where there is no network."""
    wanted = ip_address(host)
    if not wanted.is_unspecified:
        return str(wanted)
    towards, family = _ANYWHERE[wanted.version]
    with socket.socket(family, socket.SOCK_DGRAM) as way:
        way.connect((towards, 1))
        return str(way.getsockname()[0])
