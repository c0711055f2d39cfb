"""The row of the HTTP API about voice: where people may speak, who vouches for each place, and how long turns take.

When a satellite was heard last tells who is at home, so it takes the right to read the log.
"""

from claw.base.action import Json
from claw.base.config_late import Late
from claw.base.errors import Unavailable
from claw.channels.web.guard import Rejected
from claw.channels.web.operation import Call, Operation


async def _devices(call: Call) -> Json:
    try:
        voiced = call.desk.voiced
    except Unavailable as error:
        # It will not be there in a moment either.
        raise Rejected(404, "not_found", str(error)) from None
    return await voiced.devices()


OPERATIONS = (
    Operation(
        "GET",
        "/api/voice",
        "read_log",
        "Where people may speak, who vouches for it, and how it does.",
        _devices,
        Late("claw.channels.web.voice_shapes", "Devices"),
    ),
)
