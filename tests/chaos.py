"""Faults at random in a whole daemon under load: what it must be held to after each, and how long it takes to recover.

Daemon, sandbox and speech to text are processes of their own; the house and the model are peers which remember all that
reached them.  Every request carries a number that is used once, so that the house, the log and what the clients were
told are held against each other one by one.
"""

import asyncio
import itertools
import json
import os
import random
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from claw.audit.verify import verify
from claw.voice.frames import encode
from tests.peers.counting_hass import CountingHass
from tests.peers.scripted_hass import Client, Message, free_port
from tests.peers.scripted_model import Answer, Asked, ScriptedModel
from tests.peers.shifted_daemon import write as set_clock
from tests.peers.vowel import saying
from tests.running import environment, write_house
from tests.talking import HungUp, local
from tests.wyoming_room import sound

CLIENTS = 4
PATIENCE_S = 90.0
FILLED = 0.5
"""How often the disk is filled where it may be; else the kernel takes nothing more of the daemon's."""
HEARD = "turn on the kitchen lights"
PROGRAM = "work out chore number {} for me, would you"

POLICY = """\
version: 1
rules:
  - {id: own, allow: [claw.notify, claw.model]}
  - {id: comfort, allow: ["light.*", "input_number.*"]}
"""

MORE = """\
model: {{name: small, base_url: "{model}", tokens_per_day: 1000000000}}
"""
VOICE = """\
voice:
  wyoming: {{port: {port}, peers: [{{address: 127.0.0.1, satellites: [assist_satellite.hall]}}]}}
  transcriber: {{engine: whisper, model: "{speech}"}}
"""


class LyingHouse(CountingHass):
    """A house that is slow, says what is not so, answers twice or never, or talks nonsense, as ``mode`` says."""

    def __init__(self, luck: random.Random) -> None:
        super().__init__([*(f"n{number}" for number in range(CLIENTS)), "probe", "program"], luck)
        self.mode = ""
        self.lied: set[float] = set()
        self.silenced: set[float] = set()

    async def _later(self, client: Client, message: Message) -> None:
        value, mode = message["service_data"].get("value"), self.mode
        if mode == "slow":
            await asyncio.sleep(self._luck.uniform(0.2, 1.2))
        if mode == "lies":
            self.lied.add(value)
            await client.result(message, {"context": {"id": f"lie-{next(self._contexts)}"}})
            return
        if mode == "drops":
            self.silenced.add(value)
            return
        await super()._later(client, message)
        with suppress(ConnectionError, RuntimeError):
            if mode == "doubles":
                await client.result(message, {"context": {"id": "again"}})
            if mode == "garbles":
                await client.ws.send_str(
                    self._luck.choice(['{"id": 1, "type"', "\x00\x01", "[[[[[[", '{"id": {}}', "]"])
                )

    def cut(self) -> None:
        """Cut every connection, in the middle of whatever it says."""
        for client in self.clients:
            transport = client.ws._req.transport if client.ws._req is not None else None
            if transport is not None:
                transport.abort()
        self.clients = [client for client in self.clients if not client.ws.closed]


class Chores(ScriptedModel):
    """Writes for each chore the program that sets its number; ``down`` answers with errors."""

    def __init__(self) -> None:
        super().__init__()
        self.failing = False

    def _next(self, asked: Asked) -> Answer:
        if self.failing:
            return Answer(status=500)
        found = re.findall(r"chore number (\d+)", asked.said)
        if not found:
            return Answer(status=400, message="nothing is scripted for this")
        return Answer(program=f'await call("input_number.set_value", "input_number.program", value={found[-1]})')


@dataclass
class Told:
    """What a client was told: the status, and the entry of the log that stands for it."""

    status: str
    entry: int | None


