"""Folders of skills for the tests of the library: a small one that is as it should be, and ways to spoil it."""

from collections.abc import Mapping
from pathlib import Path

from claw.skills.model import Files
from claw.skills.reading import sealed

PROSE = """---
name: {name}
description: Turns the lamps of a room on, softly. Use when somebody wants to read.
license: GPL-3.0-or-later
metadata:
  claw-version: "1.0.0"
---

# Reading light

Turns on the lights of the room, at the brightness that was named.
"""
MANIFEST = """version: 1.0.0
parameters:
  area: {type: area, here: true, ask: "In which room?"}
  brightness: {type: number, min: 1, max: 60, unit: "%", default: 40}
triggers:
  phrases:
    en: ["reading light [in {area}]", "light to read at {brightness}"]
may:
  - call: light.turn_on
    on: {domain: light, area: "{area}"}
    data:
      brightness_pct: {min: 1, max: 60}
after:
  - of: {domain: light, area: "{area}"}
    values: "on"
"""
PROGRAM = """lamps = find(domain="light", area=area)
await call("light.turn_on", lamps, brightness_pct=brightness)
lamps
"""
CASE = """said: reading light in the hall
expect:
  calls: []
"""


def skill_files(name: str = "reading-light", change: Mapping[str, str | bytes | None] | None = None) -> Files:
    """The files of a good skill, sealed, with some of them changed before; None leaves one out."""
    files: dict[str, bytes] = {
        "SKILL.md": PROSE.replace("{name}", name).encode(),
        "skill.yaml": MANIFEST.encode(),
        "program.py": PROGRAM.encode(),
        "tests/ordinary.yaml": CASE.encode(),
        "CHANGELOG.md": b"# 1.0.0\n\nThe first.\n",
    }
    for path, data in (change or {}).items():
        if data is None:
            del files[path]
        else:
            files[path] = data.encode() if isinstance(data, str) else data
    return sealed(files)


def write_files(folder: Path, files: Files) -> Path:
    """Write ``files`` into ``folder``, which is made; returns it."""
    for path, data in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return folder
