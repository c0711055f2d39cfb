"""A daemon that answers from a list, for tests of the command line."""

import json
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CARD = {
    "id": "1f2e3d4c",
    "question": "Shall I do all of this?\n- Unlock the front door",
    "lines": [
        {
            "action": 1,
            "does": "lock.unlock",
            "entity": "lock.front_door",
            "name": '"Front Door"',
            "area": '"Hall"',
            "device_class": "lock",
            "was": "locked",
            "becomes": "unlocked",
            "risky": True,
            "also": False,
        },
        {
            "action": 0,
            "does": "claw.notify",
            "entity": "",
            "name": "",
            "area": "",
            "device_class": "",
            "was": "",
            "becomes": 'text "dinner"',
            "risky": False,
            "also": False,
        },
    ],
    "asker": "",
    "channel": "voice:hall",
    "place": '"Hall"',
    "influenced": ['"calendar"'],
    "rule": "unlock",
    "why": "for people who live here",
    "choices": ["12", "47", "80"],
    "grant_s": 1800.0,
    "expires": "2026-01-05T12:02:00+00:00",
}

STATUS = {
    "link": {"status": "ready", "detail": "", "ready": True},
    "stop": {"engaged": False, "reason": "", "by": "", "local": False, "resumes": None},
    "stopping": {"helper": None, "reserve": {"bytes": 67108864, "used": False}},
    "pause": {"paused": False, "reason": "", "until": ""},
    "drill": {"ok": True, "time": "2026-01-05T04:00:00+00:00"},
    "entities": 81,
    "audit": {
        "entries": 7,
        "holds": True,
        "lost": 0,
        "vouched": {
            "witnesses": [{"name": "the file /w", "entries": 6, "problem": "", "writable": True}],
            "out_of_reach": False,
            "problem": "",
            "strangers": [],
        },
    },
    "pending": 1,
    "policy": "db823fb17e2f2730aaaa",
    "policy_problem": "",
    "policy_notice": "",
    "tokens": 0,
    "model": None,
    "sandbox": "bubblewrap",
}


@dataclass
class FakeDaemon:
    """Listens on the socket of ``state``; ``answers`` by what is asked, ``asked`` in order."""

    state: Path
    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            with peer, peer.makefile("rb") as lines:
                call = json.loads(lines.readline())
                self.asked.append(call)
                answer = self.answers.get(call["do"], {"ok": {}})
                for line in answer if isinstance(answer, list) else [answer]:
                    peer.sendall(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n")


@dataclass
class Said:
    """What a command ended with and printed."""

    code: int
    out: str
    err: str


Cli = Callable[..., Said]
