"""Only what was fixed before the stop passes it, with its row in the log, and counted apart."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from claw.audit.log import AuditLog
from claw.base.action import Acknowledgement, Action, Json, Permit
from claw.base.clock import SystemClock
from claw.base.errors import Broken, Refused, Unavailable, UnknownOutcome
from claw.base.permit import PermitDesk
from claw.gate.safe import CALMING, SAFE_S, Passing, SafeStates, safe_action
from claw.house.file import parse_house
from claw.house.services import CATALOGUE
from claw.policy.forbidden import forbidden, indirect
from tests.gate_room import HOUSE
from tests.held_clock import HeldClock

LAMP_OFF = Action("light.turn_off", ("light.lamp",))
HELPER_ON = Action("input_boolean.turn_on", ("input_boolean.stop",))


class House:
    """An effector that spends its permit and notes what it was told."""

    def __init__(self, desk: PermitDesk) -> None:
        self._desk = desk
        self.sent: list[Action] = []
        self.fault: Exception | None = None
        self.hold: asyncio.Event | None = None

    async def perform(self, permit: Permit, action: Action) -> Acknowledgement:
        self._desk.spend(permit, action)
        if self.hold is not None:
            await self.hold.wait()
        if self.fault is not None:
            raise self.fault
        self.sent.append(action)
        return Acknowledgement(f"context {len(self.sent)}")


class Kit:
    def __init__(self, folder: Path) -> None:
        clock = SystemClock()
        self.audit = AuditLog.open(folder / "audit.db", clock)
        self.desk = PermitDesk(clock)
        self.house = House(self.desk)
        self.passing = Passing(self.audit, self.desk, self.house)
        self.passing.fix("safe", (LAMP_OFF,))
        self.passing.fix("helper", (HELPER_ON,))

    async def rows(self) -> list[tuple[str, Json]]:
        await self.audit.settle()
        return [(entry.kind, entry.payload) for entry in self.audit.entries(0, 100)]


@pytest.fixture
async def kit(tmp_path: Path) -> AsyncIterator[Kit]:
    made = Kit(tmp_path)
    yield made
    await made.audit.close()


async def test_what_is_fixed_goes_out_between_its_intent_and_its_outcome(kit: Kit) -> None:
    outcome = await kit.passing.send("safe", LAMP_OFF)
    assert (outcome.status, kit.house.sent) == ("sent", [LAMP_OFF])
    (intent, outcome_row) = await kit.rows()
    assert intent[0] == "intent"
    assert intent[1]["passes"] == "safe"
    assert intent[1]["action"] == LAMP_OFF.as_json()
    assert outcome_row[0] == "outcome"
    assert (outcome_row[1]["status"], outcome_row[1]["passes"]) == ("sent", "safe")
    assert kit.passing.count == {"safe": 1, "helper": 0}
    assert list(kit.passing.contexts) == ["context 1"]


@pytest.mark.parametrize(
    "action",
    [
        Action("light.turn_on", ("light.lamp",)),
        Action("light.turn_off", ("light.other",)),
        Action("light.turn_off", ("light.lamp", "light.other")),
        Action("light.turn_off", ()),
        Action("light.turn_off", ("light.lamp",), {"transition": 300}),
        HELPER_ON,
    ],
)
async def test_anything_else_is_refused_and_leaves_no_row(kit: Kit, action: Action) -> None:
    with pytest.raises(Refused):
        await kit.passing.send("safe", action)
    assert kit.house.sent == []
    assert await kit.rows() == []


async def test_what_passes_is_settled_once(kit: Kit) -> None:
    with pytest.raises(Broken):
        kit.passing.fix("safe", (HELPER_ON,))
    assert kit.passing.ids() == {
        ("light.turn_off", ("light.lamp",)),
        ("input_boolean.turn_on", ("input_boolean.stop",)),
    }
    assert kit.passing.ids(safe=False) == {("input_boolean.turn_on", ("input_boolean.stop",))}


async def test_without_a_log_nothing_passes(kit: Kit) -> None:
    await kit.audit.close()
    outcome = await kit.passing.send("safe", LAMP_OFF)
    assert outcome.status == "failed"
    assert kit.house.sent == []


@pytest.mark.parametrize(
    ("fault", "status"),
    [(Refused("no"), "failed"), (Unavailable("away"), "failed"), (UnknownOutcome("lost"), "unknown")],
)
async def test_what_fails_is_logged_as_that(kit: Kit, fault: Exception, status: str) -> None:
    kit.house.fault = fault
    assert (await kit.passing.send("safe", LAMP_OFF)).status == status
    assert (await kit.rows())[1][1]["status"] == status


async def test_the_list_is_cut_after_two_seconds(kit: Kit) -> None:
    clock = HeldClock()
    kit.house.hold = asyncio.Event()
    running = asyncio.create_task(SafeStates(kit.passing, (LAMP_OFF,), clock).run())
    await asyncio.sleep(0.05)
    await clock.advance(SAFE_S - 0.1)
    assert not running.done()
    await clock.advance(0.2)
    await asyncio.wait_for(running, 5)
    assert kit.house.sent == []
    assert (await kit.rows())[1][1] == {"status": "unknown", "detail": "it was cut", "passes": "safe", "context": None}


# ----------------------------------------------------------------------------------------------- what may stand on it


@pytest.mark.parametrize(
    ("name", "entities", "says"),
    [
        ("lock.unlock", ["lock.door"], "may only halt"),
        ("cover.open_cover", ["cover.garage"], "may only halt"),
        ("script.good_night", ["script.good_night"], "does not know"),
        ("script.turn_on", ["script.good_night"], "may only halt"),
        ("homeassistant.turn_off", ["light.lamp"], "does not know"),
        ("shell_command.rm", [], "does not know"),
        ("claw.notify", [], "does not know"),
        ("light.turn_off", [], "needs the entities"),
        ("light.turn_off", ["lock.door"], "not for lock.door"),
        ("light.turn_off", ["light.not_there"], "unknown entity"),
    ],
)
def test_a_list_that_is_not_safe_is_refused_at_the_start(name: str, entities: Sequence[str], says: str) -> None:
    with pytest.raises(Broken, match=says):
        safe_action(name, entities, parse_house(HOUSE))


def test_a_list_that_is_safe_is_taken() -> None:
    house = parse_house(HOUSE)
    for name, entity in (
        ("cover.stop_cover", "cover.garage"),
        ("lock.lock", "lock.door"),
        ("light.turn_off", "light.lamp"),
    ):
        assert safe_action(name, [entity], house) == Action(name, (entity,))
    assert safe_action("light.turn_off", ["light.elsewhere"], None).entities == ("light.elsewhere",)


def test_nothing_on_the_list_of_what_is_calm_opens_anything_or_reaches_further() -> None:
    for name in CALMING:
        assert name in CATALOGUE, name
        assert not forbidden(name)
        assert not indirect(name)
        assert name.partition(".")[0] not in {"homeassistant", "group"}
        assert not any(word in name for word in ("unlock", "open", "disarm", "set_", "toggle", "trigger"))


async def test_what_watches_the_link_hears_of_what_is_fixed(kit: Kit) -> None:
    told: list[int] = []
    kit.passing.told.append(lambda: told.append(len(kit.passing.ids())))
    before = len(kit.passing.ids())
    kit.passing.fix("witness", [Action("input_text.set_value", ("input_text.head",))])
    assert told == [before + 1]


async def test_a_witness_alone_brings_data_past_a_stop(kit: Kit) -> None:
    head = Action("input_text.set_value", ("input_text.head",), {"value": "x"})
    kit.passing.fix("witness", [head])
    assert (await kit.passing.send("witness", head)).status == "sent"


async def test_a_safe_state_that_was_not_reached_is_said(kit: Kit, caplog: pytest.LogCaptureFixture) -> None:
    states = SafeStates(kit.passing, (LAMP_OFF,), SystemClock())
    await states.run()
    assert not [record for record in caplog.records if record.name == "claw.gate.safe"]
    kit.house.fault = Unavailable("no radio")
    await states.run()
    assert [record.getMessage() for record in caplog.records if record.name == "claw.gate.safe"] == [
        "The safe state light.turn_off was not reached: no radio"
    ]
