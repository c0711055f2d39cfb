"""The folders keep their order: rooms in their layers, a test file for every module, nothing grown too large."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[3]
CLAW = ROOT / "claw"
UNIT = ROOT / "tests" / "unit"
LONGEST_MODULE = 400

WITHOUT_OWN_TEST = {
    "house/backend.py": "a contract: test_backend_contract.py holds its implementations to it",
    "daemon/parts.py": "three groups of objects without a line of their own: test_build.py builds them",
    "routines/doing_rooms.py": "ports without a line of their own: test_doing.py and its neighbours fill them",
    "channels/contract.py": "a contract: tests/channels hold every channel to it",
    "channels/wyoming_behind.py": "ports without a line of their own: test_wyoming_talk.py and others fill them",
    "house/catalogue/": "tables: test_services.py and test_semantics.py go through every entry",
}
WITHOUT_OWN_MODULE = {
    "repository/": "these tests are about the repository itself",
    "daemon/test_demo.py": "a package: its house and its policy are most of it",
    "audit/test_sealing_beside.py": "two at one log: who seals it while another exports, checks or lists it",
    "audit/test_crash.py": "kills a process that writes the log: log, file and chain at once",
}


def modules() -> set[str]:
    return {
        str(path.relative_to(CLAW))
        for path in CLAW.rglob("*.py")
        if path.name not in {"__init__.py", "__main__.py"} and path.parent != CLAW
    }


def test_every_module_has_a_test_file_of_its_name() -> None:
    def test_of(module: str) -> Path:
        path = UNIT / module
        return path.with_name(f"test_{path.name}")

    excused = tuple(WITHOUT_OWN_TEST)
    assert not [m for m in sorted(modules()) if not m.startswith(excused) and not test_of(m).is_file()]


def test_every_test_file_belongs_to_a_module() -> None:
    """``test_perform.py`` and ``test_perform_forall.py`` both belong to ``perform.py``."""
    strays: list[str] = []
    known = [Path(one) for one in modules()]
    for path in sorted(UNIT.rglob("test_*.py")):
        where = path.relative_to(UNIT)
        stem = where.stem.removeprefix("test_")
        owners = [one for one in known if one.parent == where.parent]
        if not str(where).startswith(tuple(WITHOUT_OWN_MODULE)) and not any(
            stem == one.stem or stem.startswith(f"{one.stem}_") for one in owners
        ):
            strays.append(str(where))
    assert not strays


def test_every_exception_is_still_needed() -> None:
    assert all((CLAW / excused).exists() for excused in WITHOUT_OWN_TEST)
    assert all((UNIT / excused).exists() for excused in WITHOUT_OWN_MODULE)
    assert not [m for m in WITHOUT_OWN_TEST if (UNIT / m).with_name(f"test_{Path(m).name}").is_file()]


def test_every_room_has_its_place_in_the_layers() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(c for c in contracts if c["type"] == "layers")
    assert layers["exhaustive"]
    rooms = [room for layer in layers["layers"] for room in layer.split(" | ")]
    built = {path.parent.name for path in CLAW.glob("*/__init__.py")}
    assert built == {room for room in rooms if not room.startswith("(")}
    assert not built & {room.strip("()") for room in rooms if room.startswith("(")}


def test_the_architecture_page_draws_the_layers_that_the_linter_holds() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(c for c in contracts if c["type"] == "layers")["layers"]
    page = (ROOT / "ARCHITECTURE.md").read_text()
    drawn = re.search(r"```\n(cli .*?)```", page, re.DOTALL)
    assert drawn, "the drawing of the rooms"
    lines = [line.split("  ")[0].strip() for line in drawn[1].splitlines()]
    built = [" | ".join(room for room in layer.split(" | ") if not room.startswith("(")) for layer in layers]
    assert lines == [layer for layer in built if layer]


def test_no_module_is_too_long_to_read_at_once() -> None:
    lengths = sorted(((len((CLAW / m).read_text().splitlines()), m) for m in modules()), reverse=True)
    print("longest modules:", *(f"{length} {module}" for length, module in lengths[:5]), sep="\n  ")  # noqa: T201  seen with -s
    assert not [(length, module) for length, module in lengths if length > LONGEST_MODULE]


def test_one_module_alone_asks_what_time_it_is() -> None:
    asks = re.compile(r"^\s*(?:import time\b|from time import)|\bdatetime\.(?:now|utcnow|today)\(", re.MULTILINE)
    assert {m for m in modules() if asks.search((CLAW / m).read_text())} == {"base/clock.py"}


def test_every_file_that_is_no_code_is_shipped_with_its_package() -> None:
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]
    shipped: set[Path] = set()
    for package, globs in wanted.items():
        for glob in globs:
            found = {path for path in ROOT.joinpath(*package.split(".")).glob(glob) if path.is_file()}
            assert found, f"{package}: nothing is like {glob}"
            shipped |= found
    files = {path for path in CLAW.rglob("*") if path.is_file() and path.suffix not in {".py", ".pyc"}}
    assert files == shipped
