"""That the judge is made of the household's own people and policy, in the house that is really there."""

from dataclasses import replace
from pathlib import Path

import pytest

from claw.base.action import Action
from tests.living import OWNER, living

POLICY = """\
version: 1
rules:
  - {id: hers, allow: light.*, who: {role: owner}, why: an owner's lights}
"""


@pytest.mark.parametrize(("person", "effect"), [("anna", "allow"), ("carl", "deny"), ("nobody", "deny")])
async def test_who_somebody_is_decides_what_the_file_lets_them_do(tmp_path: Path, person: str, effect: str) -> None:
    async with living(tmp_path, POLICY) as daemon:
        light = next(entity for entity in daemon.mirror.states if entity.startswith("light."))
        explained = daemon.desk.explain(Action("light.turn_on", (light,)), replace(OWNER, person=person))
        assert explained["decision"]["effect"] == effect


async def test_every_row_of_the_log_carries_the_policy_in_force(tmp_path: Path) -> None:
    async with living(tmp_path, POLICY) as daemon:
        await daemon.audit.append("start", {})
        (entry,) = daemon.audit.entries(0, 1)
        assert entry.versions["policy"] == daemon.reloading.policy
