"""What a channel may ask about the log as a thing."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from claw.audit.note import notes
from claw.base.action import Origin
from claw.base.errors import Refused
from claw.channels.keeping import Keeping
from tests.signed_log import Signed, signed_log

ANNA = Origin("cli", "anna", authenticated=True)


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[Signed]:
    async with signed_log(tmp_path) as signed:
        yield signed


async def test_the_status_says_who_vouches_for_the_log_and_whether_one_is_out_of_reach(log: Signed) -> None:
    await log.rows(2)
    await log.checkpoints.now("schedule")
    await log.delivered()
    status = Keeping(log.audit, log.checkpoints).status()
    assert (status["entries"], status["holds"]) == (3, True)
    vouched = status["vouched"]
    assert vouched["out_of_reach"] is False
    (witness,) = vouched["witnesses"]
    assert (witness["name"], witness["entries"], witness["problem"]) == (f"the file {log.witness}", 2, "")
    log.checkpoints.problem = "the key is gone"
    assert Keeping(log.audit, log.checkpoints).status()["holds"] is False


async def test_a_checkpoint_is_made_and_printed(log: Signed) -> None:
    await log.rows(2)
    answer = await Keeping(log.audit, log.checkpoints).checkpoint()
    assert answer["entries"] == 2
    assert [note.checkpoint.size for note in notes(answer["note"])] == [2]


async def test_without_a_key_it_says_why(tmp_path: Path) -> None:
    async with signed_log(tmp_path, begin=False) as signed:
        with pytest.raises(Refused, match="not opened its key yet"):
            await Keeping(signed.audit, signed.checkpoints).checkpoint()


async def test_sealing_names_the_finished_file(log: Signed) -> None:
    await log.rows(2)
    assert (await Keeping(log.audit, log.checkpoints).seal())["sealed"].endswith("audit-1-3.db")


async def test_erasing_needs_a_reason(log: Signed) -> None:
    await log.rows(2)
    keeping = Keeping(log.audit, log.checkpoints)
    for reason in ("", "  ", "\u202e"):
        with pytest.raises(Refused, match="needs a reason"):
            await keeping.erase(1, reason, ANNA)
    assert await keeping.erase(1, "asked\nfor", ANNA) == {"erased": 1, "entry": 3}
    row = log.audit.entry(3)
    assert row is not None
    assert row.payload == {"seq": 1, "reason": "asked for"}
