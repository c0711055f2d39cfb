"""The page, the dashboard and the alarms speak of figures that there are, and the page of all of them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from claw.base.config import ModelConfig
from claw.base.config_care import TracesConfig
from claw.channels.tally import Tally
from claw.channels.web.metrics import exposition
from claw.daemon.figures import Figures
from claw.daemon.traces import Traces
from tests.exposed import Family, parse
from tests.living import living

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "observability.md").read_text(encoding="utf-8")
OURS = re.compile(r"\b(?:claw|process)_[a-z_]+\b")
HISTOGRAM = ("_bucket", "_sum", "_count")
NO_DAEMON = {"up"}
FUNCTIONS = frozenset(
    {
        *("avg", "by", "count", "group_left", "histogram_quantile", "ignoring", "increase", "label_values", "max"),
        *("min", "on", "or", "rate", "sum", "without"),
    }
)


@pytest.fixture(scope="module")
def families(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Family]:
    """Return every figure of a daemon with everything configured that brings some."""
    import asyncio  # noqa: PLC0415  one test alone needs it

    async def read() -> dict[str, Family]:
        caps = {"tokens_per_day": 1000, "money_per_day": 1.0, "price_in": 1.0, "price_out": 1.0}
        model = ModelConfig.model_validate({"name": "small", "base_url": "http://127.0.0.1:9/v1", **caps})
        async with living(tmp_path_factory.mktemp("figures"), model=model) as daemon:
            tally, traces = (
                Tally(),
                Traces(TracesConfig(url="http://127.0.0.1:9"), daemon.clock, daemon.clock, daemon.degraded),
            )
            tally.requests["intent", "done"] += 1
            tally.acts["house", "done"] += 1
            tally.late["done"] += 1
            tally.links["ready"] += 1
            daemon.gate.decided["allow"] += 1
            await daemon.checkpoints.open_key()
            await daemon.checkpoints.now("asked")
            status = {**daemon.desk.status(), "channels": [{"kind": "mqtt", "ready": True}]}
            return dict(parse(exposition(status, Figures(daemon, tally, traces)(), known=True)))

    return asyncio.run(read())


def expressions(dashboard: Any) -> Iterator[str]:
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            yield target["expr"]
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["query"]["query"]


def alarms() -> list[dict[str, str]]:
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    (groups,) = [found["groups"] for block in blocks if "groups" in (found := yaml.safe_load(block))]
    return [rule for group in groups for rule in group["rules"]]


def named(expression: str) -> set[str]:
    """Return every word of an expression that has to be a metric."""
    bare = re.sub(r'"[^"]*"', "", expression)
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\b(?:by|ignoring)\s*\([^)]*\)|, job\)", " ", bare)
    return {word for word in re.findall(r"[a-z_]{2,}", bare) if word not in FUNCTIONS}


def known(name: str, families: dict[str, Family]) -> bool:
    for end in HISTOGRAM:
        base = name.removesuffix(end)
        if base != name and base in families and families[base].kind == "histogram":
            return True
    return name in families and families[name].kind != "histogram"


def test_the_dashboard_is_one_and_draws_figures_that_there_are(families: dict[str, Family]) -> None:
    dashboard = json.loads((DOCS / "grafana" / "claw.json").read_text(encoding="utf-8"))
    asked = list(expressions(dashboard))
    assert len(asked) > 30
    for expression in asked:
        metrics = named(expression)
        assert metrics, expression
        for name in metrics:
            assert known(name, families), f"{name} in {expression}"
        assert expression.count("(") == expression.count(")")
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(ids)) == len(ids)
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        assert panel["type"] in {"row", "stat", "timeseries"}
    places = [(one["gridPos"]["x"], one["gridPos"]["y"]) for one in dashboard["panels"]]
    assert len(set(places)) == len(places), "two at one place"


def test_each_label_in_the_dashboard_and_the_alarms_is_one_of_its_figure(families: dict[str, Family]) -> None:
    dashboard = json.loads((DOCS / "grafana" / "claw.json").read_text(encoding="utf-8"))
    for expression in (*expressions(dashboard), *(rule["expr"] for rule in alarms())):
        for name, labels in re.findall(r"\b([a-z_]+)\{([^}]*)\}", expression):
            if name in NO_DAEMON:
                continue
            base = next((name.removesuffix(end) for end in HISTOGRAM if name.removesuffix(end) in families), name)
            there = {key for _, found in families[base].samples for key, _ in found} | {"job"}
            assert set(re.findall(r"([a-z_]+)(?:=|!=)", labels)) <= there, expression


def test_the_alarms_ask_for_figures_that_there_are(families: dict[str, Family]) -> None:
    rules = alarms()
    assert len(rules) > 10
    assert len({rule["alert"] for rule in rules}) == len(rules)
    for rule in rules:
        for name in named(rule["expr"]) - NO_DAEMON - {"e"}:
            assert known(name, families), rule


def test_the_page_has_every_figure_with_what_it_means(families: dict[str, Family]) -> None:
    rows = dict(re.findall(r"^\| `((?:claw|process)_[a-z_]+)`[^|]*\|[^|]*\| (.*) \|$", PAGE, re.MULTILINE))
    for name, family in families.items():
        assert rows.get(name) == family.about, f"| `{name}` | {family.about} |"
    voice = {name for name in rows if name.startswith("claw_voice_")}
    assert set(rows) - set(families) == voice
    assert voice, "what a house with ears tells"
