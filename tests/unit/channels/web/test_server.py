import signal
import socket
from pathlib import Path

import pytest

from claw.base.errors import Broken
from claw.channels.web.server import WebServer
from tests.serving import Served, serving

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_taken_port_is_one_clear_line(served: Served) -> None:
    clock = served.clock
    second = WebServer(served.daemon.desk, served.daemon.clients, clock, clock, port=served.web.port)
    with pytest.raises(Broken, match=rf"127\.0\.0\.1 port {served.web.port}: Address already in use"):
        await second.start()
    await second.close()


@pytest.mark.parametrize(("host", "port"), [("192.0.2.1", 0), ("127.0.0.1", 70_000)])
async def test_an_address_that_is_not_ours_is_one_clear_line(served: Served, host: str, port: int) -> None:
    server = WebServer(served.daemon.desk, served.daemon.clients, served.clock, served.clock, host=host, port=port)
    with pytest.raises(Broken):
        await server.start()


async def test_the_server_leaves_signals_alone(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    async with serving(tmp_path):
        assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


async def test_a_closed_server_listens_no_more(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        port = served.web.port
        await served.web.close()
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0
