"""The figures of a whole daemon for a monitoring program, beside those of its status: what ``/metrics`` adds.

Imported when somebody first asks for them.  Every label is a word of Claw's own from a short list: no name of a person,
a thing, a room, a rule or a routine can come in, however busy the house is.
"""

import os
import resource
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from claw.base.errors import ClawError
from claw.base.spread import Spread
from claw.channels.tally import Tally
from claw.channels.web.metrics import Labels, Metric, counter, counts, gauge
from claw.house.backend import LinkStatus
from claw.routines.model import RunStatus, State

if TYPE_CHECKING:  # it is made there
    from claw.daemon.build import Daemon
    from claw.daemon.traces import Traces

PROC = Path("/proc/self")
DAY = timedelta(days=1)
KINDS: tuple[str, ...] = ("sandbox", "mcp", "player", "drill", "draft")
"""Processes that Claw starts, by the first word of what they are called; others are counted together."""


@dataclass(frozen=True)
class Figures:
    """Reads one daemon's figures."""

    daemon: "Daemon"
    tally: Tally
    traces: "Traces | None" = None

    def __call__(self) -> Iterable[Metric]:
        """Give them as they are now; a part that cannot be read is left out."""
        for part in (self._requests, self._log, self._house, self._children, self._routines, self._disk, self._process):
            with suppress(ClawError, OSError):
                yield from part()

    def _requests(self) -> Iterable[Metric]:
        tally, gate = self.tally, self.daemon.gate
        by_path: dict[Labels, float] = {
            (("path", path), ("status", status)): float(count) for (path, status), count in tally.requests.items()
        }
        yield Metric("claw_requests_total", "counter", "Requests that were answered, by what understood them.", by_path)
        yield _spreads("claw_stage_seconds", "What a stage of a request took.", "stage", tally.stages)
        yield counts("claw_decisions_total", "What was decided about plans.", "effect", dict(gate.decided))
        yield counter(
            "claw_refusals_total", "Plans, or rests of plans, that were refused for any reason.", gate.refusals.count
        )
        acts: dict[Labels, float] = {
            (("by", by), ("status", status)): float(count) for (by, status), count in tally.acts.items()
        }
        yield Metric("claw_acts_total", "counter", "Acts, by what does them and what came of them at first.", acts)
        yield counts(
            "claw_late_acts_total", "How acts ended that took longer than a reply.", "status", dict(tally.late)
        )
        if self.traces is not None:
            spans = {"sent": self.traces.sent, "dropped": self.traces.dropped}
            yield counts(
                "claw_trace_spans_total", "Parts of requests told to the collector of traces.", "result", spans
            )
        yield gauge("claw_plans_waiting", "Plans that wait for their turn at the gate.", gate.lines.waiting)

    def _log(self) -> Iterable[Metric]:
        audit, checkpoints = self.daemon.audit, self.daemon.checkpoints
        yield _spread("claw_log_commit_seconds", "What the disk took for a write of the log.", audit.commits)
        yield gauge(
            "claw_log_failures_lately", "Writes of the log that failed, of the last hundred.", len(audit.failures)
        )
        yield counter("claw_log_lost_notes_total", "Notes for the log that were given up.", audit.lost_notes)
        if checkpoints.last is not None:
            age = (self.daemon.clock.now() - checkpoints.last.checkpoint.time).total_seconds()
            yield gauge("claw_log_checkpoint_age_seconds", "How old the last signed head of the log is.", max(0.0, age))
        heartbeat = self.daemon.stopping.heartbeat
        yield counter(
            "claw_loop_stale_total",
            "How often the loop stood still for so long that nothing moved.",
            heartbeat.times_stale,
        )
        yield _spread(
            "claw_loop_late_seconds", "For how long the loop let others wait, twice a second.", heartbeat.late
        )

    def _house(self) -> Iterable[Metric]:
        mirror, links = self.daemon.mirror, self.tally.links
        stands: dict[str, float] = {one: float(mirror.link.status == one) for one in get_args(LinkStatus)}
        yield counts(
            "claw_house_link", "How the link to the house stands: 1 for the status it has.", "status", stands, now=True
        )
        yield counts("claw_house_links_total", "How often the link took each status.", "status", dict(links))
        yield counter(
            "claw_house_reconnects_total", "How often the house was reached again.", max(0, links["ready"] - 1)
        )
        yield counter("claw_house_changes_total", "Changes of states that were followed.", mirror.followed)
        yield gauge("claw_house_entities", "Entities of the house.", len(mirror.states))

    def _children(self) -> Iterable[Metric]:
        children = self.daemon.stopping.children
        running: dict[str, float] = dict.fromkeys((*KINDS, "other"), 0.0)
        for name in children.alive():
            running[_kind(name)] += 1
        begun: dict[str, float] = dict.fromkeys(running, 0.0)
        for name, count in children.begun.items():
            begun[_kind(name)] += count
        yield counts("claw_children_running", "Processes that Claw started and that run.", "kind", running, now=True)
        yield counts("claw_children_started_total", "Processes that Claw started.", "kind", begun)
        sandbox: Labels = (("kind", self.daemon.programming.sandbox.kind),)
        yield Metric("claw_sandbox_info", "gauge", "What programs run in.", {sandbox: 1.0})

    def _routines(self) -> Iterable[Metric]:
        background = self.daemon.routines
        states: dict[str, float] = dict.fromkeys(get_args(State), 0.0)
        for routine in background.book.all():
            states[routine.state] += 1
        yield counts("claw_routines", "Routines, by how they stand.", "state", states, now=True)
        under_way = len(background.keeper.under_way())
        yield gauge("claw_routine_runs_under_way", "Runs of routines that go on or wait for their turn.", under_way)
        came = {**dict.fromkeys(get_args(RunStatus), 0), **background.book.counts(self.daemon.clock.now() - DAY)}
        about = "Times that routines were due within the last day, by what came of them."
        yield counts("claw_routine_firings_day", about, "status", {one: float(n) for one, n in came.items()}, now=True)

    def _disk(self) -> Iterable[Metric]:
        around = self.daemon.programming.around
        memories = around.db.table("memories").count
        yield gauge("claw_memories", "What is remembered, past beliefs too.", memories)
        log = self.daemon.audit.path
        sizes: dict[str, float] = {"claw": 0.0, "log": 0.0, "sealed": 0.0}
        for path in around.state.glob("*.db*"):
            with suppress(OSError):
                sizes[_database(path, log)] += path.stat().st_size
        yield counts(
            "claw_database_bytes",
            "Size on disk of each database, with what is not folded in yet.",
            "file",
            sizes,
            now=True,
        )
        found = os.statvfs(around.state)
        yield gauge("claw_disk_free_bytes", "Room on the disk of the state directory.", found.f_bavail * found.f_frsize)

    def _process(self) -> Iterable[Metric]:
        written = _written()
        if written is not None:
            yield counter("claw_written_bytes_total", "Bytes that this process had the disk write.", written)
        pages = int((PROC / "statm").read_text(encoding="ascii").split()[1])
        yield gauge("process_resident_memory_bytes", "Memory in use.", pages * os.sysconf("SC_PAGE_SIZE"))
        yield gauge("process_open_fds", "Open file descriptors.", sum(1 for _ in (PROC / "fd").iterdir()))
        yield gauge(
            "process_max_fds", "The most of them that may be open.", resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        )
        used = resource.getrusage(resource.RUSAGE_SELF)
        yield counter("process_cpu_seconds_total", "Time of the processor.", used.ru_utime + used.ru_stime)
        python = ".".join(map(str, sys.version_info[:3]))
        built: Labels = (("version", version("claw")), ("python", python))
        yield Metric("claw_build_info", "gauge", "Which Claw this is.", {built: 1.0})


def _spread(name: str, about: str, spread: Spread) -> Metric:
    return Metric(name, "histogram", about, spreads={(): spread})


def _spreads(name: str, about: str, label: str, spreads: Mapping[str, Spread]) -> Metric:
    return Metric(name, "histogram", about, spreads={((label, one),): spread for one, spread in spreads.items()})


def _kind(name: str) -> str:
    word = "draft" if name.startswith("a draft") or name == "a" else name.partition(" ")[0]
    return word if word in KINDS else "other"


def _database(path: Path, log: Path) -> str:
    if path.name.startswith(log.name):
        return "log"
    return "sealed" if path.name.startswith(log.stem) else "claw"


def _written() -> int | None:
    """Return the bytes that were written to the disk and not dropped on the way; None where the system does not say."""
    try:
        lines = (PROC / "io").read_text(encoding="ascii").splitlines()
        found = {name: int(value) for name, _, value in (line.partition(":") for line in lines)}
        return max(0, found["write_bytes"] - found["cancelled_write_bytes"])
    except (OSError, KeyError, ValueError):
        return None
