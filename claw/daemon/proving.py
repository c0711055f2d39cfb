"""The house in which skills are proved: simulated, thrown away, and behind a gate, a log and rules of its own.

Everything that a run goes through is what the daemon itself runs on, built anew for each run; only the devices are
not real, the clock jumps ahead where everything waits, and nobody waits for the disk: what is kept here is read for a
moment and then thrown away.  The daemon's own gate, log and switch are not known here.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from sqlite_utils import Database

from claw.base.clock import SystemClock
from claw.base.config import Config, HouseConfig
from claw.base.documents import read_text
from claw.base.errors import Broken, Unavailable
from claw.daemon.declared import people_of, risky_of, services_of
from claw.daemon.demo import FOLDER, demo_config
from claw.daemon.jumping import Endless
from claw.daemon.proving_actor import Actor
from claw.daemon.proving_rig import PORTS, Ground, MakeHouse, Rules, rig
from claw.gate.children import Children
from claw.gate.messages import SERVICES
from claw.house.file import load_house
from claw.house.model import House, Registry
from claw.house.services import CATALOGUE
from claw.mind.harmless import Harmless
from claw.policy.load import parse_policy
from claw.policy.people import People, Person
from claw.program.api import check_ids, offered, stubs
from claw.program.events import Mistyped
from claw.program.sandbox import Sandbox
from claw.skills.cases import DEMO
from claw.skills.model import Arguments, Report, Skill, Trace
from claw.skills.proving import Effort, Prover
from claw.skills.proving_ground import Asked, Seen, Sentences, Setting
from claw.skills.proving_settings import moment
from claw.skills.runner import source
from claw.store.migrations import migrate

MEMORY = Path("/dev/shm")  # noqa: S108  a folder of its own in there, which only this user can read
"""Where files cost no disk."""
PREFIX = "claw-proof-"
OPEN = "open"
OPEN_POLICY = """\
version: 1
rules:
  - {id: all, allow: "*"}
  - id: risky
    confirm: [lock.unlock, lock.open, valve.open_valve, "alarm_control_panel.*", claw.model]
    ask: {roles: [owner, adult], channels: [web]}
"""
"""The rules of a house that a test brought along."""

BESIDE = Effort(at_once=1)
"""A whole proof, one run at a time."""
BREATH_S = 0.02
"""Real seconds between two runs of a proof in a daemon: a run is some milliseconds of work."""

OWNER = Person("owner", "Owner", "owner")


@dataclass(frozen=True)
class Household:
    """Whose house a proof stands for: the house as it is now, its rules, who lives there."""

    house: Callable[[], House]
    rules: Callable[[], Rules]


@dataclass(frozen=True)
class Known:
    """A house, and the rules in it."""

    house: House
    rules: Rules


class Proving:
    """Fills ``ProvingHouse``; what takes longer than a moment, such as reading rules, is done once, beside the loop."""

    def __init__(self, ground: Ground, household: Household | None) -> None:
        """Without a ``household`` it is the demo's."""
        self._ground = ground
        self._household = household
        self._known: dict[str, Known] = {}
        self._reading = asyncio.Lock()

    async def home(self, name: str = "") -> House:
        """Return the household's house as it was when the proof began, or that of the demo."""
        return (await self._of(DEMO if name == DEMO or self._household is None else "")).house

    async def run(self, skill: Skill, asked: Asked, setting: Setting) -> Seen:
        """Run ``skill`` in ``setting`` once; raises Refused where nobody of that name could ask, Unavailable."""
        async with rig(self._ground, setting, await self._rules(setting)) as one:
            try:
                return await one.clock.live(Actor(one, skill, asked).lived())
            except Endless as error:
                return Seen("failed", setting.house, says=str(error), problem=f"limit: {error}")

    async def checked(self, skill: Skill, arguments: Sequence[Arguments], house: House) -> str:
        """Return what the type checker says against the program in ``house``, empty for nothing; raises Unavailable."""
        services = (await self._of(DEMO if self._household is None else "")).rules.services
        text = stubs(house, offered(PORTS), services)
        try:
            check_ids(skill.program, house, services)
            for given in arguments:
                async with self._ground.sandbox.session(text, moment(house, None), 0) as session:
                    await session.check(source(skill, given))
        except Mistyped as error:
            return error.diagnostics
        except Broken as error:
            raise Unavailable(str(error)) from error
        return ""

    async def _rules(self, setting: Setting) -> Rules:
        if setting.rules == OPEN:
            rules = (await self._of(OPEN)).rules
            return replace(rules, people=_residents(setting.house.registry))
        return (await self._of(DEMO if setting.rules == DEMO or self._household is None else "")).rules

    async def _of(self, name: str) -> Known:
        async with self._reading:
            if name not in self._known:
                read = {DEMO: demo, OPEN: opened}.get(name) or self._own
                self._known[name] = await asyncio.to_thread(read)
        return self._known[name]

    def _own(self) -> Known:
        assert self._household is not None  # noqa: S101  asked by the one caller
        house = self._household.house()
        return Known(House(house.registry, MappingProxyType(dict(house.states))), self._household.rules())


