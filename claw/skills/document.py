"""``SKILL.md``: the front matter that the Agent Skills specification has, and the prose below it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


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


def parse_prose(text: str, name: str = "SKILL.md") -> Prose:
    """Return ``text`` as the specification has it; raises Invalid with ``name`` and line."""
    raise NotImplementedError


def written(prose: Prose) -> str:
    """Return the text of a ``SKILL.md`` that ``parse_prose`` reads as ``prose``."""
    raise NotImplementedError
