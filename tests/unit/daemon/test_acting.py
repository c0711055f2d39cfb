"""Each of Claw's own actions has something behind the door that does it."""

from pathlib import Path

from claw.memory.effector import REMEMBER
from claw.memory.forget import FORGET
from claw.routines.acts import ACTIONS as SCHEDULING
from claw.skills.effector import ACTIONS as DECIDING
from tests.living import living


async def test_every_own_action_leads_to_the_one_that_does_it(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        door = daemon.gate._carrier._door
        groups = [["claw"], [REMEMBER], [FORGET], list(DECIDING), list(SCHEDULING)]
        behind = [{id(door.own[name]) for name in names} for names in groups]
        assert all(len(one) == 1 for one in behind)
        assert len(set.union(*behind)) == len(groups)
        assert door.house is daemon.backend
