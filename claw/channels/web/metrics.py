"""What a monitoring program reads from ``/metrics``, in the text format of Prometheus (version 0.0.4).

It is made of the same status that the page shows, and of figures that the daemon adds (``claw/daemon/figures.py``).  No
figure carries the name of a thing, a room, a satellite or a person, nor of a rule, which may hold one: what a label may
say is listed where it is made.  Counts that grow when somebody speaks or acts tell that somebody is at home, so without
a client of Claw's only that is told which says nothing of people: whether it runs, reaches the house and is stopped.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Literal, TypeVar

from claw.base.action import Json
from claw.base.spread import BOUNDS_S, Spread

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Labels = tuple[tuple[str, str], ...]

W = TypeVar("W", bound=str)

_HEARD = ("heard", "empty", "failed", "turned_away")


@dataclass(frozen=True)
class Metric:
    """One figure: its name, what it means, and a value for each set of labels; durations have a spread for each.

    ``open``: told to whoever asks; it says nothing about people.
    """

    name: str
    kind: Literal["gauge", "counter", "histogram"]
    about: str
    values: Mapping[Labels, float] = field(default_factory=dict[Labels, float])
    spreads: Mapping[Labels, Spread] = field(default_factory=dict[Labels, Spread])
    open: bool = False


def gauge(name: str, about: str, value: float, *, open: bool = False) -> Metric:  # noqa: A002  the noun of Metric
    """Return a figure without labels that goes up and down."""
    return Metric(name, "gauge", about, {(): float(value)}, open=open)


def counter(name: str, about: str, value: float) -> Metric:
    """Return a figure without labels that only grows."""
    return Metric(name, "counter", about, {(): float(value)})


def counts(name: str, about: str, label: str, values: Mapping[W, float], *, now: bool = False) -> Metric:
    """Return a figure by one label; ``now``: it goes up and down."""
    found: dict[Labels, float] = {((label, one),): float(value) for one, value in values.items()}
    return Metric(name, "gauge" if now else "counter", about, found)


def exposition(status: Mapping[str, Json], more: Iterable[Metric] = (), *, known: bool) -> str:
    """Return a status (``Desk.status``) and ``more`` figures as text; ``known``: a client of Claw's asks."""
    told = [one for one in (*_metrics(status), *more) if (one.values or one.spreads) and (known or one.open)]
    return "".join(f"{line}\n" for one in told for line in _lines(one))


def _metrics(status: Mapping[str, Json]) -> Iterable[Metric]:
    link, audit = status["link"], status["audit"]
    yield gauge("claw_uptime_seconds", "How long it runs.", status["uptime_s"], open=True)
    yield gauge("claw_house_ready", "Whether the house answers.", link["ready"], open=True)
    yield gauge("claw_stopped", "Whether everything is stopped.", status["stop"]["engaged"], open=True)
    yield gauge("claw_paused", "Whether nothing new is begun.", status["pause"]["paused"], open=True)
    yield gauge("claw_log_holds", "Whether the log holds as far as it is checked.", audit["holds"], open=True)
    yield gauge("claw_log_entries", "Entries of the log.", audit["entries"])
    yield gauge("claw_questions_waiting", "Questions that wait for a person.", status["pending"])
    yield gauge("claw_degraded_parts", "Parts that do not work although the rest does.", len(status["degraded"]))
    yield _of_channels(status["channels"])
    if status["model"]:
        yield from _of_model(status["model"])
    if status["voice"]:
        yield from _of_voice(status["voice"])


def _of_channels(channels: Iterable[Mapping[str, Json]]) -> Metric:
    """Return which kinds of channel work; where there are several of a kind, whether all of them do."""
    ready: dict[str, float] = {}
    for one in channels:
        ready[one["kind"]] = min(ready.get(one["kind"], 1.0), float(bool(one["ready"])))
    return counts("claw_channel_ready", "Whether all channels of this kind work.", "kind", ready, now=True)


def _of_model(model: Mapping[str, Json]) -> Iterable[Metric]:
    """Give what was spent of what may be; by whom and through what is told to no program."""
    yield gauge(
        "claw_model_ready", "Whether nothing is known that keeps the model from being asked.", not model.get("problem")
    )
    yield gauge("claw_model_tokens_today", "Tokens that the model took today.", model["tokens"])
    yield gauge(
        "claw_model_background_tokens_today", "Of those, tokens that nobody asked for.", model.get("background") or 0
    )
    if (most := model.get("tokens_per_day")) is not None:
        left = max(0, most - model["tokens"])
        yield gauge("claw_model_tokens_left_today", "Tokens that the model may still take today.", left)
    if (money := model.get("money")) is not None:
        yield gauge("claw_model_money_today", "What the model cost today, in the currency of its prices.", money)
        if (most := model.get("money_per_day")) is not None:
            yield gauge("claw_model_money_left_today", "What the model may still cost today.", max(0.0, most - money))


def _of_voice(voice: Mapping[str, Json]) -> Iterable[Metric]:
    engine, server = voice["transcriber"], voice["wyoming"]
    if engine:
        well = not engine["problem"] or engine.get("enough", False)  # how much was said today is for no stranger
        yield gauge("claw_voice_transcriber_ready", "Whether the engine that hears words does well.", well, open=True)
        if "seconds_today" in engine:
            yield gauge("claw_voice_sent_seconds_today", "Sound that a server was sent today.", engine["seconds_today"])
        heard = {name: float(engine[name]) for name in _HEARD if name in engine}
        yield counts("claw_voice_transcriptions_total", "Clips of sound, by what came of them.", "result", heard)
        if engine.get("median_ms") is not None:
            took = engine["median_ms"] / 1000
            yield gauge("claw_voice_transcription_seconds", "What the engine took for half of the last clips.", took)
    if voice["microphones"]["configured"]:
        listening = voice["microphones"]["listening"]
        yield gauge(
            "claw_voice_microphones_listening", "Microphones of this machine that listen.", listening, open=True
        )
    if server:
        yield gauge("claw_voice_connections", "Connections that are open.", server["open"])
        about = "What came over the Wyoming server, by what it was."
        yield counts("claw_voice_wyoming_total", about, "what", server["counts"])
    yield counts("claw_voice_turns_total", "Spoken turns, by what came of them.", "result", voice["results"])
    spans: dict[Labels, float] = {
        (("stage", stage), ("quantile", quantile)): span[key] / 1000
        for stage, span in voice["stages"].items()
        for quantile, key in (("0.5", "p50_ms"), ("0.95", "p95_ms"))
    }
    yield Metric("claw_voice_stage_seconds", "gauge", "What a stage of the last spoken turns took.", spans)


def _lines(metric: Metric) -> Iterable[str]:
    yield f"# HELP {metric.name} {metric.about}"
    yield f"# TYPE {metric.name} {metric.kind}"
    for labels, value in metric.values.items():
        yield f"{metric.name}{_said(labels)} {_number(value)}"
    for labels, spread in metric.spreads.items():
        below = (*map(_number, BOUNDS_S), "+Inf")
        for bound, count in zip(below, accumulate(spread.counts), strict=True):
            yield f"{metric.name}_bucket{_said((*labels, ('le', bound)))} {count}"
        yield f"{metric.name}_sum{_said(labels)} {_number(spread.total_s)}"
        yield f"{metric.name}_count{_said(labels)} {spread.count}"


def _said(labels: Labels) -> str:
    return "{" + ",".join(f'{name}="{_escaped(text)}"' for name, text in labels) + "}" if labels else ""


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
