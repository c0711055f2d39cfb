"""Nothing lost, nothing doubled, the log holds: 200 faults at random in a daemon under load, and how soon it recovers.

    python -m bench.chaos [--faults 200] [--seed 1]

The house and the model are peers that remember all that reached them; daemon, sandbox and speech to text are real
processes that are killed.  After each fault log, house and what clients were told are held against each other
(``tests/chaos.py``).  Recovery is until the first request made after the fault is done: what only a program does where
the model or its sandbox failed, a clip of sound where speech to text did.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

from tests.chaos import chaos


async def main() -> int:
    """Give it no peace and print what it cost; return the exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--faults", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        speech = None
        if find_spec("faster_whisper") is not None:
            from tests.peers.tiny_whisper import build  # noqa: PLC0415  only where it is installed

            speech = build(Path(folder) / "speech")
        else:
            print("faster-whisper is not installed here: no transcriber is killed")
        async with chaos(Path(folder) / "home", asked.seed, speech) as story:
            await story.run(asked.faults, told=lambda line: print(line, flush=True))
            print(*story.table(), sep="\n")
    print(f"{asked.faults} faults, seed {asked.seed}, {time.monotonic() - began:.0f} s: nothing lost, nothing doubled")
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
