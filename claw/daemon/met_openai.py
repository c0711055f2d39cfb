"""Puts together what answers at ``/v1``: any chat client that speaks OpenAI's interface, with a token for a model."""

from typing import TYPE_CHECKING

from claw.base.action import Json
from claw.channels.agent_jobs import Jobs
from claw.channels.web.openai_door import OpenAiDoor
from claw.channels.web.server import WebServer

if TYPE_CHECKING:  # it is made there
    from claw.daemon.build import Daemon


def jobs(daemon: "Daemon") -> Jobs:
    """Return the jobs of all programs that speak for a model, by whichever way; who makes them closes them."""
    made = Jobs(daemon.memory.store.ground.db, daemon.gate.questions, daemon.clock, daemon.clock)
    daemon.gate.answered.append(made.answered)
    daemon.follower.ended.append(made.ended)
    return made


class Served:
    """The channel ``openai``: it answers at the page's address while it is started."""

    kind = "openai"

    def __init__(self, daemon: "Daemon", web: WebServer, jobs: Jobs) -> None:
        """Nobody is answered yet."""
        self._web = web
        self._door = OpenAiDoor(daemon.desk, jobs, daemon.clock, daemon.clock)

    async def start(self) -> None:
        """Answer from now on."""
        self._web.add(self._door.routes)

    async def close(self) -> None:
        """End the open streams."""
        await self._door.close()

    def status(self) -> dict[str, Json]:
        """Return that it is there."""
        return {"kind": self.kind, "ready": True, "detail": ""}
