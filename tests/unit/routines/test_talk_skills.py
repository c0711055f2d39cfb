"""Which skill a sentence asks for later."""

from types import SimpleNamespace
from typing import Any, cast

from claw.base.action import Origin
from claw.routines.talk_skills import SkillPhrases
from claw.skills.phrases import Phrases
from tests.unit.routines.talking import Talking


def words(talking: Talking, why: str | None = None) -> SkillPhrases:
    parameter = {"type": "enum", "values": ["dim", "bright"], "default": "dim"}
    manifest = cast("Any", _manifest(parameter))
    skill = SimpleNamespace(name="movie-night", manifest=manifest)
    return SkillPhrases(
        lambda: Phrases([("movie-night", manifest)]),
        cast("Any", SimpleNamespace(get=lambda _: skill)),
        cast("Any", SimpleNamespace(may_run=lambda *_: why)),
        talking.mirror,
    )


def _manifest(parameter: dict[str, Any]) -> Any:
    from claw.skills.manifest import Manifest  # noqa: PLC0415  read only where a manifest is made

    return Manifest.model_validate(
        {
            "version": "1.0.0",
            "kind": "program",
            "parameters": {"light": parameter},
            "triggers": {"phrases": {"en": ["movie night", "movie night {light}"]}},
            "provenance": {"made": "shipped"},
            "files": {"program.py": "0" * 64, "SKILL.md": "0" * 64},
        }
    )


def test_a_phrase_of_a_skill_is_something_to_do_later() -> None:
    found = words(Talking()).meant("movie night bright", Origin("web"), "en")
    assert found is not None
    assert (found.skill, dict(found.arguments)) == ("movie-night", {"light": "bright"})


def test_what_is_no_phrase_or_may_not_run_is_none() -> None:
    talking = Talking()
    assert words(talking).meant("turn on the lights", Origin("web"), "en") is None
    assert words(talking, "an owner has to agree").meant("movie night", Origin("web"), "en") is None


async def test_a_skill_runs_at_a_time_that_was_said() -> None:
    talking = Talking()
    talking = Talking(skills=words(talking))
    reply = await talking.say("every Friday at 8 pm movie night")
    assert reply is not None
    assert reply.status == "done"
    assert talking.last.do[0].model_dump(exclude_defaults=True)["skill"] == "movie-night"
