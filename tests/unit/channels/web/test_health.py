import pytest

from claw.channels.clients import EVERY_RIGHT
from claw.channels.web.health import OPERATIONS
from tests.serving import Served
from tests.viewing import views_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_figures_are_told_to_whoever_may_read_the_log(served: Served) -> None:
    views_of(served.daemon)
    await served.say("turn on the kitchen counter light")
    status, told, _ = await served.ask("GET", "/api/health")
    assert status == 200
    assert "total" in {one["stage"] for one in told["stages"]}
    assert told["links"][-1]["status"] == "ready"
    assert len(told["days"]) == 30
    assert "kitchen" not in str(told), "not a word of what was said"


async def test_and_to_nobody_else(served: Served) -> None:
    views_of(served.daemon)
    assert [operation.right for operation in OPERATIONS] == ["read_log"]
    _, token = served.daemon.clients.issue("a screen", "anna", EVERY_RIGHT - {"read_log"})
    status, _, _ = await served.ask("GET", "/api/health", token=token)
    assert status == 403
