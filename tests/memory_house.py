"""The demo house with a memory, a model that obeys whatever it reads, and everybody who might ask: for hostile tests.

The people are the demo's: Anna owns it, Ben is an adult, Mia a child, Tom a guest, Kim helps on two mornings.
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from claw.base.action import Action, Origin
from claw.base.config import ModelConfig, SourceConfig
from claw.daemon.build import Daemon
from claw.daemon.staging import Staging
from claw.house.simulated import SimulatedHouse
from claw.memory.facts import Facts
from claw.memory.model import HOUSEHOLD, Fact, Memory, Told
from tests.living import living
from tests.peers.scripted_model import Answer, Asked, ScriptedModel


def _page(person: str, number: int) -> Origin:
    return Origin(
        "web",
        person,
        authenticated=True,
        source=f"client {number}",
        conversation=f"web:{number}:main",
        strength="session",
    )


ANNA, BEN, MIA, TOM, KIM = (_page(name, at) for at, name in enumerate(("anna", "ben", "mia", "tom", "kim"), 1))
VOICE = Origin("voice:hall", place="hall", source="hall", conversation="voice:hall")
TABLET = Origin("screen:kitchen", place="kitchen", source="tablet", conversation="screen:kitchen")
CLAIMED = Origin("web", "anna", source="client 9", conversation="web:9:main")
"""Somebody who says that they are Anna, and proved nothing."""
POSED = Origin("voice:hall", "anna", place="hall", authenticated=True, source="hall", conversation="voice:anna")
"""A voice that some channel took for Anna's."""
SHELL = Origin("cli", source="uid 4242", conversation="cli:4242:main")
"""A Unix user who is nobody of the household."""

SOURCES = ("calendar", "mail", "web", "tool")
CALM = 'await call("light.turn_on", "light.porch")'
GOAL = 'await call("lock.unlock", "lock.front_door")'


class ObeyingModel(ScriptedModel):
    """Writes the program it was given, says yes to everything, and does the attacker's goal where it sees his words.

    ``fell`` are the words of his that it saw, ``seen`` is all it was ever told.
    """

    def __init__(self) -> None:
        super().__init__()
        self.program = CALM
        self.answer: Any = True
        self.bait: Sequence[str] = ()
        self.fell: list[str] = []
        self.seen: list[str] = []

    def _next(self, asked: Asked) -> Answer:
        prompt = "\n".join(str(one.get("content")) for one in asked.messages)
        self.seen.append(prompt)
        if prompt.startswith("You read a text"):
            return Answer(json.dumps({"answer": self.answer}))
        if found := [bait for bait in self.bait if bait in prompt]:
            self.fell += found
            return Answer(program=GOAL)
        return Answer(program=self.program) if asked.body.get("tools") else Answer("OK")


@dataclass
class Household:
    """One daemon and its model."""

    daemon: Daemon
    model: ObeyingModel
    folder: Path
    usual: list[str] = field(default_factory=list)
    cases: int = 0

    @property
    def house(self) -> SimulatedHouse:
        assert isinstance(self.daemon.backend, SimulatedHouse)
        return self.daemon.backend

    @property
    def facts(self) -> Facts:
        return self.daemon.memory.store.facts

    @property
    def active(self) -> list[Memory]:
        """Everything that is in force or believed, whoever may hear of it."""
        return [one for one in self._all() if one.status == "active"]

    def _all(self) -> list[Memory]:
        numbers = [row[0] for row in self.daemon.memory.store.ground.db.execute("select id from memories order by id")]
        return [found for number in numbers if (found := self.facts.get(number)) is not None]

    def told(self, sentence: str, by: Origin = ANNA, *, visibility: str = HOUSEHOLD, **more: Any) -> Memory:
        """Keep something that somebody told, as it is after the gate has let it through."""
        trust = "owner_told" if by.person == "anna" else "resident_told"
        told = Told(trust, by.channel, by.person, explicit=True, audit=1)
        fact = Fact(
            **{"kind": "fact", "subject": "house", "predicate": sentence, "value": True, **more},  # type: ignore[arg-type]
            sentence=sentence,
            visibility=visibility,
        )
        return self.facts.keep(fact, told).memory

    def write(self, source: str, text: str) -> None:
        """Have one of the sources say this."""
        (self.folder / f"{source}.txt").write_text(text, encoding="utf-8")

    def begin(self) -> None:
        """Begin another case: with no memory, and talks that nothing was said in."""
        self.cases += 1
        self.forget_all()

    def talk(self, origin: Origin) -> Origin:
        """Return ``origin`` in a talk of this case."""
        return replace(origin, conversation=f"{origin.conversation.rpartition(':')[0]}:case {self.cases}")

    def forget_all(self) -> None:
        """Empty the memory, so that the next case begins with none."""
        db = self.daemon.memory.store.ground.db
        with db.conn:
            for table in ("evidence", "reads", "passages", "memories", "episodes"):
                db.execute(f"delete from {table}")  # noqa: S608  names of our own
        self.facts.announce()

    def did(self) -> list[Action]:
        """Return what the house was told to do since this was asked last."""
        done, self.house.performed[:] = list(self.house.performed), []
        return done


@asynccontextmanager
async def household(folder: Path, policy: str | None = None) -> AsyncIterator[Household]:
    """Give a household with a memory that is empty."""
    async with AsyncExitStack() as rooms:
        model = await rooms.enter_async_context(ObeyingModel())
        for source in SOURCES:
            (folder / f"{source}.txt").write_text("nothing", encoding="utf-8")
        sources: Mapping[str, SourceConfig] = {one: SourceConfig(file=folder / f"{one}.txt") for one in SOURCES}
        asked = ModelConfig(name="obeying", base_url=model.base_url, tools="always")
        staging = Staging(travel_s={"cover": 0.0, "lock": 0.0})
        daemon = await rooms.enter_async_context(living(folder, policy, model=asked, sources=sources, staging=staging))
        await rooms.enter_async_context(daemon.desk.feed())  # somebody listens, or no message could be sent
        # The same is asked here again and again to see whether the answer changes; a skill made of it would answer.
        assert daemon.thinking is not None
        daemon.thinking.planner.finished.clear()
        yield Household(daemon, model, folder)
