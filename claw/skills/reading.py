"""From the bytes of a folder to a skill, with every reason why it cannot be more than a draft.

A folder that cannot be read as a skill at all is refused (Invalid, with file and line).  What can be read, and yet may
not be trusted as it is, has problems: a hash that does not hold, a program that the sandbox would not take, something
in its files that no skill needs.  Nothing here knows a house, a person or a policy.
"""

import hashlib
import keyword
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from claw.base.documents import parse_document
from claw.base.errors import Invalid
from claw.house.text import quoted
from claw.program.api import FUNCTIONS, UNFILLED
from claw.program.events import Mistyped
from claw.program.prescan import prescan
from claw.skills.document import VERSION, Prose
from claw.skills.folder import check_files
from claw.skills.manifest import SLOT, Manifest
from claw.skills.model import MANIFEST, PROGRAM, PROSE, Files, Skill
from claw.skills.outline import outlined, text_of
from claw.skills.scan import findings

_HASHES = re.compile(r"^files:[^\n]*\n(?:(?:[ \t][^\n]*)?\n)*", re.MULTILINE)
_NUMBER = re.compile(r"^version:[^\n]*$", re.MULTILINE)
_TOLD = re.compile(rf"^(\s+[\"']?{VERSION}[\"']?:)[^\n]*$", re.MULTILINE)
_ORDINARY = frozenset({"the", "a", "an", "please", "der", "die", "das", "bitte", "le", "la", "de", "het", "请"})


def read_skill(files: Files, name: str) -> Skill:
    """Return the skill in ``files``, with its problems; raises Invalid where it cannot be read as one at all.

    ``name`` is that of its folder, and must be the one in ``SKILL.md``, which is held to the specification.
    """
    check_files(files)
    skill, prose = outlined(files, name)
    problems = (
        *_hashes(files, skill.manifest),
        *_told_version(prose, skill.manifest),
        *_program(files, skill.manifest),
        *_phrases(skill.manifest),
        *findings(files),
    )
    return replace(skill, problems=tuple(dict.fromkeys(problems)))


def sealed(files: Files) -> Files:
    """Return ``files`` with the hashes in ``skill.yaml`` (its ``files:``) made those of the other files.

    For whoever writes a skill: the last step before it is shown to anybody.  Raises Invalid without a ``skill.yaml``
    that can be read.
    """
    text = text_of(files, MANIFEST)
    hashes = _expected(files)
    if parse_document(text, MANIFEST, Manifest).files == hashes:
        return files
    kept = _HASHES.sub("", text if text.endswith("\n") else text + "\n").rstrip("\n")
    # In quotes: of the digits alone, or with one e among them, YAML would make a number.
    lines = ["files:", *(f'  {path}: "{digest}"' for path, digest in sorted(hashes.items()))] if hashes else []
    fresh = "\n".join([kept, *lines]) + "\n"
    parse_document(fresh, MANIFEST, Manifest)  # hashes that stand there in another way are there twice now
    return {**files, MANIFEST: fresh.encode()}


def numbered(files: Files, version: str) -> Files:
    """Return ``files`` as that version, in ``skill.yaml`` and in ``SKILL.md``; they have to be sealed after."""
    text = _NUMBER.sub(f"version: {version}", text_of(files, MANIFEST), count=1)
    if parse_document(text, MANIFEST, Manifest).version != version:
        raise Invalid(MANIFEST, None, "has its version in a way that cannot be written anew; write version: 1.0.0")
    told = _TOLD.sub(rf'\1 "{version}"', text_of(files, PROSE), count=1)
    return {**files, MANIFEST: text.encode(), PROSE: told.encode()}


def _expected(files: Files) -> Mapping[str, str]:
    return {path: hashlib.sha256(data).hexdigest() for path, data in files.items() if path != MANIFEST}


def _hashes(files: Files, manifest: Manifest) -> Iterator[str]:
    expected = _expected(files)
    for path in sorted(expected.keys() | manifest.files.keys()):
        if path not in expected:
            yield f"{MANIFEST} lists {path}, which is not in the folder."
        elif path not in manifest.files:
            yield f"{path} is in the folder, and {MANIFEST} does not list it."
        elif manifest.files[path] != expected[path]:
            yield f"{path} is not the file whose hash {MANIFEST} holds; without its files: an import writes them anew."


def _told_version(prose: Prose, manifest: Manifest) -> Iterator[str]:
    if (told := prose.metadata.get(VERSION)) not in {None, manifest.version}:
        yield f"{PROSE} says version {quoted(str(told), 20)}, and {MANIFEST} {manifest.version}."


def _program(files: Files, manifest: Manifest) -> Iterator[str]:
    if manifest.kind == "guide":
        if PROGRAM in files:
            yield f"It is a guide, which has no program, and yet there is {PROGRAM}."
        return
    if PROGRAM not in files:
        yield f"It has no {PROGRAM}."
        return
    known = {*FUNCTIONS, *UNFILLED}
    for name in manifest.parameters:
        if keyword.iskeyword(name) or keyword.issoftkeyword(name) or name in known:
            yield f"{MANIFEST}: no parameter can be called {name}, which means something else in a program."
    try:
        prescan(files[PROGRAM].decode(), known)
    except Mistyped as error:
        yield f"{PROGRAM} cannot run: {'; '.join(error.diagnostics.splitlines())}."


def _phrases(manifest: Manifest) -> Iterator[str]:
    for phrase in manifest.phrases():
        words = re.findall(r"\w+", re.sub(r"\[[^\]]*\]", " ", SLOT.sub(" ", phrase)).lower())
        if all(word in _ORDINARY for word in words):
            yield f"The phrase {quoted(phrase, 60)} has no word of its own and would take any sentence."
