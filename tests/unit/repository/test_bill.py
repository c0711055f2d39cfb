"""The bill of materials says all that the locks hold, in the words of CycloneDX 1.6."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from packaging.markers import Marker

ROOT = Path(__file__).parents[3]
LOCKS = ("requirements.lock", "requirements-voice.lock", "requirements-channels.lock")
COMPATIBLE = re.compile(
    r"MIT|BSD|0BSD|Apache|ISC|Zlib|CC0|PSF|Mozilla Public License 2|MPL-2\.0|LGPL|GPL-3\.0-or-later|Public Domain"
)
"""Of each package at least one licence is one of these, all of which may go together with version 3 of the GPL."""


def written() -> bytes:
    command = [sys.executable, str(ROOT / "packaging" / "sbom.py")]
    environment = {"SOURCE_DATE_EPOCH": "1700000000", "PATH": ""}
    return subprocess.run(command, capture_output=True, check=True, timeout=60, env=environment).stdout


@pytest.fixture(scope="module")
def bill() -> dict[str, Any]:
    said: dict[str, Any] = json.loads(written())
    return said


def pinned() -> dict[tuple[str, str], int]:
    """(Name, version) -> how many hashes, of all that runs; a name may come in two versions, each for some Pythons."""
    found: dict[tuple[str, str], int] = {}
    for lock in LOCKS:
        for block in re.split(r"\n(?=\S)", (ROOT / lock).read_text()):
            if match := re.match(r"([a-z0-9-]+)==([\w.]+)", block):
                found[match[1], match[2]] = block.count("--hash")
    return found


def test_it_has_what_the_specification_asks_for(bill: dict[str, Any]) -> None:
    assert (bill["bomFormat"], bill["specVersion"], bill["version"]) == ("CycloneDX", "1.6", 1)
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", bill["serialNumber"])
    assert re.fullmatch(r"2023-11-14T\d\d:\d\d:\d\dZ", bill["metadata"]["timestamp"])
    known = {"bomFormat", "specVersion", "serialNumber", "version", "metadata", "components", "dependencies"}
    assert bill.keys() == known
    for each in [bill["metadata"]["component"], *bill["components"]]:
        assert each["type"] in {"application", "library"}
        assert each["name"]
        assert re.fullmatch(r"pkg:pypi/[a-z0-9-]+@[\w.]+", each["purl"])
        assert each.get("scope", "required") in {"required", "optional"}
        for one in each.get("hashes", ()):
            assert one["alg"] == "SHA-256"
            assert re.fullmatch(r"[0-9a-f]{64}", one["content"])
        said = each.get("licenses", [])
        assert all(set(one) in ({"license"}, {"expression"}) for one in said)
        # An expression stands alone: the specification lets a list hold either one of them, or licences by name.
        assert len(said) <= 1 or all("license" in one for one in said)


def test_it_tells_of_every_package_of_the_locks_once(bill: dict[str, Any]) -> None:
    told = {(each["name"], each["version"]): len(each["hashes"]) for each in bill["components"]}
    assert told == pinned()
    assert len(told) == len(bill["components"])
    core = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    assert {each["name"] for each in bill["components"] if each["scope"] == "required"} == core


def test_who_needs_whom_is_told_of_all_and_only_of_what_is_there(bill: dict[str, Any]) -> None:
    refs = {each["bom-ref"] for each in bill["components"]} | {bill["metadata"]["component"]["bom-ref"]}
    told = {each["ref"]: each["dependsOn"] for each in bill["dependencies"]}
    assert len(told) == len(bill["dependencies"])
    assert told.keys() == refs
    assert not {one for needs in told.values() for one in needs} - refs
    assert all(len(set(needs)) == len(needs) for needs in told.values())
    assert told[bill["metadata"]["component"]["bom-ref"]]
    assert sum(map(len, told.values())) > len(refs)


def test_the_licence_of_all_that_is_installed_here_is_told_and_fits(bill: dict[str, Any]) -> None:
    for each in bill["components"]:
        if "licenses" not in each:
            (marker,) = [one["value"] for one in each["properties"]]
            assert not Marker(marker).evaluate(), each["name"]
            continue
        said = [one.get("expression") or one["license"]["name"] for one in each["licenses"]]
        assert any(COMPATIBLE.search(one) for one in said), each["name"]


def test_the_same_locks_give_the_same_bytes() -> None:
    assert written() == written()
