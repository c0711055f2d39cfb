"""How a connection is ended so that nothing more comes out of it: neither our bytes nor a word of goodbye.

Closing politely sends what still lies in the buffers, which after a stop is exactly what must not happen.  The library
of the websocket offers nothing else, so the transport under it is looked for once, when a connection opens.
"""

import asyncio
import fcntl
import logging
import socket
import struct
from typing import Any

from claw.base.errors import Unavailable

_logger = logging.getLogger(__name__)

SIOCOUTQNSD = 0x894B
"""Asks Linux how many bytes of a TCP socket it has not sent yet."""

_WAY = ("_dsa", "_write", "__self__", "sock", "_writer", "transport")


def transport_of(extension: object) -> asyncio.Transport:
    """Return the transport under a websocket; raises Unavailable where the libraries in between do not show it.

    A connection that a stop could not cut is not used at all.
    """
    found: Any = extension
    for name in _WAY:
        found = getattr(found, name, None)
    if not hasattr(found, "abort"):
        raise Unavailable("its socket cannot be reached, so that a stop could not cut it")
    return found


def unsent(transport: asyncio.Transport) -> bool:
    """Return whether bytes lie in a buffer of this process or of its kernel; also True where that cannot be told."""
    if transport.is_closing():
        return False
    if transport.get_write_buffer_size() > 0:
        return True
    try:
        raw = fcntl.ioctl(transport.get_extra_info("socket").fileno(), SIOCOUTQNSD, b"\0" * 4)
        return bool(struct.unpack("i", raw)[0] > 0)
    except (OSError, AttributeError):
        return True


def abort(transport: asyncio.Transport) -> None:
    """End the connection at once and throw away what it has not sent, in this process and in its kernel."""
    if transport.is_closing() and transport.get_write_buffer_size() == 0:
        return
    peer = transport.get_extra_info("socket")
    try:
        # Without lingering the kernel drops its own buffer too and resets the connection.
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    except (OSError, AttributeError, TypeError):
        _logger.debug("The kernel was not told to drop what it holds")
    transport.abort()
