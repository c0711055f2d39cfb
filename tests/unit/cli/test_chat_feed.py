"""The feed is followed also after the daemon was away, and is never what ends a talk."""

import queue
import signal
from collections.abc import Callable, Iterator
from typing import Any

from claw.base.action import Json
from claw.base.errors import Unavailable
from claw.cli.chat_feed import BACK, GONE, Feed
from claw.cli.client import Client
from tests.cli_room import FakeDaemon


class Away(Client):
    """A daemon that is there as a test says, for each look at it; ends the feed after the last."""

    def __init__(self, looks: list[bool], trouble: Exception | None = None) -> None:
        self.looks = looks
        self.trouble = trouble
        self.followed = 0
        self.feed: Feed | None = None

    def ask(self, do: str, **arguments: Json) -> Json:
        del do, arguments
        if not self.looks:
            assert self.feed is not None
            self.feed.end()
            return {}
        if not self.looks.pop(0):
            raise Unavailable("away")
        return {}

    def follow(self, begun: Callable[[], None] = lambda: None) -> Iterator[dict[str, Json]]:
        self.followed += 1
        begun()
        yield {"type": "house"}
        if self.trouble is not None:
            raise self.trouble


def heard(client: Away) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    client.feed = Feed(client, events.append, again_s=0.001)
    client.feed.run()
    return events


def test_events_come_as_they_are_sent(daemon: FakeDaemon) -> None:
    sent = [{"type": "link", "status": "ready"}, {"type": "lost"}]
    daemon.answers["follow"] = sent
    events: queue.Queue[dict[str, Any]] = queue.Queue()
    feed = Feed(Client(daemon.state), events.put)
    feed.start()
    assert feed.following.wait(5)
    assert [events.get(timeout=5) for _ in sent] == sent
    feed.end()


def test_a_daemon_that_goes_and_comes_is_told_once_each() -> None:
    client = Away([True, False, False, True, True])
    house = {"type": "house"}
    assert heard(client) == [house, house, GONE, BACK, house, house]


def test_whatever_breaks_the_feed_it_is_followed_anew() -> None:
    for trouble in (Unavailable("hung up"), OSError("reset"), ValueError("not JSON")):
        client = Away([True], trouble)
        heard(client)
        assert client.followed == 2


class Looked(Away):
    """Notes which signals its thread takes none of."""

    blocked: set[int]

    def follow(self, begun: Callable[[], object]) -> Iterator[Any]:
        self.blocked = {int(one) for one in signal.pthread_sigmask(signal.SIG_BLOCK, set())}
        return iter(())


def test_ctrl_c_is_left_to_the_thread_that_waits_for_a_key() -> None:
    client = Looked([])
    feed = client.feed = Feed(client, lambda _: None, 0.0)
    feed.start()
    feed.join(5)
    assert int(signal.SIGINT) in client.blocked
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, set())
