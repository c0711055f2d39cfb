"""Reads the text format of Prometheus strictly, as ``promtool check metrics`` would: what is not right raises."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
SAMPLE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)')
ENDS = {"histogram": ("_bucket", "_sum", "_count")}

Labels = frozenset[tuple[str, str]]


@dataclass
class Family:
    """One metric: its kind, its help and its samples by full name and labels."""

    name: str
    about: str
    kind: str = ""
    samples: dict[tuple[str, Labels], float] = field(default_factory=dict)

    def value(self, **labels: str) -> float:
        """Return the one value with these labels."""
        return self.samples[self.name, frozenset(labels.items())]


def parse(text: str) -> Mapping[str, Family]:
    """Return the families by name; raises AssertionError with the line that is wrong."""
    assert text.endswith("\n"), "the last line is not ended"
    families: dict[str, Family] = {}
    family: Family | None = None
    for line in text.splitlines():
        assert line, "an empty line"
        assert line == line.strip(), line
        if line.startswith("# HELP "):
            _, _, name, about = line.split(" ", 3)
            assert NAME.fullmatch(name), line
            assert name not in families, f"{name} comes twice"
            assert about, line
            family = families[name] = Family(name, about)
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert family is not None, line
            assert (name, family.kind, family.samples) == (family.name, "", {}), line
            assert kind in {"gauge", "counter", "histogram"}, line
            family.kind = kind
        else:
            assert family is not None, line
            assert family.kind, line
            _take(line, family)
    for one in families.values():
        _check(one)
    return families


def label_values(families: Mapping[str, Family]) -> set[str]:
    """Return every value of every label but those of buckets."""
    return {
        value for family in families.values() for _, labels in family.samples for name, value in labels if name != "le"
    }


def _take(line: str, family: Family) -> None:
    found = SAMPLE.fullmatch(line)
    assert found, line
    name, said, value = found.groups()
    assert name in {family.name + end for end in ENDS.get(family.kind, ("",))}, line
    pairs = list(_labels(said)) if said is not None else []
    assert len({one for one, _ in pairs}) == len(pairs), line
    key = name, frozenset(pairs)
    assert key not in family.samples, f"twice: {line}"
    family.samples[key] = float(value)


def _labels(said: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(said):
        found = LABEL.match(said, at)
        assert found, said
        yield found[1], re.sub(r"\\(.)", lambda one: {"n": "\n"}.get(one[1], one[1]), found[2])
        at = found.end()
        assert found[3] or at == len(said), said
        assert not (found[3] and at == len(said)), said


def _check(family: Family) -> None:
    assert family.samples, f"{family.name} has no value"
    assert family.name.endswith("_total") is (family.kind == "counter"), family.name
    if family.kind == "counter":
        assert all(value >= 0 for value in family.samples.values()), family.name
    if family.kind != "histogram":
        assert not any(math.isnan(value) for value in family.samples.values()), family.name
        return
    groups: dict[Labels, list[tuple[float, float]]] = {}
    for (name, labels), value in family.samples.items():
        if name.endswith("_bucket"):
            bound = dict(labels)["le"]
            rest = frozenset(one for one in labels if one[0] != "le")
            groups.setdefault(rest, []).append((math.inf if bound == "+Inf" else float(bound), value))
    wholes = {labels for name, labels in family.samples if name.endswith("_count")}
    assert wholes == set(groups) == {labels for name, labels in family.samples if name.endswith("_sum")}
    for labels, buckets in groups.items():
        assert all(one[0] < other[0] and one[1] <= other[1] for one, other in pairwise(buckets)), family.name
        assert buckets[-1] == (math.inf, family.samples[f"{family.name}_count", labels]), family.name
