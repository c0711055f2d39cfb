"""What programs may call here, by what this house has."""

from dataclasses import replace
from pathlib import Path

from claw.base.action import Message
from claw.base.config import SourceConfig
from claw.daemon.build import Daemon
from claw.daemon.running import functions_of
from claw.program.ran import Written
from tests.living import OWNER, living


def names(daemon: Daemon, *, memory: bool, reads: bool) -> set[str]:
    return {one.name for one in functions_of(daemon.programming.around, memory=memory, reads=reads)}


async def test_what_nobody_can_answer_no_program_can_call(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        bare = names(daemon, memory=False, reads=False)
        assert {"call", "find", "state", "history", "schedule"} <= bare
        assert bare.isdisjoint({"recall", "remember", "read", "extract"})
        assert names(daemon, memory=True, reads=True) - bare == {"recall", "remember", "extract"}


async def test_without_a_model_a_strangers_text_is_shown_and_not_looked_into(tmp_path: Path) -> None:
    sources = {"calendar": SourceConfig(entity="calendar.family")}
    async with living(tmp_path, sources=sources) as daemon:
        programs = daemon.programming().programs
        ran = await programs.run('(await read("calendar")).extract("Is it today?")', OWNER, "so", Written())
        assert ran.problem is not None
        assert ran.problem.kind == "mistyped"


async def test_the_late_end_of_a_skill_is_told_by_whoever_reads_it_back(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        sent: list[Message] = []
        daemon.follower.send = sent.append  # type: ignore[method-assign]
        programs = daemon.programming().programs
        ran = await programs.run("'all is well'", OWNER, "how is it", Written())
        for late in programs.late:
            late(replace(OWNER, skill="cosy"), "how is it", ran)
        assert sent == []
        for late in programs.late:
            late(OWNER, "how is it", ran)
        assert [message.text.startswith("all is well") for message in sent] == [True]
