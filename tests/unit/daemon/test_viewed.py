"""The desk answers the views of policy, health and log, counts what it replies, and forgets drafts with the rest."""

import asyncio
from pathlib import Path

import pytest

from claw.base.config import ModelConfig
from claw.base.erasure import Erasure
from claw.base.errors import Refused, Unavailable
from claw.channels.drafts import Drafts
from claw.policy.supposing import Case
from tests.living import NOBODY, OWNER, living
from tests.viewing import views_of

MODEL = ModelConfig(name="scripted", base_url="http://127.0.0.1:9/v1", price_in=1.0, tokens_per_day=1000)


async def test_the_views_stand_on_the_daemon_itself(tmp_path: Path) -> None:
    async with living(tmp_path, model=MODEL) as daemon:
        views = views_of(daemon)
        assert daemon.desk.views is views
        await daemon.desk.say("turn on the kitchen lights", OWNER)
        told = await views.health.status()
        assert (told["turns"], told["model"], told["tokens_per_day"]) == (1, True, 1000)
        assert told["days"][-1]["money"] == 0
        found = await views.drafting.explain(Case("lock.unlock", ("lock.front_door",), person="anna"), "", OWNER)
        assert found["decision"]["rule"] == "unlocking"
        assert daemon.stopping.children.alive() == []
        views.drafting.save(0, "mine", "version: 1", OWNER)
        (drafts,) = [one for one in daemon.memory.store.forgetter.erasers if isinstance(one, Drafts)]
        assert drafts.erase(Erasure(person="anna")) == 1
        with pytest.raises(Refused):
            views.drafting.view(NOBODY)


async def test_the_stop_ends_what_judges_a_draft(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        drafting = views_of(daemon).drafting
        asked = asyncio.create_task(drafting.check(daemon.reloading.text, OWNER))
        while not daemon.stopping.children.alive():  # noqa: ASYNC110  a process that starts rings no bell
            await asyncio.sleep(0.001)
        assert daemon.stopping.children.alive() == ["a draft of the policy"]
        await daemon.desk.stop("enough", OWNER)
        with pytest.raises(Unavailable, match="ended before"):
            await asked
        assert daemon.stopping.children.alive() == []