@dataclass
class Chaos:
    """One daemon that is given no peace, and all that was sent and told over all its lives."""

    folder: Path
    house: LyingHouse
    model: Chores
    luck: random.Random
    speech: Path | None
    port: int
    small_disk: bool
    values: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    told: dict[int, Told] = field(default_factory=dict)
    recovered: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    process: "subprocess.Popen[bytes] | None" = None
    lives: int = 0
    asked: int = 0
    resets: int = 0
    worked: Counter[str] = field(default_factory=Counter)
    replies: Counter[str] = field(default_factory=Counter)
    said: Counter[str] = field(default_factory=Counter)
    _over: bool = False

    @property
    def state(self) -> Path:
        return self.folder / "state"

    # The daemon's lives.

    def start(self) -> None:
        self.lives += 1
        words = ("run", "--config", str(self.folder / "config.yaml"), "--state-dir", str(self.state))
        command = [sys.executable, "-m", "tests.peers.shifted_daemon", str(self.folder / "ahead"), *words]
        more = {"CLAW_HOUSE_TOKEN": self.house.token, "OPENAI_API_KEY": "k"}
        with (self.folder / "out").open("ab") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=out, env={**environment(), **more})

    async def end(self, number: int = signal.SIGKILL) -> None:
        assert self.process is not None
        self.process.send_signal(number)
        await asyncio.to_thread(self.process.wait, 30)

    def children(self, word: str) -> list[int]:
        """Return the processes below the daemon whose command has ``word`` in it."""
        assert self.process is not None
        parents: dict[int, int] = {}
        found: list[int] = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with suppress(OSError, IndexError, ValueError):
                    parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                    if word in (entry / "cmdline").read_bytes().decode(errors="replace"):
                        found.append(int(entry.name))
        return [pid for pid in found if self.process.pid in _above(pid, parents)]

    # The load.

    async def act(self, entity: str) -> bool:
        """Have a number set that nobody else sets, and return whether it was said to be done."""
        value = next(self.values)
        async with local(self.state) as claw:
            self.asked += 1
            reply = await asyncio.wait_for(claw.act("input_number.set_value", entity, value=value), PATIENCE_S)
        return self._note(value, reply)

    async def chore(self) -> bool:
        """Ask for what only a program does, and return whether it was said to be done."""
        value = next(self.values)
        async with local(self.state) as claw:
            self.asked += 1
            reply = await asyncio.wait_for(claw.say(PROGRAM.format(value), f"chore{value}"), PATIENCE_S)
        return self._note(value, reply)

    async def clip(self) -> bool:
        """Say something, and return whether it was heard."""
        audio = saying(HEARD)
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError as error:
            raise HungUp(str(error)) from error
        try:
            writer.write(b"".join(encode(one) for one in sound(audio.pcm, rate=audio.rate)))
            answer = await asyncio.wait_for(reader.read(4096), 30)
        except (OSError, TimeoutError):
            return False
        finally:
            writer.close()
        return HEARD.encode() in answer

    def _note(self, value: int, reply: Mapping[str, Any]) -> bool:
        outcomes = reply.get("outcomes") or [{}]
        self.told[value] = Told(str(reply.get("status", "error")), outcomes[0].get("audit"))
        self.replies[str(reply.get("status", "error"))] += 1
        self.said[re.sub(r"\d+", "N", str(reply.get("text", reply)))[:160]] += 1
        return reply.get("status") == "done"

    async def load(self, work: Callable[[], Awaitable[bool]], pause_s: float, name: str) -> None:
        """Do one thing after the other, whatever becomes of each."""
        while not self._over:
            try:
                worked = await work()
                self.worked[name] += worked
            except (HungUp, TimeoutError):
                await asyncio.sleep(0.05)
            await asyncio.sleep(pause_s)

    async def recovers(self, since: float, work: Callable[[], Awaitable[bool]], kind: str) -> float:
        """Return how many seconds after ``since`` a request that was made afterwards was done."""
        while time.monotonic() - since < PATIENCE_S:
            with suppress(HungUp, TimeoutError):
                if await work():
                    took = time.monotonic() - since
                    self.recovered[kind].append(took)
                    return took
            await asyncio.sleep(0.1)
        raise AssertionError(f"{kind}: not recovered within {PATIENCE_S:g} s\n{self.output()}")

    def output(self) -> str:
        return (self.folder / "out").read_text(errors="replace")[-6000:]

    async def acts_again(self, since: float, kind: str) -> float:
        return await self.recovers(since, lambda: self.act("input_number.probe"), kind)

    # The faults.

    def faults(self) -> dict[str, Callable[[str], Awaitable[object]]]:
        kinds: dict[str, Callable[[str], Awaitable[object]]] = {
            "kill -9 daemon": self._kill_daemon,
            "corrupt WAL": self._corrupt_wal,
            "Home Assistant restart": self._restart_house,
            "socket cut": self._cut,
            "slow replies": self._slow,
            "lying replies": self._lies,
            "lost replies": self._drops,
            "replies twice": self._doubles,
            "garbled frames": self._garbles,
            "full disk": self._full_disk,
            "clock jump": self._jump,
            "model 500s": self._model_down,
            "kill sandbox worker": self._kill_worker,
        }
        if self.speech is not None:
            kinds["kill transcriber"] = self._kill_ears
        return kinds

    async def _kill_daemon(self, kind: str) -> None:
        await self.end()
        since = time.monotonic()
        self.start()
        await self.acts_again(since, kind)

    async def _corrupt_wal(self, kind: str) -> None:
        """Have the end of both logs torn, as when the power goes in the middle of a write."""
        await self.end()
        for name in ("audit.db-wal", "claw.db-wal"):
            with (self.state / name).open("ab") as wal:
                wal.write(self.luck.randbytes(self.luck.randint(1, 9000)))
        since = time.monotonic()
        self.start()
        await self.acts_again(since, kind)

    async def _restart_house(self, kind: str) -> None:
        await self.house.down()
        await asyncio.sleep(self.luck.uniform(0.2, 1.5))
        await self.house.up()
        await self.acts_again(time.monotonic(), kind)

    async def _cut(self, kind: str) -> None:
        since = time.monotonic()
        self.house.cut()
        await self.acts_again(since, kind)

    async def _in_mode(self, mode: str, kind: str, *, cut: bool = False) -> None:
        self.house.mode = mode
        await asyncio.sleep(self.luck.uniform(0.3, 1.0))
        self.house.mode = ""
        if cut:
            self.house.cut()
        await self.acts_again(time.monotonic(), kind)

    async def _slow(self, kind: str) -> None:
        await self._in_mode("slow", kind)

    async def _lies(self, kind: str) -> None:
        await self._in_mode("lies", kind)

    async def _drops(self, kind: str) -> None:
        await self._in_mode("drops", kind, cut=True)

    async def _doubles(self, kind: str) -> None:
        await self._in_mode("doubles", kind)

    async def _garbles(self, kind: str) -> None:
        await self._in_mode("garbles", kind)

    async def _full_disk(self, kind: str) -> None:
        # A file that is long enough already takes what is written into it, however full the disk is.
        if self.small_disk and self.luck.random() < FILLED:
            await self._fill()
        else:
            await self._limit()
        since = time.monotonic()
        await self._reset()
        await self.acts_again(since, kind)

    async def _reset(self) -> None:
        """Do what only a person does: a log that could not be written again and again has stopped the house."""
        async with local(self.state) as claw:
            if (await claw.ask("status"))["stop"]["engaged"]:
                self.resets += 1
                await claw.ask("reset", reason="there is room on the disk again")

    async def _fill(self) -> None:
        """Fill the disk that the state directory is on, to the last byte."""
        filler = self.folder / "state" / "filler"
        with filler.open("wb") as file:
            piece = b"\0" * (1 << 20)
            for size in (1 << 20, 4096, 1):
                with suppress(OSError):
                    while True:
                        os.write(file.fileno(), piece[:size])
        await asyncio.sleep(self.luck.uniform(0.5, 1.5))
        filler.unlink()

    async def _limit(self) -> None:
        """Have the kernel take nothing more of the daemon's, where no disk of its own can be had."""
        assert self.process is not None
        before = resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (4096, before[1]))
        await asyncio.sleep(self.luck.uniform(0.5, 1.5))
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, before)

    async def _jump(self, kind: str) -> None:
        hours = self.luck.choice((-72.0, -2.0, -0.02, 0.0, 0.02, 2.0, 26.0, 1000.0))
        since = time.monotonic()
        set_clock(self.folder / "ahead", hours * 3600)
        await self.acts_again(since, kind)

    async def _model_down(self, kind: str) -> None:
        self.model.failing = True
        await asyncio.sleep(self.luck.uniform(0.5, 2.0))
        self.model.failing = False
        await self.recovers(time.monotonic(), self.chore, kind)

    async def _kill_worker(self, kind: str) -> None:
        until = time.monotonic() + 20
        while not (workers := self.children("monty")):
            assert time.monotonic() < until, f"no worker was ever there\n{self.output()}"
            await asyncio.sleep(0.02)
        await self._kill_all(workers)
        await self.recovers(time.monotonic(), self.chore, kind)

    async def _kill_ears(self, kind: str) -> None:
        until = time.monotonic() + 30
        while not (ears := self.children("whisper_child")):
            assert time.monotonic() < until, f"nobody listens\n{self.output()}"
            await asyncio.sleep(0.05)
        await self._kill_all(ears)
        await self.recovers(time.monotonic(), self.clip, kind)

    @staticmethod
    async def _kill_all(pids: list[int]) -> None:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def table(self) -> list[str]:
        """Return what every kind of fault cost: how often, and seconds until the next request was done."""
        rows = [f"{'fault':<24}{'times':>6}{'median s':>10}{'p99 s':>8}{'worst s':>9}"]
        for kind, took in sorted(self.recovered.items()):
            ordered = sorted(took)
            late = ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]
            rows.append(f"{kind:<24}{len(took):>6}{median(took):>10.2f}{late:>8.2f}{ordered[-1]:>9.2f}")
        told = ", ".join(f"{status} {count}" for status, count in self.replies.most_common())
        hung = self.asked - self.replies.total()
        rows.append(f"{self.asked} requests in {self.lives} lives: {told}; the line broke before the answer {hung}")
        rows.append(f"stops by a log that could not be written, which a person reset: {self.resets}")
        return rows

    # What it is held to.

    async def holds(self) -> None:
        """Hold log, house and clients against each other; raises AssertionError."""
        told = dict(self.told)
        sent = [value for _, _, value in self.house.sent() if value is not None]
        found = await asyncio.to_thread(verify, self.state / "audit.db")
        assert found.ok, found.problems
        for again in range(100):
            intents, outcomes, refused = await asyncio.to_thread(self._rows)
            lost = [
                value for value, one in told.items() if one.entry is not None and one.entry not in outcomes | refused
            ]
            if not lost or again == 99:
                break
            await asyncio.sleep(0.05)  # what is told is noted, and is on disk within moments
        assert lost == [], f"told, and without an outcome in the log: {[(v, told[v]) for v in lost]}"
        for value, one in told.items():
            if one.entry in intents:
                assert intents[one.entry].get("data", {}).get("value") == value, (value, one)
            if one.status == "done":
                assert one.entry is None or outcomes[one.entry] in {"done", "unknown"}, (value, one)
                assert value not in self.house.lied, f"{value} was said to be done, and was not"
                assert value in sent, f"{value} was said to be done and never sent"
        times = Counter(sent)
        assert set(times.values()) <= {1}, f"done twice: {[value for value, count in times.items() if count > 1]}"
        meant = {one["data"]["value"] for one in intents.values() if "value" in one.get("data", {})}
        assert set(sent) <= meant, "the house was asked for what the log does not know"

    def _rows(self) -> tuple[dict[int, dict[str, Any]], dict[int, str], dict[int, str]]:
        """Return the log's intents, the outcome of each that has one, and what was refused, by their numbers."""
        with sqlite3.connect(f"{(self.state / 'audit.db').as_uri()}?mode=ro", uri=True) as db:
            rows = db.execute(
                "select seq, kind, parent, body from rows left join payloads using (seq) "
                "where kind in ('intent', 'outcome', 'refusal') order by seq"
            ).fetchall()
        db.close()
        intents = {seq: json.loads(body)["action"] for seq, kind, _, body in rows if kind == "intent"}
        outcomes = {parent: json.loads(body)["status"] for _, kind, parent, body in rows if kind == "outcome"}
        return intents, outcomes, {seq: "refused" for seq, kind, _, _ in rows if kind == "refusal"}

    # The run.

    async def run(self, faults: int, *, told: Callable[[str], None] = lambda _: None) -> None:
        """Give it so many faults, each kind as often as any other, in an order of luck; hold it to all after each."""
        self.start()
        await self.acts_again(time.monotonic(), "first start")
        clients = [self.load(lambda n=n: self.act(f"input_number.n{n}"), 0.03, "acts") for n in range(CLIENTS)]
        clients.append(self.load(self.chore, 0.3, "programs"))
        if self.speech is not None:
            await self.recovers(time.monotonic(), self.clip, "first clip")
            clients.append(self.load(self.clip, 1.0, "clips"))
        tasks = [asyncio.create_task(one) for one in clients]
        kinds = self.faults()
        order: list[str] = []
        while len(order) < faults:
            order += self.luck.sample(sorted(kinds), len(kinds))
        try:
            for number, kind in enumerate(order[:faults], 1):
                await asyncio.sleep(self.luck.uniform(0.05, 0.5))
                await kinds[kind](kind)
                await self.holds()
                told(f"{number:>4}  {kind:<24} {self.recovered[kind][-1]:7.2f} s")
        finally:
            self._over = True
            await asyncio.gather(*tasks, return_exceptions=True)
        await self._all_settled()
        await self.end(signal.SIGTERM)
        await self.holds()

    async def _all_settled(self) -> None:
        for _ in range(400):
            intents, outcomes, _ = await asyncio.to_thread(self._rows)
            if not intents.keys() - outcomes.keys():
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"without an outcome: {sorted(intents.keys() - outcomes.keys())}")


