import json
from pathlib import Path

from pydantic import TypeAdapter

from claw.base.action import Action
from claw.house.model import Registry
from claw.policy.people import Person
from tests.living import CONSOLE, OWNER, living

POLICY = """\
version: 1
rules:
  - {id: lights, allow: light.*}
  - {id: locks, allow: lock.unlock}
tests:
  - {action: light.turn_on, entities: light.porch, expect: allow}
"""


async def test_the_check_knows_the_tests_and_the_house(tmp_path: Path) -> None:
    async with living(tmp_path, POLICY) as daemon:
        found = daemon.desk.ruling.check()
        assert ("error", "locks") in {(one["level"], one["rule"]) for one in found}
        assert any("no test of the file" in one["text"] and "locks" in one["text"] for one in found)


async def test_the_ground_is_all_that_a_policy_is_held_against_and_no_attribute(tmp_path: Path) -> None:
    async with living(tmp_path, POLICY) as daemon:
        told = json.loads(json.dumps(await daemon.desk.ruling.ground()))
        assert (told["path"], told["text"]) == (str(daemon.reloading.path), POLICY)
        assert told["hash"] == daemon.desk.status()["policy"]
        registry = TypeAdapter(Registry).validate_python(told["registry"])
        assert registry.entities == dict(daemon.mirror.registry.entities)
        assert registry.areas == dict(daemon.mirror.registry.areas)
        assert TypeAdapter(list[Person]).validate_python(told["people"]) == list(daemon.people)
        assert told["states"] == {entity: state.value for entity, state in daemon.mirror.states.items()}
        assert "light.turn_on" in told["actions"]


async def test_reading_the_file_now_says_what_counts_and_who_asked_for_it(tmp_path: Path) -> None:
    async with living(tmp_path, POLICY) as daemon:
        daemon.reloading.path.write_text(POLICY.replace("allow: light.*", "deny: light.*"))
        answer = await daemon.desk.ruling.reload(CONSOLE)
        assert "policy.yaml:6" in answer["problem"]
        daemon.reloading.path.write_text(POLICY.replace("lock.unlock", "lock.lock"))
        before = answer["hash"]
        answer = await daemon.desk.ruling.reload(CONSOLE)
        assert (answer["hash"] != before, answer["problem"]) == (True, "")
        entry = daemon.audit.entries(kinds=("policy",))[0]
        assert (entry.origin and entry.origin.person, entry.payload and entry.payload["after"]) == (
            "anna",
            answer["hash"],
        )
        assert daemon.desk.explain(Action("lock.unlock", ("lock.front_door",)), OWNER)["decision"]["effect"] == "deny"
