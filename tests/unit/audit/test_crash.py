"""What is left of a log when its process or its disk goes away in the middle."""

import asyncio
import random
import selectors
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from claw.audit.log import AuditLog
from claw.audit.verify import MOST_PROBLEMS, verify, verify_tail
from claw.base.clock import SystemClock

WRITER = """
import asyncio, os, sys
from pathlib import Path
from claw.audit.log import AuditLog
from claw.base.clock import SystemClock

async def caller(log, name):
    while True:
        intent = await log.append("intent", {"caller": name, "text": "x" * (name * 200)})
        os.write(1, b"%d\\n" % intent)
        log.note("outcome", {"status": "done"}, parent=intent)
        if name % 3 == 0:
            await asyncio.sleep(0.001)

async def main():
    log = AuditLog.open(Path(sys.argv[1]), SystemClock())
    log._slow_until = float(sys.argv[2])
    await asyncio.gather(*(caller(log, name) for name in range(12)))

asyncio.run(main())
"""


def killed(path: Path, chance: random.Random) -> list[int]:
    """Run a writer, kill it at a random moment under load and return the numbers it was told."""
    in_thread = chance.choice(["-inf", "inf"])
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path), in_thread], stdout=subprocess.PIPE)
    assert writer.stdout is not None
    output = b""
    try:
        deadline: float | None = None
        with selectors.DefaultSelector() as selector:
            selector.register(writer.stdout, selectors.EVENT_READ)
            while deadline is None or time.monotonic() < deadline:
                if not selector.select(10 if deadline is None else max(deadline - time.monotonic(), 0)):
                    break
                chunk = writer.stdout.read1()
                assert chunk, "the writer ended by itself"
                output += chunk
                deadline = deadline or time.monotonic() + chance.uniform(0, 0.15)
    finally:
        writer.send_signal(signal.SIGKILL)
        rest, _ = writer.communicate()
    return [int(line) for line in (output + rest).split(b"\n")[:-1]]


@pytest.mark.parametrize(
    "kills",
    [pytest.param(20, id="20"), pytest.param(200, id="200", marks=[pytest.mark.prove, pytest.mark.timeout(600)])],
)
def test_whatever_was_acknowledged_survives_a_kill_at_any_moment(tmp_path: Path, kills: int) -> None:
    path = tmp_path / "audit.db"
    chance = random.Random(kills)
    acknowledged: set[int] = set()
    for _ in range(kills):
        told = killed(path, chance)
        assert told
        assert not acknowledged.intersection(told), "a number was given twice"
        acknowledged.update(told)
        assert verify_tail(path) == ""
    verification = verify(path)
    assert verification.ok
    assert max(acknowledged) <= verification.rows

    async def check() -> None:
        log = AuditLog.open(path, SystemClock())
        assert log.tail_ok
        missing = [seq for seq in acknowledged if (entry := log.entry(seq)) is None or entry.kind != "intent"]
        assert missing == []
        unfinished = {entry.seq for entry in log.unfinished()}
        assert unfinished
        assert unfinished >= {problem.seq for problem in verification.problems[:MOST_PROBLEMS]}
        await log.append("start", {})
        await log.close()

    asyncio.run(check())


FULL_DISK = """
import asyncio, resource, signal, sys
from pathlib import Path
from claw.audit.log import AuditLog
from claw.base.clock import SystemClock
from claw.base.errors import Broken

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

def limit(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

async def main():
    log = AuditLog.open(Path(sys.argv[1]), SystemClock())
    for _ in range(5):
        await log.append("request", {"text": "x" * 1000})
    limit(150_000)
    refused = []
    while len(refused) < 3:
        batch = [log.append("intent", {"text": "x" * 1000}) for _ in range(7)]
        answers = await asyncio.gather(*batch, return_exceptions=True)
        if any(isinstance(answer, Exception) for answer in answers):
            assert all(isinstance(answer, Broken) for answer in answers), answers
            refused.append(answers[0])
    print(refused[0])
    held = log.head()
    assert len(log.failures) == 3
    limit(resource.RLIM_INFINITY)
    assert await log.append("request", {}) == held.seq + 1
    await log.close()
    print(held.seq + 1)

asyncio.run(main())
"""


def test_a_full_disk_refuses_whole_batches_and_the_log_goes_on_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    child = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(path)], capture_output=True, text=True, timeout=30, check=False
    )
    assert child.returncode == 0, child.stderr
    said, rows = child.stdout.splitlines()
    assert said.startswith("the audit log cannot be written: ")
    verification = verify(path)
    assert verification.ok
    assert verification.rows == int(rows)
    assert verification.rows > 5


def test_a_log_that_cannot_even_be_created_is_broken(tmp_path: Path) -> None:
    code = (
        "import resource, signal, sys; from pathlib import Path; from claw.audit.log import AuditLog;"
        "from claw.base.clock import SystemClock; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)); AuditLog.open(Path(sys.argv[1]), SystemClock())"
    )
    child = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "audit.db")],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert "claw.base.errors.Broken" in child.stderr
