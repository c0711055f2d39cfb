"""Nothing lost, nothing doubled, the log holds: 200 faults at random in a daemon under load, and how soon it recovers.

    python bench/chaos.py [--json] [--faults 200] [--seed 1]

The house and the model are peers that remember all that reached them; daemon, sandbox and speech to text are real
processes that are killed.  After each fault log, house and what clients were told are held against each other
(``tests/chaos.py``).  Recovery is until the first request made after the fault is done: what only a program does where
the model or its sandbox failed, a clip of sound where speech to text did.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from measure import Figure, report

from tests.chaos import Chaos, chaos


async def lived(faults: int, seed: int) -> Chaos:
    """Give a daemon no peace and return what it cost; raises AssertionError where something was lost or doubled."""
    with tempfile.TemporaryDirectory() as folder:
        speech = None
        if find_spec("faster_whisper") is not None:
            from tests.peers.tiny_whisper import build  # noqa: PLC0415  only where it is installed

            speech = build(Path(folder) / "speech")
        else:
            print("faster-whisper is not installed here: no transcriber is killed", file=sys.stderr)
        async with chaos(Path(folder) / "home", seed, speech) as story:
            await story.run(faults, told=lambda line: print(line, file=sys.stderr, flush=True))
            return story


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--faults", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    story = asyncio.run(lived(given.faults, given.seed))
    figures = [
        Figure("faults, none of which lost or doubled anything", given.faults, ""),
        Figure("requests meanwhile", story.asked, ""),
        Figure("lives of the daemon", story.lives, ""),
    ]
    for kind, took in sorted(story.recovered.items()):
        figures += [
            Figure(f"{kind}, {len(took)} times: until the next request is done, p50", statistics.median(took), "s"),
            Figure("... worst", max(took), "s"),
        ]
    report(figures)


if __name__ == "__main__":
    main()
