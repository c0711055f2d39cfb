"""What runs programs, put together: the functions they have, the house they touch, what is told of them.

The sandbox, the gate and the log are those of the daemon.  Who writes the programs is somebody else's: a model
(``claw/daemon/thinking.py``), or the household's skills.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from claw.audit.keys import KEYS
from claw.base.action import Message, Origin
from claw.daemon.outside import Outside
from claw.daemon.programming import Around
from claw.daemon.recollecting import Recollecting
from claw.gate.follow import address
from claw.house.model import Registry
from claw.llm.reader import Reader
from claw.mind.harmless import Harmless
from claw.mind.language import load
from claw.mind.relevant import Relevant
from claw.mind.telling import Telling
from claw.program.api import Function, offered
from claw.program.journal import Journal
from claw.program.later import Schedules
from claw.program.run import Late, Programs, Ran
from claw.program.sandbox import Sandbox
from claw.program.sealed import Sealed, program_key
from claw.program.segment import Segments, World
from claw.program.taint import Marks
from claw.program.tooling import Answers

MOST_FOUND = 500


@dataclass(frozen=True)
class Reading:
    """What a house with a model has besides: who reads strangers' texts, and the index that a prompt is made with."""

    reader: Reader
    search: Callable[[str], Sequence[str]]


@dataclass(frozen=True)
class Running:
    """What runs programs and tells of them."""

    programs: Programs
    telling: Telling
    harmless: Harmless
    functions: Sequence[Function]


def functions_of(around: Around, *, memory: bool, reads: bool) -> Sequence[Function]:
    """Return the functions that programs have here; ``reads``: somebody reads strangers' texts."""
    ports = {"history", "schedule"} | ({"extract"} if reads else set[str]())
    ports |= {"read"} if around.config.sources else set[str]()
    ports |= {"remember", "recall"} if memory else set[str]()
    return offered(ports)


def running(
    around: Around,
    sandbox: Sandbox,
    memory: Recollecting | None,
    reading: Reading | None,
    ports: tuple[Schedules, Answers],
) -> Running:
    """Return what runs programs in ``sandbox``; it is under the stop from here on.

    ``ports`` are what is done later, and what tools of other servers answer.
    """
    config, clock, mirror = around.config, around.clock, around.mirror
    functions = functions_of(around, memory=memory is not None, reads=reading is not None)
    harmless = Harmless(config.wake_words)
    telling = Telling(mirror, harmless)
    search = reading.search if reading is not None else _Finding(around).search
    read = partial(around.texts.read, gate=around.gate)
    recall = memory.recall if memory is not None else None
    reader = reading.reader if reading is not None else None
    outside = Outside(search, around.backend, read, reader, around.whereabouts, recall)
    world = World(
        gate=around.gate,
        mirror=mirror,
        sandbox=sandbox,
        reads=outside,
        extract=outside if reading is not None else None,
        services=around.judge.services,
        functions=functions,
        sources=tuple(config.sources),
        people=tuple(person.id for person in around.people),
        harmless=harmless.text,
        versions=around.judge.versions,
        journal=Journal(around.audit, around.judge.versions),
        clock=clock,
        timer=clock,
        keeps=memory.keeps if memory is not None else None,
        schedules=ports[0],
        answers=ports[1],
    )
    sealed = Sealed(around.db, lambda: program_key(around.state / KEYS), clock)
    programs = Programs(Segments(world), sealed, Marks())
    around.gate.questions.voided.append(programs.void)
    around.stop.hooks.append(programs.cut)
    around.stop.told.append(programs.stopped)
    programs.late.append(_late(around, telling))
    return Running(programs, telling, harmless, functions)


def _late(around: Around, telling: Telling) -> Late:
    """Return what tells the end of a program that nobody waited for any more: a message to whoever asked."""

    def late(origin: Origin, said: str, ran: Ran) -> None:
        if origin.skill:
            return  # what came of a skill is read back first, and told by whoever does that
        reply = telling.ran(ran, said, origin.language or around.config.languages[0])
        around.follower.send(Message(address(origin), reply.text, "late"))

    return late


class _Finding:
    """Finds things by words, where no prompt needs an index of them anyway."""

    def __init__(self, around: Around) -> None:
        self._around = around
        self._index: tuple[Registry, Relevant] | None = None

    def search(self, words: str) -> Sequence[str]:
        """Return the ids of the entities that ``words`` may mean, the likeliest first."""
        registry = self._around.mirror.registry
        if self._index is None or self._index[0] is not registry:
            self._index = (registry, Relevant(registry, [load(code) for code in self._around.config.languages]))
        return self._index[1].named(words, MOST_FOUND)
