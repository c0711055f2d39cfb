import os
import shutil
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from tests.prove.guards import GUARDS, Guard
from tests.prove.mutation import copy_tree
from tests.prove.server import fast
from tests.prove.trial import Trial

ROOT = Path(__file__).parents[2]
ONE_OF = 45
"""Of so many guards one is taken out in every run, each of them in ``make prove``."""

FAILED = 1
"""What pytest ends with when tests ran and some failed; a test that is not there, or cannot be read, ends otherwise."""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("tree") if fast() is None else Path(fast() or "", f"guards-{os.getpid()}")
    copy_tree(folder, compiled=True)  # each guard is tried in a new process, which would compile all of it again
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def trial(tree: Path) -> Iterator[Trial]:
    made = Trial(tree)
    yield made
    made.close()


def _shares() -> list[object]:
    """Give every guard, a few of them (chosen by their names) in every run."""
    drawn = {guard.name: int(sha256(guard.name.encode()).hexdigest(), 16) % ONE_OF == 0 for guard in GUARDS}
    assert any(drawn.values())
    return [
        pytest.param(guard, id=guard.name, marks=() if drawn[guard.name] else (pytest.mark.prove,)) for guard in GUARDS
    ]


@pytest.mark.parametrize("guard", GUARDS, ids=[guard.name for guard in GUARDS])
def test_the_table_names_what_is_there(guard: Guard) -> None:
    source = (ROOT / guard.path).read_text(encoding="utf-8")
    assert source.count(guard.fragment) == 1, f"{guard.fragment!r} stands {source.count(guard.fragment)} times"
    if guard.path.endswith(".py"):
        compile(source.replace(guard.fragment, guard.without), guard.path, "exec")
    path, name = guard.test.partition("[")[0].split("::")
    assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8")


def test_each_guard_is_there_once() -> None:
    assert len({guard.name for guard in GUARDS}) == len(GUARDS)
    assert len({(guard.path, guard.fragment, guard.without) for guard in GUARDS}) == len(GUARDS)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("guard", _shares())
def test_without_the_guard_its_test_fails(guard: Guard, tree: Path, trial: Trial) -> None:
    path = tree / guard.path
    whole = path.read_text(encoding="utf-8")
    for stale in path.parent.glob(f"__pycache__/{path.stem}.*.pyc"):
        stale.unlink()
    path.write_text(whole.replace(guard.fragment, guard.without), encoding="utf-8")
    try:
        code, said = trial.run(guard.test, 280)
    finally:
        path.write_text(whole, encoding="utf-8")
    assert code == FAILED, f"nothing noticed that {guard.name!r} is gone:\n{said}"
