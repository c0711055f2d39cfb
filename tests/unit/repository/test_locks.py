"""What gets installed is known by name, version and hash, and comes from wherever the machine's owner says."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
PROVIDERS = {**packages_distributions(), "pydantic_monty": ["pydantic-monty"]}  # which brings its parts, pinned
HERE = (
    "requirements-build.lock",
    "requirements.lock",
    "requirements-dev.lock",
    "requirements-voice.lock",
    "requirements-channels.lock",
)
LOCKS = (*HERE, "requirements-schemathesis.lock")
"""The last one is installed apart."""


def entries(lock: str) -> dict[str, tuple[str, list[str]]]:
    """Name -> (version, hashes); anything in the file that is neither comment, pin nor hash fails."""
    found: dict[str, tuple[str, list[str]]] = {}
    for block in re.split(r"\n(?=\S)", (ROOT / lock).read_text().strip()):
        if block.startswith("#"):
            continue
        head, *hashes = (line.strip().rstrip("\\").strip() for line in block.splitlines())
        pin = re.fullmatch(r"([a-z0-9-]+)==([\w.]+)( ; .+)?", head)
        assert pin, f"{lock}: not a pin: {head}"
        for line in hashes:
            assert re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", line), f"{lock}: not a hash: {line}"
        found[pin[1]] = (pin[2], hashes)
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_every_entry_has_a_hash(lock: str) -> None:
    pins = entries(lock)
    assert pins
    assert not [name for name, (_, hashes) in pins.items() if not hashes]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_says_nothing_of_where_packages_come_from(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    assert not re.search(r"--(index|extra-index|find-links|trusted)", text)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_the_day_its_quarantine_ended(lock: str) -> None:
    first = (ROOT / lock).read_text().splitlines()[0]
    assert re.search(r"releases before \d{4}-\d\d-\d\d", first)


@pytest.mark.parametrize("lock", HERE)
def test_the_urllib3_that_urllib3_future_would_overwrite_is_not_installed(lock: str) -> None:
    assert not {"urllib3", "requests"} & entries(lock).keys()


def test_the_tests_run_on_the_versions_that_are_shipped() -> None:
    tested = entries("requirements-dev.lock")
    assert {name: tested[name][0] for name in entries("requirements.lock")} == {
        name: version for name, (version, _) in entries("requirements.lock").items()
    }


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        ("requirements.lock", PROJECT["dependencies"]),
        ("requirements-dev.lock", EXTRAS["dev"]),
        ("requirements-voice.lock", EXTRAS["voice"] + EXTRAS["wake"]),
        ("requirements-channels.lock", EXTRAS["mcp"] + EXTRAS["telegram"] + EXTRAS["mqtt"]),
    ],
)
def test_a_lock_fulfils_pyproject(lock: str, wanted: list[str]) -> None:
    pins = entries(lock)
    for requirement in map(Requirement, wanted):
        version, _ = pins[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), f"{requirement}: {lock} has {version}"


def imported(folder: str) -> Iterator[tuple[str, str]]:
    """(file, top-level module) of every import of another project."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        own = {"claw", "tests", "__future__", *(beside.stem for beside in path.parent.glob("*.py"))}
        for node in ast.walk(ast.parse(path.read_text())):
            modules: list[str] = []
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                modules = [node.module]
            for module in modules:
                top = module.partition(".")[0]
                if top not in sys.stdlib_module_names and top not in own:
                    yield str(path.relative_to(ROOT)), top


def names(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(text).name) for text in requirements}


def providers(module: str) -> set[str]:
    return {canonicalize_name(name) for name in PROVIDERS.get(module, [])}


def test_the_daemon_imports_only_what_it_declares() -> None:
    extras = [text for extra, wanted in EXTRAS.items() if extra != "dev" for text in wanted]
    declared = names(PROJECT["dependencies"] + extras)
    undeclared = {(file, module) for file, module in imported("claw") if not providers(module) & declared}
    assert not undeclared


@pytest.mark.parametrize("folder", ["tests", "bench"])
def test_tests_and_benches_import_only_what_their_lock_has(folder: str) -> None:
    locks = ("requirements-dev.lock", "requirements-voice.lock", "requirements-channels.lock")
    locked = {name for lock in locks for name in entries(lock)}
    missing = {(file, module) for file, module in imported(folder) if not providers(module) & locked}
    assert not missing
