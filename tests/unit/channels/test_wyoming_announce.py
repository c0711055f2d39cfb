"""What the network is told of the server."""

import asyncio
import logging

import pytest
import zeroconf
import zeroconf.asyncio

from claw.channels.wyoming_announce import SERVICE, Announcement, label, seen_as


class Responder:
    """Takes what the network would be told."""

    def __init__(self, **kind: object) -> None:
        self.kind = kind
        self.told: list[tuple[str, zeroconf.ServiceInfo]] = []
        Responder.last = self

    async def _take(self, what: str, service: zeroconf.ServiceInfo) -> asyncio.Future[None]:
        self.told.append((what, service))
        done = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done

    async def async_register_service(self, service: zeroconf.ServiceInfo, **_how: object) -> asyncio.Future[None]:
        return await self._take("here", service)

    async def async_unregister_service(self, service: zeroconf.ServiceInfo) -> asyncio.Future[None]:
        return await self._take("gone", service)

    async def async_close(self) -> None:
        self.kind["closed"] = True


@pytest.mark.parametrize(("host", "version"), [("192.168.1.2", "V4Only"), ("fd00::2", "V6Only")])
async def test_the_network_is_told_of_address_and_port_and_of_the_end(
    monkeypatch: pytest.MonkeyPatch, host: str, version: str
) -> None:
    monkeypatch.setattr(zeroconf.asyncio, "AsyncZeroconf", Responder)
    announcement = Announcement(host, 10_700)
    await announcement.tell()
    await announcement.close()
    await announcement.close()
    responder = Responder.last
    assert responder.kind == {"interfaces": [host], "ip_version": zeroconf.IPVersion[version], "closed": True}
    (_, service), _ = responder.told
    assert [(what, one.type) for what, one in responder.told] == [("here", SERVICE), ("gone", SERVICE)]
    assert (service.parsed_addresses(), service.port, service.properties) == ([host], 10_700, {})


@pytest.mark.prove
async def test_whoever_looks_for_a_wyoming_server_finds_it_until_it_ends() -> None:
    """Over real multicast, where this machine has any, which says what Home Assistant would see."""
    announcement = Announcement("127.0.0.1", 10_700)
    await announcement.tell()
    assert announcement._told is not None
    responder, service = announcement._told
    assert service.type == SERVICE
    assert (service.parsed_addresses(), service.port) == (["127.0.0.1"], 10_700)
    assert service.properties == {}
    assert responder.zeroconf.registry.async_get_info_name(service.name) is not None
    await announcement.close()
    await announcement.close()
    assert responder.zeroconf.done


async def test_a_network_that_takes_no_announcement_is_no_reason_not_to_listen(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)

    def unreachable(**_kind: object) -> None:
        raise OSError("no route")

    monkeypatch.setattr(zeroconf.asyncio, "AsyncZeroconf", unreachable)
    announcement = Announcement("127.0.0.1", 10_700)
    await announcement.tell()
    await announcement.close()
    assert "The network is not told of the Wyoming server: no route" in caplog.text


async def test_one_that_is_cut_short_is_closed() -> None:
    announcement = Announcement("127.0.0.1", 10_700)
    telling = asyncio.ensure_future(announcement.tell())
    await asyncio.sleep(0.01)
    telling.cancel()
    await asyncio.gather(telling, return_exceptions=True)
    await announcement.close()


@pytest.mark.parametrize(
    ("machine", "name"),
    [
        ("pi", "claw-pi"),
        ("pi.local", "claw-pi"),
        ("Anna's box", "claw-Anna-s-box"),
        ("x" * 90, "claw-" + "x" * 58),
        ("", "claw"),
    ],
)
def test_the_name_is_made_of_the_machines(machine: str, name: str) -> None:
    assert label(machine) == name


def test_an_address_of_this_machine_is_what_others_see() -> None:
    assert seen_as("192.168.1.2") == "192.168.1.2"
    assert seen_as("0.0.0.0") != "0.0.0.0"  # noqa: S104  nothing is bound to it
