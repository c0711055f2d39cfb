"""A skill as its two texts have it, without a closer look: enough for bytes that somebody vouched for already.

Whoever locked them looked closer (``claw/skills/reading.py``), and the hash says that they are the same.  A start that
reads twelve skills must not load what that look needs.
"""

from claw.base.documents import parse_document
from claw.base.errors import Invalid
from claw.skills.document import Prose, parse_prose
from claw.skills.manifest import Manifest
from claw.skills.model import MANIFEST, PROGRAM, PROSE, TESTS, Files, Skill, content_hash


def outlined(files: Files, name: str) -> tuple[Skill, Prose]:
    """Return the skill in ``files`` and its prose; raises Invalid where one of its texts cannot be read.

    ``name`` is that of its folder.
    """
    prose = parse_prose(text_of(files, PROSE), PROSE)
    if prose.name != name:
        raise Invalid(PROSE, 2, f"names the skill {prose.name}, and its folder is called {name}")
    manifest = parse_document(text_of(files, MANIFEST), MANIFEST, Manifest)
    return skill_of(files, name, prose.description, manifest, ()), prose


def skill_of(files: Files, name: str, description: str, manifest: Manifest, problems: tuple[str, ...]) -> Skill:
    """Return the skill whose ``files`` were read before, with what was found then."""
    return Skill(
        name=name,
        description=description,
        manifest=manifest,
        program=files.get(PROGRAM, b"").decode(),
        prose=files.get(PROSE, b"").decode(),
        tests={path: data.decode() for path, data in sorted(files.items()) if path.startswith(TESTS)},
        hash=content_hash(files),
        problems=problems,
    )


def text_of(files: Files, path: str) -> str:
    """Return the text of a file that every skill has; raises Invalid where it is missing."""
    if path not in files:
        raise Invalid(path, None, "is missing: every skill has one")
    return files[path].decode()
