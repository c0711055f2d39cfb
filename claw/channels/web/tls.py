"""The certificate with which the page is served encrypted, taken anew when its file changes: they last weeks only.

Before a connection is encrypted it is nobody's, and HTTP's own limits do not know it yet.  So those that have not got
that far are counted here: whoever opens thousands and says nothing must not use up the daemon's files.
"""

import asyncio
import logging
import ssl
import stat
from asyncio.sslproto import SSLProtocol
from pathlib import Path
from typing import Any, cast

from typing_extensions import override

from claw.base.config_listen import TlsConfig
from claw.base.errors import Broken
from claw.channels.web.connection import BoundedConnection

logger = logging.getLogger(__name__)

HANDSHAKES = 64
"""Connections that are not encrypted yet; one more takes the place of the oldest of them."""

HANDSHAKE_S = 10


class Encryption:
    """One server's certificate and key; ``context`` is what connections are made with."""

    def __init__(self, config: TlsConfig) -> None:
        """Read both files; raises Broken where that cannot be, or where anybody on this machine can read the key."""
        self._config = config
        self._seen = _seen(config)
        self.context = _context(config)
        self._begun: dict[asyncio.Transport, BoundedConnection] = {}

    def connection(self, *args: Any, **given: Any) -> "Encrypted":
        """Return a connection with this certificate around it."""
        return Encrypted(self, BoundedConnection(*args, **given))

    def begins(self, transport: asyncio.Transport, inside: BoundedConnection) -> None:
        """Count a connection until it is encrypted or gone, and end the oldest where there are too many."""
        begun = [one for one, its in self._begun.items() if not its.begun and not one.is_closing()]
        for one in begun[: max(0, len(begun) + 1 - HANDSHAKES)]:
            one.abort()
        self._begun = {one: self._begun[one] for one in begun if not one.is_closing()} | {transport: inside}

    def look(self) -> None:
        """Take changed files for the connections to come; what cannot be used is said, and the old ones stay."""
        seen = _seen(self._config)
        if seen == self._seen:
            return
        self._seen = seen
        try:
            # Tried apart first: half a change must not end what works.
            _context(self._config)
            self.context.load_cert_chain(self._config.certificate, self._config.key)
        except (Broken, OSError) as error:
            logger.warning("The changed certificate is not used, the one before is: %s", error)
        else:
            logger.warning("A changed certificate is in use")


class Encrypted(SSLProtocol):
    """A connection that is encrypted before the one inside it begins."""

    def __init__(self, encryption: Encryption, inside: BoundedConnection) -> None:
        self._encryption = encryption
        self._inside = inside
        loop, answers = asyncio.get_running_loop(), asyncio.get_running_loop().create_future()
        # What comes of the handshake is told to nobody: a stranger may end it as they like.
        answers.add_done_callback(lambda done: done.cancelled() or done.exception())
        super().__init__(loop, inside, encryption.context, answers, server_side=True, ssl_handshake_timeout=HANDSHAKE_S)

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._encryption.begins(cast("asyncio.Transport", transport), self._inside)
        super().connection_made(transport)


def _context(config: TlsConfig) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        if config.key.stat().st_mode & stat.S_IRWXO:
            raise Broken(f"the key {config.key} can be read by anybody on this machine: chmod 600 it")
        # A key with a passphrase would be asked for at the terminal, and hold the start up for ever.
        context.load_cert_chain(config.certificate, config.key, password=lambda: "")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise Broken(f"the certificate {config.certificate} cannot be used with {config.key}: {reason}") from error
    return context


def _seen(config: TlsConfig) -> tuple[tuple[int, int, int], ...]:
    return tuple(map(_signature, (config.certificate, config.key)))


def _signature(path: Path) -> tuple[int, int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0, 0)
    return (found.st_ino, found.st_size, found.st_mtime_ns)
