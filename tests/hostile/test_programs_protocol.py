"""What somebody would try with the way programs and Claw talk: errors, answers, what is kept, and who dies when."""

import asyncio
import itertools
import shutil
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from claw.base.errors import Broken, Unavailable
from claw.program import session as session_module
from claw.program.events import Answer, Call, Ended, Failed, Trouble, Value, Wave
from claw.program.waiting import MOST_CALLS, MOST_DENIALS
from tests.sandbox_room import HANG_S, room

ON = 'await call("light.turn_on", "light.a")'
ROOT = Path(__file__).parents[2]


def refusing(call: Call) -> Answer:
    return Trouble("PermissionError", "that is denied", denied=True)


SWALLOW = """
n = 0
while n < 400:
    try:
        {what}
    except Exception:
        pass
    n += 1
await call("light.turn_off", "light.b")
"""


NO_NUMBER = "await call('light.turn_on', float('nan'))"


@pytest.mark.parametrize("what", ["open('/etc/passwd')", NO_NUMBER, ON], ids=["machine", "no data", "rules"])
async def test_denials_that_are_swallowed_are_counted(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    monkeypatch.setattr(session_module, "prescan", lambda source, functions: None)
    async with room() as held:
        end = await held.run(SWALLOW.format(what=what), typed=False, answer=refusing)
    assert isinstance(end, Failed)
    assert end.kind == "abandoned"
    assert len(held.calls) == (MOST_DENIALS if what == ON else 0), "what comes after them is never asked for"


async def test_denials_add_up_whatever_denied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "prescan", lambda source, functions: None)
    source = "".join(
        f"try:\n    {what}\nexcept Exception:\n    pass\n"
        for what in ("open('/etc/passwd')", "await call('light.turn_on', 1e999)", ON, ON)
    )
    async with room() as held:
        end = await held.run(source, typed=False, answer=refusing)
    assert isinstance(end, Failed)
    assert end.kind == "abandoned"
    assert len(held.calls) == 1


async def test_an_error_that_looks_like_a_limit_is_an_error_like_any() -> None:
    async with room() as held:
        end = await held.run(f'{ON}\nraise TimeoutError("feed time limit exceeded: 2.0s > 2s")')
        assert isinstance(end, Failed)
        assert (end.kind, end.line) == ("TimeoutError", 2)
        end = await held.run(f'try:\n    raise MemoryError("memory limit exceeded")\nexcept MemoryError:\n    {ON}\n5')
        assert isinstance(end, Ended)
        assert len(held.calls) == 2


NO_DATA = (
    "float('nan')",
    "float('inf')",
    "-float('inf')",
    "10**400",
    "2**53 + 1",
    "'light.a\\u202e'",
    "'light\\u200b.a'",
    "'a\\x00b'",
    "'a\\x1b[31m'",
    "lambda: 1",
    "print",
    "int",
    "range(3)",
    "b'light.a'",
    "{'light.a'}",
    "{1: 2}",
    "1j",
    "ValueError('x')",
    "Own()",
    "Own",
    "Own().method",
    "own",
    "own()",
    "datetime.datetime(2026, 1, 1)",
    "...",
    "'x' * 100_000",
    "[['light.a'] * 100] * 100",
    "deep",
)
PLACES = ("{}", "['light.a', {}]", "'light.a', brightness={}", "'light.a', {{'x': [{}]}}")
MADE = """
import datetime
class Own:
    def method(self):
        pass
async def own():
    pass
deep = []
for n in range(50):
    deep = [deep]
"""


async def test_what_is_no_data_is_never_delivered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "prescan", lambda source, functions: None)
    async with room() as held:
        for argument, place in zip(NO_DATA, itertools.cycle(PLACES), strict=False):
            end = await held.run(f"{MADE}await call('light.turn_on', {place.format(argument)})", typed=False)
            assert isinstance(end, Failed), (argument, place)
            assert end.kind == "ValueError", (argument, place, end)
            assert held.calls == [], (argument, place)
        for value in NO_DATA:
            end = await held.run(f"{MADE}{value}", typed=False)
            assert isinstance(end, Failed), value
            assert end.kind == "ValueError", value


