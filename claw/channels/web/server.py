"""The web channel inside the daemon: its socket, its server and the one task that ticks for both.

uvicorn runs here as a guest of the daemon's own loop: it takes no signals, configures no logging and ends when it is
told to, also while pages are still listening.
"""

import asyncio
import logging
import socket
from collections.abc import Callable, Iterable, Sequence
from ipaddress import ip_address
from typing import TYPE_CHECKING, Self, cast

import uvicorn
from starlette.routing import Route
from typing_extensions import override

from claw.base.clock import Clock, SystemClock, Timer
from claw.base.config_listen import ListenConfig
from claw.base.errors import Broken, ClawError
from claw.base.supervised import Supervised
from claw.channels.channel import Desk
from claw.channels.clients import Clients
from claw.channels.entering import Admission
from claw.channels.signing import Signing
from claw.channels.web.app import Web
from claw.channels.web.connection import BoundedConnection
from claw.channels.web.forwarded import Proxies
from claw.channels.web.session import Door
from claw.channels.web.tls import Encryption

if TYPE_CHECKING:  # few houses are watched
    from claw.channels.web.metrics import Metric

logger = logging.getLogger(__name__)

FLUSH_EVERY_S = 60.0
IDLE_CONNECTION_S = 75
GRACE_S = 5


class WebServer:
    """Serves the page and the API on one address until ``close``."""

    def __init__(
        self,
        desk: Desk,
        clients: Clients,
        clock: Clock,
        timer: Timer,
        *,
        host: str = "127.0.0.1",
        port: int = 8321,
        names: Sequence[str] = (),
    ) -> None:
        self._web = Web(desk, clients, clock, timer, names)
        self._web.door.exposed = not _is_loopback(host)
        self._encryption: Encryption | None = None
        self._clients = clients
        self._timer = timer
        self._host = host
        self._wanted_port = port
        self._socket: socket.socket | None = None
        self._server: _Guest | None = None
        self._serving: asyncio.Task[None] | None = None
        self.kept = (Supervised("page", self._tick, clock, timer),)

    @classmethod
    def at(cls, listen: ListenConfig, desk: Desk, clients: Clients, clock: SystemClock) -> Self:
        """Return the server that the configuration asks for; raises Broken for a certificate that cannot be used."""
        server = cls(desk, clients, clock, clock, host=listen.host, port=listen.port, names=listen.names)
        server._web.proxies = Proxies(listen.proxies)
        server._encryption = Encryption(listen.tls) if listen.tls else None
        return server

    @property
    def admission(self) -> Admission | None:
        """Who is let in, None until somebody says so."""
        return self._web.admission

    @admission.setter
    def admission(self, admission: Admission) -> None:
        self._web.admission = admission

    @property
    def port(self) -> int:
        """The port that is listened on; the wanted one before ``start``."""
        return int(self._socket.getsockname()[1]) if self._socket else self._wanted_port

    @property
    def address(self) -> str:
        """The address to open in a browser."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{'http' if self._encryption is None else 'https'}://{host}:{self.port}/"

    def add(self, routes: Callable[[Door], Sequence[Route]]) -> None:
        """Answer at further addresses; ``routes`` makes them with the door that admits their clients."""
        self._web.add(*routes(self._web.door))

    def watched_by(self, figures: "Callable[[], Iterable[Metric]]") -> None:
        """Tell these figures, too, to a monitoring program that is a client of Claw's."""
        self._web.figures = figures

    def sign_with(self, signing: Signing) -> None:
        """Let people sign in, and sign a yes, with a passkey from now on."""
        self._web.signing = signing

    async def start(self) -> None:
        """Listen; raises Broken when the address is taken or not ours."""
        self._socket = _listen(self._host, self._wanted_port)
        config = uvicorn.Config(
            self._web.app,
            http=BoundedConnection,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=IDLE_CONNECTION_S,
            timeout_graceful_shutdown=GRACE_S,
        )
        self._server = _Guest(config, self._encryption)
        await self._server.listen(self._socket)
        self._serving = asyncio.create_task(self._server.serve(), name="web")
        for work in self.kept:
            work.start()

    async def close(self) -> None:
        """End the open event streams, let running requests finish (5 s at most) and stop listening."""
        if self._server is None:
            return
        self._web.close()
        self._server.end()
        for work in self.kept:
            await work.close()
        if self._serving is not None:
            await self._serving
        await self._flush()
        self._server = None

    async def _tick(self) -> None:
        while True:
            await self._timer.sleep(FLUSH_EVERY_S)
            if self._encryption is not None:
                self._encryption.look()
            try:
                await self._flush()
            except ClawError:
                logger.exception("What the web page counted could not be written; it goes on counting")

    async def _flush(self) -> None:
        await self._web.door.fold.flush()
        self._clients.flush()


class _Guest(uvicorn.Server):
    """A uvicorn that leaves signals to its host and waits without waking up ten times a second."""

    def __init__(self, config: uvicorn.Config, encryption: Encryption | None = None) -> None:
        super().__init__(config)
        self._encryption = encryption
        self._sockets: list[socket.socket] = []
        self._ended = asyncio.Event()

    async def listen(self, listening: socket.socket) -> None:
        """Accept connections from now on."""
        self._sockets = [listening]
        if not self.config.loaded:
            self.config.load()
        if self._encryption is not None:
            self.config.http_protocol_class = cast("type[asyncio.Protocol]", self._encryption.connection)
        self.lifespan = self.config.lifespan_class(self.config)
        await self.startup(self._sockets)

    @override
    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        await self._ended.wait()
        await self.shutdown(self._sockets)

    def end(self) -> None:
        """Make ``serve`` finish what runs and return."""
        self.should_exit = True
        self._ended.set()


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named, because a loop turns off Nagle's wait only where it knows the protocol: 40 ms for each answer else.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.setblocking(False)  # noqa: FBT003  the socket module takes no keyword here
    except (OSError, OverflowError) as error:
        listening.close()
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise Broken(f"the web page cannot be served on {host} port {port}: {reason}") from error
    return listening
