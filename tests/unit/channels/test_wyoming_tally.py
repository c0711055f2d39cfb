"""What is counted, and how little is said of it."""

import pytest

from claw.channels.wyoming_tally import MOST_PEERS, Tally
from tests.held_clock import HeldClock


async def test_one_line_a_minute_for_each_machine(caplog: pytest.LogCaptureFixture) -> None:
    clock = HeldClock()
    tally = Tally(clock)
    for _ in range(3):
        for peer in ("192.168.1.10", "192.168.1.11"):
            tally.complain(peer, "bad_frame", "what it sends is wrong")
        await clock.advance(10)
    assert [one.getMessage() for one in caplog.records] == [
        "Wyoming client 192.168.1.10: what it sends is wrong",
        "Wyoming client 192.168.1.11: what it sends is wrong",
    ]
    await clock.advance(30)
    tally.complain("192.168.1.10", "idle", "it is slow")
    assert caplog.records[-1].getMessage() == "Wyoming client 192.168.1.10: it is slow (and 2 times more before)"
    assert (tally.counts()["bad_frame"], tally.counts()["idle"], tally.counts()["turns"]) == (6, 1, 0)


def test_only_so_many_machines_are_remembered() -> None:
    tally = Tally(HeldClock())
    for number in range(MOST_PEERS * 2):
        tally.complain(f"10.0.{number // 256}.{number % 256}", "bad_frame", "wrong")
    assert len(tally._told) == MOST_PEERS
