import pytest

from claw.channels.web.limits import BURST, OTHERS, PEERS, SOURCES, Fold, Strikes
from tests.held_clock import HeldClock


def test_a_peer_may_fail_a_burst_and_then_waits() -> None:
    strikes = Strikes(HeldClock())
    for _ in range(BURST):
        assert strikes.wait_s("a") == 0
        strikes.strike("a")
    assert strikes.wait_s("a") > 0
    assert strikes.wait_s("b") == 0


async def test_a_bucket_fills_again() -> None:
    clock = HeldClock()
    strikes = Strikes(clock)
    for _ in range(BURST):
        strikes.strike("a")
    await clock.advance(strikes.wait_s("a"))
    assert strikes.wait_s("a") == pytest.approx(0)


def test_many_peers_do_not_grow_the_table() -> None:
    strikes = Strikes(HeldClock())
    for number in range(PEERS * 3):
        strikes.strike(str(number))
    assert len(strikes._buckets) == PEERS


async def test_refusals_are_told_once_for_each_source() -> None:
    told: list[tuple[str, str, int]] = []

    async def tell(source: str, what: str, count: int) -> None:
        told.append((source, what, count))

    fold = Fold(tell)
    for _ in range(40):
        fold.add("peer 1", "unauthenticated")
    fold.add("peer 1", "wrong_host")
    fold.add("peer 2", "wrong_origin")
    await fold.flush()
    await fold.flush()
    assert told == [("peer 1", "40 x unauthenticated, 1 x wrong_host", 41), ("peer 2", "1 x wrong_origin", 1)]


async def test_a_flood_of_sources_shares_a_row_and_loses_no_count() -> None:
    told: list[tuple[str, str, int]] = []

    async def tell(source: str, what: str, count: int) -> None:
        told.append((source, what, count))

    fold = Fold(tell)
    for number in range(SOURCES * 4):
        fold.add(f"peer {number}", "unauthenticated")
    await fold.flush()
    assert len(told) == SOURCES + 1
    assert told[-1][0] == OTHERS
    assert sum(count for _, _, count in told) == SOURCES * 4