def _above(pid: int, parents: Mapping[int, int]) -> Iterator[int]:
    while pid := parents.get(pid, 0):
        yield pid


def mounted(folder: Path, megabytes: int) -> bool:
    """Give ``folder`` a disk of its own where this user may; return whether it has one."""
    mount = shutil.which("mount")
    if mount is None:
        return False
    size = f"size={megabytes}m"
    return (
        subprocess.run(
            [mount, "-t", "tmpfs", "-o", size, "none", str(folder)], check=False, capture_output=True
        ).returncode
        == 0
    )


@asynccontextmanager
async def chaos(folder: Path, seed: int, speech: Path | None, *, disk_mb: int = 600) -> AsyncIterator[Chaos]:
    """Give a house, a model and a daemon that is not begun yet; ``speech`` is a model for speech to text, if any."""
    luck = random.Random(seed)
    (folder / "state").mkdir(mode=0o700, parents=True)
    small = mounted(folder / "state", disk_mb)
    async with AsyncExitStack() as stack:
        if small:
            stack.callback(subprocess.run, ["umount", "-l", str(folder / "state")], check=False)
        (folder / "state").chmod(0o700)
        house = await stack.enter_async_context(LyingHouse(luck))
        model = await stack.enter_async_context(Chores())
        port = free_port()
        more = MORE.format(model=model.base_url) + (VOICE.format(port=port, speech=speech) if speech else "")
        write_house(folder, {"url": house.url}, POLICY, more=more)
        set_clock(folder / "ahead", 0.0)
        made = Chaos(folder, house, model, luck, speech, port, small)
        try:
            yield made
        finally:
            if made.process is not None and made.process.poll() is None:
                made.process.kill()
                made.process.wait(20)
