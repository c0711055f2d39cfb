"""``SKILL.md``: the front matter that the Agent Skills specification has, and the prose below it.

The specification knows name, description, license, compatibility, metadata and allowed-tools and takes no other key;
all that is Claw's own is in ``skill.yaml``.  What is accepted here its own validator accepts, too (a test holds the two
together), so it is narrower than YAML in two places: no braces or brackets, and no ``---`` within.  The prose is told
to people and shown to a model as a quotation; it is never an instruction and never a right.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field, StringConstraints

from claw.base.documents import parse_marked
from claw.base.errors import Invalid
from claw.policy.words import Part
from claw.skills.manifest import SkillName

FENCE = "---"
VERSION = "claw-version"
"""The key of ``metadata`` that tells other programs which version this is."""

_FLOW = re.compile(r"^[^\"'#|>]*?[:-]\s+[\[{&*!]")


@dataclass(frozen=True, slots=True)
class Prose:
    """What a ``SKILL.md`` says: its front matter, and ``body``, the text below it, which is never an instruction."""

    name: str
    description: str
    body: str = ""
    license: str = ""
    compatibility: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])
    allowed_tools: str = ""


_Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1024)]


class _Front(Part):
    name: SkillName
    description: _Line
    license: Annotated[str, StringConstraints(min_length=1, max_length=500)] = ""
    compatibility: Annotated[str, StringConstraints(min_length=1, max_length=500)] = ""
    metadata: Mapping[Annotated[str, StringConstraints(min_length=1, max_length=60)], _Line] = Field(
        default_factory=dict, max_length=20
    )
    allowed_tools: Annotated[str, StringConstraints(max_length=1024)] = Field(default="", alias="allowed-tools")


def parse_prose(text: str, name: str = "SKILL.md") -> Prose:
    """Return ``text`` as the specification has it; raises Invalid with ``name`` and line."""
    lines = text.split("\n")
    if lines[0].rstrip() != FENCE:
        raise Invalid(name, 1, f"begins with other words, expected {FENCE} and the front matter")
    end = next((at for at, line in enumerate(lines) if at and line.rstrip() == FENCE), 0)
    if not end:
        raise Invalid(name, 1, f"has no second {FENCE}, which ends the front matter")
    for at, line in enumerate(lines[1:end], 2):
        if FENCE in line:
            raise Invalid(name, at, f"holds {FENCE} within the front matter, where the specification takes none")
        if _FLOW.match(line):
            raise Invalid(name, at, "is written with brackets or marks, expected one value to a line")
    front = parse_marked(
        "\n" + "\n".join(lines[1:end]), name, _Front
    ).value  # so that lines count from the file's first
    return Prose(
        front.name,
        front.description,
        "\n".join(lines[end + 1 :]).strip(),
        front.license,
        front.compatibility,
        dict(front.metadata),
        front.allowed_tools,
    )


def written(prose: Prose) -> str:
    """Return the text of a ``SKILL.md`` that ``parse_prose`` reads as ``prose``; raises Invalid where none can be."""
    lines = [FENCE, f"name: {prose.name}", f"description: {_text(prose.description)}"]
    lines += [f"{key}: {_text(value)}" for key, value in _further(prose) if value]
    if prose.metadata:
        lines += ["metadata:", *(f"  {_text(key)}: {_text(value)}" for key, value in sorted(prose.metadata.items()))]
    text = "\n".join([*lines, FENCE, "", *([prose.body.strip(), ""] if prose.body.strip() else [])])
    parse_prose(text)
    return text


def _further(prose: Prose) -> tuple[tuple[str, str], ...]:
    return (
        ("license", prose.license),
        ("compatibility", prose.compatibility),
        ("allowed-tools", prose.allowed_tools),
    )


def _text(value: str) -> str:
    return json.dumps(" ".join(value.split()), ensure_ascii=False)