async def test_a_secret_in_an_error_does_not_reach_the_program() -> None:
    secret = "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJhYmNkZWYifQ.Q2xhdzEyMzQ1Njc4OTA"
    said = f"GET http://10.0.0.7:8123/api?token={secret} failed, see /var/lib/claw/keys/seal.key; Bearer {secret}"
    source = f"try:\n    {ON}\nexcept Exception as error:\n    found = str(error)\nfound"
    async with room() as held:
        end = await held.run(source, answer=lambda call: Trouble("SomethingOfOurs", said))
    assert isinstance(end, Ended)
    assert "failed" in end.value
    for part in (secret, secret[:20], "10.0.0.7", "seal.key", "/var"):
        assert part not in end.value


async def test_an_answer_is_given_once_and_whole() -> None:
    async with room() as held, held.session() as session:
        wave = await session.start(f'import asyncio\nawait asyncio.gather({ON[6:]}, ask("?"))\nawait ask("!")')
        assert isinstance(wave, Wave)
        first, second = (call.id for call in wave.calls)
        for wrong in ({}, {first: Value(1)}, {first: Value(1), 99: Value(1)}, {1: Value(1), 2: Value(1), 3: Value(1)}):
            with pytest.raises(ValueError, match="exactly"):
                await session.resume(wrong)
        after = await session.resume({first: Value(1), second: Value(2)})
        assert isinstance(after, Wave)
        with pytest.raises(ValueError, match="exactly"):
            await session.resume({first: Value(1), second: Value(2)})
        end = await session.resume({after.calls[0].id: Value(3)})
        assert isinstance(end, Ended)
        with pytest.raises(ValueError, match="exactly"):
            await session.resume({after.calls[0].id: Value(3)})


async def test_what_was_kept_goes_on_in_another_process_and_another_sandbox() -> None:
    source = 'x = [1]\nname = await ask("who?")\nx.append(name)\nprint(x)\nstate("light.a")\nx'
    async with room() as held, held.session() as session:
        wave = await session.start(source)
        kept, pid = session.dump(), session.pid
    async with room() as other, other.session(typed=False) as session:
        assert await session.load(kept) == wave
        assert session.pid != pid
        assert isinstance(wave, Wave)
        again = await session.resume({wave.calls[0].id: Value("anna")})
        assert isinstance(again, Wave)
        assert [(call.name, call.span.line) for call in again.calls] == [("state", 5)]
        end = await session.resume({again.calls[0].id: Value("on")})
    assert end == Ended([1, "anna"], "[1, 'anna']\n")


async def test_what_was_kept_and_then_damaged_harms_nobody() -> None:
    random = Random(11)
    async with room() as held:
        async with held.session() as session:
            await session.start('x = "abc" * 10\nawait ask("who?")\nx')
            kept = session.dump()
        damaged = [kept[: random.randrange(len(kept))] for _ in range(20)]
        for _ in range(60):
            flipped = bytearray(kept)
            flipped[random.randrange(len(kept))] ^= 1 << random.randrange(8)
            damaged.append(bytes(flipped))
        for data in [*damaged, b"", b"claw program 1\n", b"claw program 1\n{}\nx", b"\x00" * 1000]:
            async with asyncio.timeout(HANG_S), held.session(typed=False) as session:
                try:
                    event = await session.load(data)
                    while isinstance(event, Wave):
                        assert {call.name for call in event.calls} <= {"ask", *_near("ask")}
                        event = await session.resume({call.id: Value("x") for call in event.calls})
                except Broken:
                    pass
        assert isinstance(await held.run(ON), Ended)


def _near(name: str) -> set[str]:
    """Every name that one flipped bit makes of ``name``."""
    return {
        name[:at] + chr(ord(letter) ^ 1 << bit) + name[at + 1 :] for at, letter in enumerate(name) for bit in range(8)
    }


