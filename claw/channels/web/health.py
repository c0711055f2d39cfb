"""The row of the HTTP API about how Claw has been doing: figures for a page, or a program, that draws them."""

from claw.base.action import Json
from claw.channels.web.operation import Call, Operation


async def _health(call: Call) -> Json:
    return await call.desk.views.health.status()


OPERATIONS = (
    Operation("GET", "/api/health", "read_log", "How long turns take, what a model costs, drills, the link.", _health),
)
