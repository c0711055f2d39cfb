"""Writes what Claw is made of: every package of the locks as a CycloneDX 1.6 document, with hashes and licences.

    python packaging/sbom.py > sbom.cdx.json

What is in a lock is told from the lock; licences and who needs whom come from the packages where they are installed,
and are left out where they are not.  The same locks and packages give the same bytes: the time is ``SOURCE_DATE_EPOCH``
(else the start of 1980, as in the wheel) and the serial number is made from what the document says.
"""

import json
import os
import re
import sys
import tomllib
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LOCKS: Mapping[str, str] = {
    "requirements.lock": "required",
    "requirements-voice.lock": "optional",
    "requirements-channels.lock": "optional",
}
"""The locks of what runs, and whether Claw runs without; the tests' and the tools' own are not shipped."""
SPACE = uuid.UUID("9b6d3c1e-0b7e-4c55-9a1f-7d5a6f2f4c10")
EARLIEST = 315532800
_PIN = re.compile(r"^([a-z0-9-]+)==([\w.]+)(?: ; (.+?))?(?: \\)?$", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*")
_LONGEST_NAME = 120


@dataclass(frozen=True)
class Locked:
    """One package of a lock: its exact version, the marker that says where it is installed, hashes of its files."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]
    scope: str

    @property
    def ref(self) -> str:
        """Its package URL."""
        return f"pkg:pypi/{self.name}@{self.version}"


@dataclass
class Told:
    """What an installed package says of itself."""

    licences: list[dict[str, Any]] = field(default_factory=list)
    needs: list[str] = field(default_factory=list)


def locked(root: Path = ROOT) -> list[Locked]:
    """Return every package of the locks by name; what is in several counts as required where one requires it.

    One name may come in two versions, each for some Pythons.
    """
    found: dict[str, Locked] = {}
    for lock, scope in LOCKS.items():
        for block in re.split(r"\n(?=\S)", (root / lock).read_text(encoding="utf-8")):
            if pin := _PIN.match(block):
                one = Locked(pin[1], pin[2], pin[3] or "", tuple(sorted(_HASH.findall(block))), scope)
                found.setdefault(one.ref, one)
    return [found[ref] for ref in sorted(found)]


def told(name: str, version: str) -> Told:
    """Return what the installed package says, nothing where it, or this version of it, is not installed."""
    try:
        package = distribution(name)
    except PackageNotFoundError:
        return Told()
    if package.version != version:
        return Told()
    wanted = [each for each in package.requires or () if "extra ==" not in each]
    needs = [_plain(match[0]) for each in wanted if (match := _NAME.match(each))]
    return Told(list(_licences(package)), sorted(set(needs)))


def _licences(package: Distribution) -> Iterator[dict[str, Any]]:
    """Give the licence in SPDX's words where the package has them, else as it calls it."""
    about = package.metadata
    if expression := about.get("License-Expression"):
        yield {"expression": expression}
        return
    classes = about.get_all("Classifier") or ()
    classified = [each.rpartition(" :: ")[2] for each in classes if each.startswith("License ::")]
    name = " ".join((about.get("License") or "").split())
    for each in classified or ([name[:_LONGEST_NAME]] if name else []):
        yield {"license": {"name": each}}


def document(root: Path = ROOT, epoch: int | None = None) -> dict[str, Any]:
    """Return the whole document as JSON values; ``epoch`` is its time in seconds since 1970."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    packages = locked(root)
    said = {one.ref: told(one.name, one.version) for one in packages}
    own = f"pkg:pypi/{project['name']}@{project['version']}"
    wanted = [_plain(match[0]) for each in project["dependencies"] if (match := _NAME.match(each))]

    def refs(names: list[str]) -> list[str]:
        return [one.ref for each in names for one in packages if one.name == each]

    when = datetime.fromtimestamp(max(epoch or EARLIEST, EARLIEST), UTC)
    body = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "lifecycles": [{"phase": "build"}],
            "tools": {"components": [{"type": "application", "name": "packaging/sbom.py"}]},
            "component": {
                "type": "application",
                "bom-ref": own,
                "name": project["name"],
                "version": project["version"],
                "description": project["description"],
                "licenses": [{"expression": project["license"]}],
                "purl": own,
            },
        },
        "components": [_component(one, said[one.ref]) for one in packages],
        "dependencies": [
            {"ref": own, "dependsOn": refs(sorted(wanted))},
            *({"ref": one.ref, "dependsOn": refs(said[one.ref].needs)} for one in packages),
        ],
    }
    serial = uuid.uuid5(SPACE, json.dumps(body, sort_keys=True))
    return {**body, "serialNumber": f"urn:uuid:{serial}"}


def _component(one: Locked, said: Told) -> dict[str, Any]:
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": one.ref,
        "name": one.name,
        "version": one.version,
        "scope": one.scope,
        # Of each file of this release that the lock lets in, one for every platform.
        "hashes": [{"alg": "SHA-256", "content": each} for each in one.hashes],
        "purl": one.ref,
    }
    if said.licences:
        component["licenses"] = said.licences
    if one.marker:
        component["properties"] = [{"name": "claw:installed-where", "value": one.marker}]
    return component


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def text(root: Path = ROOT) -> str:
    """Return the document as it is shipped."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    return json.dumps(document(root, int(epoch) if epoch else None), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
