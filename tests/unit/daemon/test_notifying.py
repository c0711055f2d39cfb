"""What systemd is told, and when nothing is."""

import asyncio
import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from claw.channels.vital import Vital
from claw.daemon.notifying import LOOK_S, SIGNS, Notifier, Service, status
from tests.held_clock import HeldClock
from tests.living import CONSOLE, living
from tests.notified import Heard, notified

SPAN_S = 30.0


class Looked:
    """Whatever the test says life is."""

    def __init__(self) -> None:
        self.vital = Vital()
        self.looks = 0

    def look(self) -> None:
        self.looks += 1

    def now(self) -> Vital:
        return self.vital


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
def heard(tmp_path: Path) -> Iterator[Heard]:
    with notified(tmp_path / "notify") as listening:
        yield listening


@pytest.fixture
def looked() -> Looked:
    return Looked()


@pytest.fixture
def service(tmp_path: Path, heard: Heard, looked: Looked, clock: HeldClock) -> Service:
    return served(Notifier(str(tmp_path / "notify"), SPAN_S), looked, clock)


def served(
    notifier: Notifier, looked: Looked, clock: HeldClock, reload: Callable[[], object] = lambda: None
) -> Service:
    def said(found: Vital) -> str:
        return "; ".join(found.reasons) or "well"

    return Service(notifier, looked, said, clock, clock, reload)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["{folder}/socket", "@claw-{secret}"])
def test_a_message_reaches_a_path_and_an_abstract_name(tmp_path: Path, name: str) -> None:
    address = name.format(folder=tmp_path, secret=secrets.token_hex(8))
    with notified(address) as heard:
        assert Notifier(address).tell(READY=1, STATUS="well")
        assert heard.fetch() == [{"READY": "1", "STATUS": "well"}]


def test_a_value_never_becomes_a_message_of_its_own(tmp_path: Path) -> None:
    with notified(tmp_path / "socket") as heard:
        Notifier(str(tmp_path / "socket")).tell(STATUS="lost\nSTOPPING=1\r\nERRNO=5" + "x" * 500)
        (message,) = heard.fetch()
    assert list(message) == ["STATUS"]
    assert len(message["STATUS"]) <= 200


