"""A house that is thrown away: nothing of a run is left, and no time passes while its sandbox works."""

from pathlib import Path

from sqlite_utils import Database

from claw.base.action import Action, Origin
from claw.base.clock import SystemClock
from claw.daemon.build import proved_house
from claw.daemon.proving import opened
from claw.daemon.proving_rig import Ground, rig
from claw.gate.children import Children
from claw.mind.harmless import Harmless
from claw.program.sandbox import Sandbox
from claw.skills.proving_ground import Fault, Setting
from claw.skills.proving_settings import moment
from claw.store.migrations import migrate
from tests.twin_house import HOME

OWNER = Origin("web", "owner", authenticated=True, source="owner", conversation="c", strength="session")
SETTING = Setting(HOME, moment(HOME, None), {"light.a": Fault(delay_s=3.0)}, "open")


async def test_what_is_done_is_gone_with_the_house(tmp_path: Path) -> None:
    template = Database(memory=True, execute_plugins=False)
    migrate(template)
    sandbox = Sandbox.open(Children(), SystemClock(), lambda: False, wrapper="plain")
    ground = Ground(tmp_path, template, sandbox, proved_house, Harmless((), ()))
    try:
        for _ in range(2):
            async with rig(ground, SETTING, opened().rules) as one:
                performed = await one.clock.live(one.gate.perform((Action("light.turn_on", ("light.a",)),), OWNER))
                assert [outcome.status for outcome in performed.outcomes] == ["done"]
                assert one.mirror.states["light.a"].value == "on"
                assert one.clock.monotonic() >= 3.0, "the device took its time"
                ran = await one.clock.live(one.programs.run('await call("lock.lock", "lock.door")\n"x"', OWNER, "x"))
                assert [outcome.status for outcome in ran.outcomes] == ["done"]
                assert one.clock.monotonic() < 10.0, "the sandbox took none of it"
        assert HOME.states["light.a"].value == "off"
        assert not any(tmp_path.iterdir())  # noqa: ASYNC240  a folder of the test
        assert [*template["pending"].rows, *template["programs"].rows] == []
    finally:
        await sandbox.close()
        template.close()
