"""How each part of a daemon tells whether it works: what its supervision looks at."""

from typing import TYPE_CHECKING

from claw.base.supervised import Looked
from claw.channels.contract import Channel
from claw.daemon.supervision import Supervision

if TYPE_CHECKING:  # it is made there
    from claw.daemon.build import Daemon
    from claw.voice.transcriber import Transcriber

LOG_S = 60.0
"""A log that could not be written so lately does not work."""
HEARS = frozenset({"starting", "listening"})
MINUTES_S = 120.0
"""A microphone or a transcriber starts again by itself, and takes its time."""


def look_after(daemon: "Daemon", supervision: Supervision) -> None:
    """Have ``supervision`` look at everything that runs in ``daemon`` and knows how it does."""
    _look_at_guards(daemon, supervision)
    supervision.look_at("house", lambda: _house(daemon))
    supervision.watch(kept_by(daemon.backend))
    supervision.watch((daemon.routines.keeper.kept, daemon.routines.watching.kept))
    supervision.watch(daemon.web.kept)
    supervision.watch(kept_by(daemon.traces))
    model = daemon.model
    if model is not None:
        supervision.look_at("model", lambda: str(model.status()["problem"]), 0)
    for part, channel in named(daemon.met.channels):
        supervision.watch(kept_by(channel))
        supervision.look_at(part, lambda channel=channel: _channel(channel))
    voice = daemon.voice
    if voice is None:
        return
    supervision.watch(voice.listening)
    for one in voice.microphones:
        said = f"microphone {one.satellite.id}"
        supervision.look_at(said, lambda one=one: "" if one.state in HEARS else one.state, MINUTES_S)
    ear = voice.ear
    if ear is not None:
        supervision.look_at("ears", lambda: _ear(ear))


def named(channels: tuple[Channel, ...]) -> list[tuple[str, Channel]]:
    """Return each channel with what it is called here: its kind, and a number where there are several of it."""
    found: list[tuple[str, Channel]] = []
    for one in channels:
        before = sum(other.kind == one.kind for _, other in found)
        found.append((f"{one.kind} {before + 1}" if before else one.kind, one))
    return found


def kept_by(owner: object) -> tuple[Looked, ...]:
    """Return what somebody keeps going by itself; most have nothing of the kind."""
    kept: Looked | tuple[Looked, ...] = getattr(owner, "kept", ())
    return kept if isinstance(kept, tuple) else (kept,)


def _look_at_guards(daemon: "Daemon", supervision: Supervision) -> None:
    stopping, audit, clock = daemon.stopping, daemon.audit, daemon.clock
    supervision.watch((stopping.heartbeat.kept,))
    supervision.look_at("disk", lambda: "it is full: nothing new is begun" if stopping.reserve.used else "", 0)

    def log() -> str:
        late = bool(audit.failures) and clock.monotonic() - audit.failures[-1] < LOG_S
        return "it could not be written: every act is refused until it can" if late else ""

    supervision.look_at("log", log, 0)


def _house(daemon: "Daemon") -> str:
    mirror = daemon.mirror
    return "" if mirror.ready else f"it cannot be reached: {mirror.link.detail or mirror.link.status}"


def _channel(channel: Channel) -> str:
    told = channel.status()
    return "" if told["ready"] else str(told["detail"]) or "it is not ready"


def _ear(ear: "Transcriber") -> str:
    told = ear.state()
    return "" if told.get("enough") else str(told["problem"])