def test_nobody_is_told_where_nobody_listens(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert not Notifier().tell(READY=1)
    gone = Notifier(str(tmp_path / "nowhere"))
    assert not gone.tell(READY=1)
    assert not gone.tell(READY=1)
    assert len(caplog.records) == 1


def test_a_full_socket_holds_up_nobody(tmp_path: Path) -> None:
    with notified(tmp_path / "socket"):
        notifier = Notifier(str(tmp_path / "socket"))
        for _ in range(10_000):
            if not notifier.tell(WATCHDOG=1):
                return
    raise AssertionError("it never filled up")


def test_what_systemd_said_is_taken_out_of_the_environment() -> None:
    environment = {
        "NOTIFY_SOCKET": "/run/n",
        "WATCHDOG_USEC": "30000000",
        "WATCHDOG_PID": str(os.getpid()),
        "HOME": "/",
    }
    notifier = Notifier.of(environment)
    assert notifier.listened_to
    assert notifier.span_s == SPAN_S
    assert environment == {"HOME": "/"}


@pytest.mark.parametrize(
    ("environment", "listened_to", "span_s"),
    [
        ({}, False, 0.0),
        ({"NOTIFY_SOCKET": "vsock:2:1"}, False, 0.0),
        ({"NOTIFY_SOCKET": "/n"}, True, 0.0),
        ({"NOTIFY_SOCKET": "/n", "WATCHDOG_USEC": "soon"}, True, 0.0),
        ({"NOTIFY_SOCKET": "/n", "WATCHDOG_USEC": "2000000", "WATCHDOG_PID": "1"}, True, 0.0),
        ({"NOTIFY_SOCKET": "/n", "WATCHDOG_USEC": "2000000"}, True, 2.0),
        ({"WATCHDOG_USEC": "2000000"}, False, 0.0),
    ],
)
def test_only_what_is_meant_for_this_process_counts(
    environment: dict[str, str], listened_to: bool, span_s: float
) -> None:
    notifier = Notifier.of(environment, pid=77)
    assert (notifier.listened_to, notifier.span_s) == (listened_to, span_s)
    assert not environment


async def test_it_says_that_it_is_ready_and_then_gives_signs_of_life_in_time(
    service: Service, heard: Heard, clock: HeldClock
) -> None:
    assert heard.fetch() == []
    service.ready()
    await clock.settle()
    assert heard.fetch() == [{"READY": "1", "STATUS": "well"}, {"WATCHDOG": "1"}]
    await clock.advance(SPAN_S)
    assert heard.fetch() == [{"WATCHDOG": "1"}] * SIGNS
    await service.stopping()
    assert heard.fetch() == [{"STOPPING": "1", "STATUS": "Ending"}]
    await clock.advance(SPAN_S)
    assert heard.fetch() == []


@pytest.mark.parametrize("part", ["loop", "log", "house"])
async def test_no_sign_of_life_while_a_part_is_dead(
    service: Service, heard: Heard, looked: Looked, clock: HeldClock, part: str
) -> None:
    service.ready()
    await clock.settle()
    heard.fetch()
    looked.vital = Vital(**{part: "it is dead"})
    await clock.advance(SPAN_S * 3)
    assert heard.fetch() == [{"STATUS": "it is dead"}]
    looked.vital = Vital()
    await clock.advance(SPAN_S / SIGNS)
    assert heard.fetch() == [{"STATUS": "well", "WATCHDOG": "1"}]
    await service.stopping()


async def test_life_is_looked_at_where_no_sign_of_it_is_wanted(
    tmp_path: Path, looked: Looked, clock: HeldClock
) -> None:
    with notified(tmp_path / "other") as heard:
        service = served(Notifier(str(tmp_path / "other")), looked, clock)
        service.ready()
        await clock.advance(LOOK_S * 2.5)
        assert looked.looks == 3
        assert heard.fetch() == [{"READY": "1", "STATUS": "well"}]
        await service.stopping()


async def test_without_systemd_life_is_looked_at_all_the_same(looked: Looked, clock: HeldClock) -> None:
    service = served(Notifier(), looked, clock)
    service.ready()
    await clock.advance(LOOK_S * 1.5)
    assert looked.looks == 2
    await service.stopping()


async def test_a_reload_is_told_with_its_time_and_its_end(
    tmp_path: Path, heard: Heard, looked: Looked, clock: HeldClock
) -> None:
    woken: list[int] = []
    service = served(Notifier(str(tmp_path / "notify")), looked, clock, lambda: woken.append(1))
    await clock.advance(7)
    service.reload()
    assert (woken, heard.fetch()) == ([1], [])  # it is not ready yet: nothing to go back to
    service.ready()
    await clock.settle()
    heard.fetch()
    service.reload()
    assert heard.fetch() == [{"RELOADING": "1", "MONOTONIC_USEC": "7000000"}]
    await clock.advance(1)
    assert heard.fetch() == [{"READY": "1"}]
    assert len(woken) == 2
    await service.stopping()


async def test_what_cannot_be_said_keeps_nobody_from_looking(
    tmp_path: Path, heard: Heard, looked: Looked, clock: HeldClock
) -> None:
    def broken(found: Vital) -> str:
        raise KeyError("stop")

    service = Service(Notifier(str(tmp_path / "notify"), SPAN_S), looked, broken, clock, clock)  # type: ignore[arg-type]
    service.ready()
    await clock.settle()
    assert {"WATCHDOG": "1"} in heard.fetch()
    await service.stopping()


def test_the_status_is_one_line_that_holds_no_word_of_anybody() -> None:
    stopped = {"stop": {"engaged": True, "reason": "Anna is at home alone", "by": "anna"}}
    assert status(Vital(), stopped) == "Stopped: nothing moves until `claw reset`"
    assert status(Vital(), {"link": {"ready": False, "detail": "Anna's house"}}).startswith(
        "Running, without the house"
    )
    assert status(Vital(), {"degraded": [{"part": "a"}, {"part": "b"}]}).endswith(": 2")
    assert status(Vital(log="dead"), stopped) == "Not alive: dead"
    assert status(Vital(), {}) == "Running"


async def test_a_whole_daemon_says_how_it_is(tmp_path: Path) -> None:
    path = tmp_path / "notify"
    with notified(path) as heard:
        async with living(tmp_path) as daemon:
            service = Service.of(daemon, {"NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": str(10**9)})
            service.ready()
            await asyncio.sleep(0)
            assert heard.fetch() == [{"READY": "1", "STATUS": "Running"}, {"WATCHDOG": "1"}]
            daemon.stop.engage("a test", CONSOLE)
            service.look()
            assert heard.fetch() == [{"STATUS": "Stopped: nothing moves until `claw reset`", "WATCHDOG": "1"}]
            assert daemon.desk.vital() == Vital()
            await service.stopping()