def opened() -> Known:
    """Return the rules of a house that a test brought along; the house itself is the test's."""
    policy = parse_policy(OPEN_POLICY, OPEN, People([OWNER]), None, frozenset({*CATALOGUE, *SERVICES}))
    return Known(House(Registry(), {}), Rules(policy, People([OWNER]), SERVICES))


def demo() -> Known:
    """Return the demo's house, with its own rules and people."""
    config = demo_config(0)
    house = load_house(FOLDER / "house.yaml")
    return Known(house, rules_of(config, house, read_text(config.policy)))


def rules_of(config: Config, house: House, policy: str) -> Rules:
    """Return the rules of a household by its configuration; ``policy`` is the text of its file."""
    people, services = people_of(config, house), services_of(config)
    actions = frozenset({*CATALOGUE, *services})
    found = parse_policy(policy, str(config.policy), people, None, actions)
    return Rules(found, people, services, risky_of(config), config.languages[0])


def _residents(registry: Registry) -> People:
    """Return who lives in a house that a test brought along: an owner at least."""
    people = people_of(Config(house=HouseConfig(simulated=Path("house.yaml"))), House(registry, {}))
    return people if any(one.role == "owner" for one in people) else People([OWNER, *people])


@asynccontextmanager
async def proving(
    household: Household | None,
    make_house: MakeHouse,
    children: Children,
    halted: Callable[[], bool],
) -> AsyncGenerator[Proving]:
    """Give a house for proofs; everything of it is gone afterwards.  Without a ``household`` it is the demo's.

    ``children`` is the stop's list of processes and ``halted`` whether it came, by which the sandbox ends.
    """
    async with AsyncExitStack() as rooms:
        place = MEMORY if os.access(MEMORY, os.W_OK) else Path(tempfile.gettempdir())
        folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=place))
        rooms.push_async_callback(asyncio.to_thread, shutil.rmtree, folder, ignore_errors=True)
        await asyncio.to_thread(_clear, place)
        harmless = await asyncio.to_thread(Harmless)
        template = Database(memory=True, execute_plugins=False)
        rooms.callback(template.close)
        migrate(template)
        sandbox = Sandbox.open(children, SystemClock(), halted)
        rooms.push_async_callback(sandbox.close)
        yield Proving(Ground(folder, template, sandbox, make_house, harmless), household)


def _clear(place: Path) -> None:
    """Take away what a process left there that was killed over a proof: people's words may be in it."""
    for left in place.glob(f"{PREFIX}*"):
        whose = left.name.removeprefix(PREFIX).partition("-")[0]
        if whose.isdigit() and not Path("/proc", whose).exists():
            shutil.rmtree(left, ignore_errors=True)


class Proofs:
    """The proofs of one daemon: one at a time, beside everything else, ended by the stop.

    Fills ``Proves`` (``claw/skills/ground.py``).
    """

    def __init__(
        self,
        household: Household,
        sentences: Sentences,
        make_house: MakeHouse,
        children: Children,
        halted: Callable[[], bool],
        effort: Effort = BESIDE,
    ) -> None:
        """``children`` is the stop's list of processes, ``halted`` whether it came."""
        self._household = household
        self._sentences = sentences
        self._make_house = make_house
        self._children = children
        self._halted = halted
        self._effort = effort
        self._turn = asyncio.Lock()

    async def prove(self, skill: Skill, traces: Sequence[Trace] = ()) -> Report:
        """Return what the proof found; waits for the one before it.  Raises Unavailable when the stop came.

        It may be cancelled at any moment: nothing of it is left.
        """
        async with (
            self._turn,
            proving(self._household, self._make_house, self._children, self._halted) as house,
        ):
            prover = Prover(house, self._sentences, self._effort, halted=self._halted, pause=_breath)
            return await prover.prove(skill, traces)


async def _breath() -> None:
    """Let everything else of the daemon come first: nobody waits for a proof as they wait for a lamp."""
    await asyncio.sleep(BREATH_S)
