from dataclasses import replace

import pytest

from claw.base.action import Action
from claw.base.errors import Refused
from claw.base.permit import LIFETIME_S, PermitDesk
from tests.held_clock import HeldClock

LAMP = Action("light.turn_on", ("light.hall",), {"brightness_pct": 40})


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
def desk(clock: HeldClock) -> PermitDesk:
    return PermitDesk(clock)


def test_a_permit_is_good_for_its_action_once(desk: PermitDesk) -> None:
    permit = desk.issue(LAMP, 7)
    desk.spend(permit, LAMP)
    with pytest.raises(Refused, match="spent"):
        desk.spend(permit, LAMP)


@pytest.mark.parametrize(
    "other",
    [
        Action("light.turn_off", ("light.hall",), {"brightness_pct": 40}),
        Action("light.turn_on", ("light.hall", "light.attic"), {"brightness_pct": 40}),
        Action("light.turn_on", ("light.hall",), {"brightness_pct": 41}),
        Action("light.turn_on", ("light.hall",), {"brightness_pct": 40.0}),
    ],
)
def test_a_permit_is_bound_to_the_action_and_its_data(desk: PermitDesk, other: Action) -> None:
    permit = desk.issue(LAMP, 7)
    with pytest.raises(Refused, match="another action"):
        desk.spend(permit, other)
    with pytest.raises(Refused, match="spent"):
        desk.spend(permit, LAMP)


async def test_a_permit_expires(desk: PermitDesk, clock: HeldClock) -> None:
    permit = desk.issue(LAMP, 7)
    await clock.advance(LIFETIME_S + 0.1)
    with pytest.raises(Refused, match="expired"):
        desk.spend(permit, LAMP)


@pytest.mark.parametrize("change", [{"audit": 8}, {"expires": 1e9}, {"nonce": bytes(16)}, {"seal": bytes(32)}])
def test_a_permit_cannot_be_altered(desk: PermitDesk, change: dict[str, object]) -> None:
    permit = replace(desk.issue(LAMP, 7), **change)
    with pytest.raises(Refused, match="not issued here"):
        desk.spend(permit, LAMP)


def test_a_permit_of_another_start_is_worthless(desk: PermitDesk, clock: HeldClock) -> None:
    permit = PermitDesk(clock).issue(LAMP, 7)
    with pytest.raises(Refused, match="not issued here"):
        desk.spend(permit, LAMP)


def test_the_stop_voids_permits_that_are_out(desk: PermitDesk) -> None:
    permit = desk.issue(LAMP, 7)
    desk.void()
    with pytest.raises(Refused, match="voided"):
        desk.spend(permit, LAMP)


async def test_permits_that_were_never_spent_are_forgotten(desk: PermitDesk, clock: HeldClock) -> None:
    for _ in range(100):
        desk.issue(LAMP, 1)
    await clock.advance(LIFETIME_S + 1)
    desk.issue(LAMP, 1)
    assert len(desk._issued) == 1
