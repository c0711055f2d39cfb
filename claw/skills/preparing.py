"""What is done to a skill before it goes into the library: its number, where it is from, its hashes; and who is let in.

All of it is done to the bytes, before anybody is shown them or decides about them: what is written then is what was
prepared, and preparing it again changes nothing.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import replace

from claw.base.documents import parse_document
from claw.base.errors import Refused
from claw.skills.document import parse_prose
from claw.skills.folder import check_files
from claw.skills.manifest import Made, Manifest
from claw.skills.model import MANIFEST, PROSE, Draft, Files, Skill, content_hash
from claw.skills.reading import numbered, read_skill, sealed

GUIDE = "version: 1.0.0\nkind: guide\n"
"""The ``skill.yaml`` of a skill that has none: it is read, and does nothing."""
_ORIGIN = re.compile(r"^provenance:[^\n]*\n(?:(?:[ \t][^\n]*)?\n)*", re.MULTILINE)
_HAS_HASHES = re.compile(r"^files:", re.MULTILINE)


def prepared(draft: Draft, known: Mapping[str, str]) -> tuple[Draft, Skill]:
    """Return ``draft`` as it would be written, and the skill that it is.

    ``known`` are the versions that are or were in the library under this name, as hash -> number, the present one
    last.  Raises Refused, with a sentence, for one that may not be let in, and Invalid for one that cannot be read.
    """
    check_files(draft.files)
    files = _imported(draft) if draft.made == "imported" else sealed(draft.files)
    if content_hash(files) not in known:
        files = _renumbered(files, draft.made, known)
    skill = read_skill(files, draft.name)
    if skill.manifest.provenance.made != draft.made:
        raise Refused(f"The files of {draft.name} say that they are {skill.manifest.provenance.made}.")
    if skill.problems and draft.made != "imported":
        raise Refused(f"{draft.name} is not kept: {skill.problems[0]}")
    return replace(draft, files=files), skill


def _imported(draft: Draft) -> Files:
    """Return the files of a folder from elsewhere, which says where it is from: no log, person or yes of that house.

    Hashes that stand there are left as they are: whether they hold is for a person to know.
    """
    files = draft.files
    if MANIFEST not in files:
        files = {**files, MANIFEST: GUIDE.encode()}
    text = files.get(MANIFEST, b"").decode()
    made = parse_document(text, MANIFEST, Manifest).provenance
    author = draft.people[0] if draft.people else ""
    if (made.made, made.author, made.runs, made.model) != ("imported", author, (), ""):
        kept = _ORIGIN.sub("", text if text.endswith("\n") else text + "\n").rstrip("\n")
        origin = {"made": "imported", **({"author": author} if author else {})}
        fresh = f"{kept}\nprovenance: {json.dumps(origin, ensure_ascii=False)}\n"
        parse_document(fresh, MANIFEST, Manifest)  # what stands there in another way is there twice now
        files = {**files, MANIFEST: fresh.encode()}
    return files if _HAS_HASHES.search(text) else sealed(files)


def _renumbered(files: Files, made: Made, known: Mapping[str, str]) -> Files:
    """Return ``files`` with a number above all ``known`` ones; an import must bring one itself."""
    if not known:
        return files
    highest = max(_number(one) for one in known.values())
    version = parse_document(files[MANIFEST].decode(), MANIFEST, Manifest).version
    if _number(version) > highest:
        return files
    shown = ".".join(map(str, highest))
    if made == "imported":
        name = parse_prose(files[PROSE].decode()).name if PROSE in files else "it"
        raise Refused(f"There is already version {shown} of {name}; one that is imported must have a higher number.")
    fresh = (*highest[:2], highest[2] + 1)
    return sealed(numbered(files, ".".join(map(str, fresh))))


def _number(version: str) -> tuple[int, int, int]:
    first, second, third = (int(part) for part in version.split("."))
    return first, second, third
