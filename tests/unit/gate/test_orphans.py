"""Two forks make no stranger: what a child leaves behind is told as the daemon's own, and is collected when dead."""

import subprocess
import sys

DAEMON = """
import os, sys, time
from claw.gate.children import Family, look
from claw.gate.orphans import LOOKS, Orphans, adopt, _below

assert {adopting} or adopt()
told, tell = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.write(tell, b"%d" % os.getpid())
        os.close(tell)
        time.sleep({lives})
        os._exit(0)
    os._exit(0)
os.close(tell)
os.wait()
orphan = int(os.read(told, 20))
time.sleep(0.3)
print(Family({{}}, uid=1000).owns(orphan, 1000))
if {lives} < 1:
    orphans = Orphans()
    for _ in range(LOOKS - 1):
        orphans.collect()
    assert orphan in _below(os.getpid())
    orphans.collect()
    assert orphan not in _below(os.getpid())
else:
    os.kill(orphan, 9)
"""


def told(*, adopting: bool, lives: float) -> str:
    code = DAEMON.format(adopting=not adopting, lives=lives)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_what_was_forked_twice_is_still_the_daemons_own() -> None:
    assert told(adopting=True, lives=5) == "True"
    assert told(adopting=False, lives=5) == "False"


def test_what_was_adopted_is_collected_when_it_is_dead_for_a_while() -> None:
    assert told(adopting=True, lives=0.1) == "True"
