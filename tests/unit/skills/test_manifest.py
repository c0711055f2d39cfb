"""What a ``skill.yaml`` may say, and how one that makes no sense is told."""

import pytest

from claw.base.documents import parse_document
from claw.base.errors import Invalid
from claw.skills.manifest import SLOT, Bound, Manifest

WHOLE = """
version: 1.2.3
kind: program
parameters:
  area: {type: area, here: true, ask: Where?}
  level: {type: number, min: 1, max: 100, unit: "%", default: 40}
triggers:
  phrases: {en: ["reading time [in {area}]"], de: Lesezeit}
  schedule: 0 22 * * *
  events: [{of: {entity: binary_sensor.door}, to: on, lasting: 5 min}]
may:
  - call: light.turn_on
    on: {domain: light, area: "{area}", without: {label: night}}
    data: {brightness_pct: {max: 60}}
  - {call: claw.notify, data: {to: {values: me}, text: {any: true}}}
reads: [{domain: sensor}]
confirm: [light.turn_on]
limits: {calls: 3, seconds: 30, per_hour: 2, cooldown: 10 min}
before: [{of: {domain: light}, values: "off", how: any}]
after: [{of: {domain: light}, attribute: brightness, min: 10, why: it is dark}]
undo: restore
visibility: adults
provenance: {made: learned, runs: [3, 4], model: m, author: anna, parent: 1.0.0}
files: {program.py: HASH}
""".replace("HASH", "a" * 64)


def test_a_whole_manifest_is_read() -> None:
    found = parse_document(WHOLE, "skill.yaml", Manifest)
    assert found.phrases() == ("reading time [in {area}]", "Lesezeit")
    assert found.phrases("de") == ("Lesezeit",)
    assert found.phrases("fr") == ()
    assert found.may[0].on is not None
    assert (found.may[0].on.domain, found.may[0].on.area) == (("light",), ("{area}",))
    assert found.may[0].data["brightness_pct"] == Bound(max=60)
    assert (found.limits.calls, found.limits.per_hour, found.limits.cooldown) == (3, 2, "10 min")
    assert found.before[0].values == ("off",)
    assert found.provenance.runs == (3, 4)


def test_what_is_left_out_gives_no_right() -> None:
    bare = parse_document("version: 1.0.0", "skill.yaml", Manifest)
    assert (bare.may, bare.reads, bare.confirm, bare.files) == ((), (), (), {})
    assert (bare.kind, bare.visibility, bare.undo) == ("program", "household", "restore")
    assert SLOT.findall("in {area} at {level_2} {Bad} {}") == ["area", "level_2"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("version: 1.0", "version"),
        ("version: one", "version"),
        ("version: 1.0.0\nrights: all", "unknown key 'rights'"),
        ("version: 1.0.0\nmay: [{call: '*'}]", "call"),
        ("version: 1.0.0\nmay: [{call: light.turn_on, on: {}}]", "found nothing here"),
        ("version: 1.0.0\nmay: [{call: a.b, on: {domain: a}}, {call: a.b, on: {domain: a}}]", "found a.b twice"),
        ("version: 1.0.0\nmay: [{call: a.b, data: {x: {}}}]", "found nothing here"),
        ("version: 1.0.0\nmay: [{call: a.b, data: {x: {min: 3, max: 1}}}]", "which nothing can satisfy"),
        ("version: 1.0.0\nmay: [{call: a.b, data: {x: {any: true, max: 1}}}]", "either values, or min and max"),
        ("version: 1.0.0\nlimits: {calls: 51}", "calls"),
        ("version: 1.0.0\nlimits: {seconds: 0}", "seconds"),
        ("version: 1.0.0\nlimits: {cooldown: soon}", "expected a time"),
        ("version: 1.0.0\nkind: guide\nmay: [{call: a.b}]", "a guide is read and does nothing"),
        ("version: 1.0.0\ntriggers: {phrases: {en: ['in {area}']}}", "{area}, which is no parameter"),
        ("version: 1.0.0\ntriggers: {phrases: {xx: [hello]}}", "xx"),
        ("version: 1.0.0\nparameters: {Area: {type: area}}", "Area"),
        ("version: 1.0.0\nparameters: {a: {type: number}}", "a number needs min and max"),
        ("version: 1.0.0\nparameters: {a: {type: enum}}", "an enum needs values"),
        ("version: 1.0.0\nparameters: {a: {type: entity}}", "an entity needs a domain"),
        ("version: 1.0.0\nparameters: {a: {type: bool, here: true}}", "only an area"),
        ("version: 1.0.0\nafter: [{of: {domain: light}}]", "either values, or min and max"),
        ("version: 1.0.0\nfiles: {../x: " + "a" * 64 + "}", "inside the skill's folder"),
        ("version: 1.0.0\nfiles: {/etc/x: " + "a" * 64 + "}", "inside the skill's folder"),
        ("version: 1.0.0\nfiles: {x: abc}", "files"),
    ],
)
def test_what_makes_no_sense_is_told(text: str, why: str) -> None:
    with pytest.raises(Invalid) as error:
        parse_document(text, "skill.yaml", Manifest)
    assert why in str(error.value)