async def test_a_program_that_is_let_go_while_it_runs_is_never_heard_of_again() -> None:
    async with room() as held, held.session() as session:
        running = asyncio.create_task(session.start(f"n = 0\nwhile n < 10**9:\n    n += 1\n{ON}"))
        await asyncio.sleep(0.05)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        with pytest.raises(ValueError, match="exactly"):
            await session.resume({0: Value(1)})
        with pytest.raises(ValueError, match="one program"):
            await session.start(ON)
        pid = session.pid
    assert held.calls == []
    await gone(pid)


async def test_when_the_sandbox_is_closed_what_runs_ends_and_nothing_starts() -> None:
    async with room() as held:
        sources = ("while True:\n    pass", f"while True:\n    {ON}")
        running = [asyncio.create_task(held.run(source)) for source in sources]
        await asyncio.sleep(0.1)
        await held.sandbox.close()
        async with asyncio.timeout(HANG_S):
            ends = await asyncio.gather(*running, return_exceptions=True)
        assert all(isinstance(end, (Failed, Unavailable)) for end in ends), ends
        with pytest.raises(Unavailable):
            await held.run(ON)
    assert held.children.alive() == []


async def test_a_program_has_so_many_calls_and_no_more() -> None:
    async with room() as held:
        caught = f"    try:\n        {ON}\n    except Exception:\n        pass"
        end = await held.run(f"n = 0\nwhile n < {MOST_CALLS + 1}:\n    n += 1\n{caught}")
        assert isinstance(end, Failed)
        assert end.kind == "abandoned"
        assert len(held.calls) == MOST_CALLS
        await held.run(f"import asyncio\nawait asyncio.gather(*[{ON[6:]} for n in range({MOST_CALLS + 1})])")
        assert len(held.calls) == MOST_CALLS, "and none of what is asked for at once"


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def gone(pid: int) -> None:
    """Wait until no process ``pid`` runs."""
    async with asyncio.timeout(HANG_S):
        while runs(pid):  # noqa: ASYNC110  the kernel tells nobody
            await asyncio.sleep(0.02)


PARENT = """
import asyncio, sys
from claw.program.events import Value, Wave
from tests.sandbox_room import room

async def main():
    async with room(sys.argv[1]) as held, held.session() as session:
        wave = await session.start('await ask("?")\\nwhile True:\\n    pass')
        print(session.pid, flush=True)
        if sys.argv[2] == "waits":
            await asyncio.sleep(60)
        await session.resume({wave.calls[0].id: Value(1)})

asyncio.run(main())
"""


@pytest.mark.parametrize("doing", ["waits", "spins"])
@pytest.mark.parametrize("wrapper", ["plain", "auto"])
async def test_when_the_daemon_is_killed_nothing_of_the_sandbox_is_left(wrapper: str, doing: str) -> None:
    if wrapper == "auto" and not shutil.which("bwrap"):
        pytest.skip("BUBBLEWRAP IS NOT INSTALLED: nothing was tried in it")
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, wrapper, doing, stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    assert parent.stdout
    pid = int(await parent.stdout.readline())
    below = _below(pid)
    await asyncio.sleep(0.1)
    parent.kill()
    await parent.wait()
    for one in {pid, *below}:
        await gone(one)


def _below(pid: int) -> list[int]:
    found = [int(one) for path in Path(f"/proc/{pid}/task").glob("*/children") for one in path.read_text().split()]
    return [*found, *(lower for one in found for lower in _below(one))]


ENDS = """
import asyncio
from tests.sandbox_room import room

async def main():
    async with room() as held:
        print((await held.run("1 + 1")).value)

asyncio.run(main())
"""


def test_a_command_that_used_the_sandbox_ends_as_it_should() -> None:
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, "-c", ENDS], capture_output=True, text=True, cwd=ROOT, check=False, timeout=HANG_S
        )
        assert (done.returncode, done.stdout) == (0, "2\n"), done.stderr
