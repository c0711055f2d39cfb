"""What a monitoring program reads from ``/metrics``, in the text format of Prometheus (version 0.0.4).

It is made of the same status that the page shows, and asks nothing else.  No figure carries the name of a thing, a
room, a satellite or a person.  Counts that grow when somebody speaks or acts tell that somebody is at home, so without
a client of Claw's only that is told which says nothing of people: whether it runs, reaches the house and is stopped.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from claw.base.action import Json

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_HEARD = ("heard", "empty", "failed", "turned_away")


@dataclass(frozen=True)
class Metric:
    """One figure: its name, what it means, and a value for each set of labels.

    ``open``: told to whoever asks; it says nothing about people.
    """

    name: str
    kind: Literal["gauge", "counter"]
    about: str
    values: Mapping[tuple[tuple[str, str], ...], float] = field(
        default_factory=dict[tuple[tuple[str, str], ...], float]
    )
    open: bool = False


def exposition(status: Mapping[str, Json], *, known: bool) -> str:
    """Return a status (``Desk.status``) as text; ``known``: a client of Claw's asks."""
    told = [one for one in _metrics(status) if one.values and (known or one.open)]
    return "".join(f"{line}\n" for one in told for line in _lines(one))


def _metrics(status: Mapping[str, Json]) -> Iterable[Metric]:
    link, audit, model = status["link"], status["audit"], status["model"]
    yield _one("claw_uptime_seconds", "How long it runs.", status["uptime_s"], open=True)
    yield _one("claw_house_ready", "Whether the house answers.", link["ready"], open=True)
    yield _one("claw_stopped", "Whether everything is stopped.", status["stop"]["engaged"], open=True)
    yield _one("claw_paused", "Whether nothing new is begun.", status["pause"]["paused"], open=True)
    yield _one("claw_log_holds", "Whether the log holds as far as it is checked.", audit["holds"], open=True)
    yield _one("claw_log_entries", "Entries of the log.", audit["entries"])
    yield _one("claw_questions_waiting", "Questions that wait for a person.", status["pending"])
    if model:
        yield _one("claw_model_tokens_today", "Tokens that the model took today.", model["tokens"])
    if status["voice"]:
        yield from _of_voice(status["voice"])


def _of_voice(voice: Mapping[str, Json]) -> Iterable[Metric]:
    engine, server = voice["transcriber"], voice["wyoming"]
    if engine:
        well = not engine["problem"] or engine.get("enough", False)  # how much was said today is for no stranger
        yield _one("claw_voice_transcriber_ready", "Whether the engine that hears words does well.", well, open=True)
        if "seconds_today" in engine:
            yield _one("claw_voice_sent_seconds_today", "Sound that a server was sent today.", engine["seconds_today"])
        heard = {(("result", name),): float(engine[name]) for name in _HEARD if name in engine}
        yield Metric("claw_voice_transcriptions_total", "counter", "Clips of sound, by what came of them.", heard)
        if engine.get("median_ms") is not None:
            took = engine["median_ms"] / 1000
            yield _one("claw_voice_transcription_seconds", "What the engine took for half of the last clips.", took)
    if voice["microphones"]["configured"]:
        listening = voice["microphones"]["listening"]
        yield _one("claw_voice_microphones_listening", "Microphones of this machine that listen.", listening, open=True)
    if server:
        yield _one("claw_voice_connections", "Connections that are open.", server["open"])
        counts = {(("what", name),): float(count) for name, count in server["counts"].items()}
        yield Metric(
            "claw_voice_wyoming_total", "counter", "What came over the Wyoming server, by what it was.", counts
        )
    results = {(("result", name),): float(count) for name, count in voice["results"].items()}
    yield Metric("claw_voice_turns_total", "counter", "Spoken turns, by what came of them.", results)
    spans = {
        (("stage", stage), ("quantile", quantile)): span[key] / 1000
        for stage, span in voice["stages"].items()
        for quantile, key in (("0.5", "p50_ms"), ("0.95", "p95_ms"))
    }
    yield Metric("claw_voice_stage_seconds", "gauge", "What a stage of the last spoken turns took.", spans)


def _one(name: str, about: str, value: float, *, open: bool = False) -> Metric:  # noqa: A002  the noun of Metric
    return Metric(name, "gauge", about, {(): float(value)}, open)


def _lines(metric: Metric) -> Iterable[str]:
    yield f"# HELP {metric.name} {metric.about}"
    yield f"# TYPE {metric.name} {metric.kind}"
    for labels, value in metric.values.items():
        said = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels)
        yield f"{metric.name}{{{said}}} {_number(value)}" if said else f"{metric.name} {_number(value)}"


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
