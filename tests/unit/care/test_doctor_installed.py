import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from claw.base.installed import Compared, Difference, compare
from claw.base.reinstall import again
from claw.care import doctor_installed
from claw.care.doctor_installed import TOLD, differing, installed
from tests.doctor_room import case, found, mends, worse
from tests.unit.base.test_installed import SPOILED, record

LEVELS = {"changed": "problem", "missing": "warning", "stranger": "problem", "pth": "problem"}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "lib" / "python3.11" / "site-packages"
    folder.mkdir(parents=True)
    record(folder, "lamp-1.0", {"lamp/__init__.py": "ON = 1\n", "lamp/data.txt": "x", "../../../bin/lamp": "#!x\n"})
    monkeypatch.setattr(doctor_installed, "folders", lambda: (folder,))
    return folder


@pytest.mark.parametrize(("spoil", "difference"), SPOILED)
def test_each_file_that_differs_is_told_by_its_name(
    tmp_path: Path, root: Path, spoil: Callable[[Path], object], difference: tuple[str, str, str]
) -> None:
    assert worse(installed, case(tmp_path)) == []
    spoil(root)
    ((level, text),) = worse(installed, case(tmp_path, full=True))
    assert (level, text.startswith(difference[1])) == (LEVELS[difference[0]], True)


def test_a_package_is_mended_by_installing_it_anew(tmp_path: Path, root: Path) -> None:
    (root / "lamp" / "__init__.py").unlink()
    assert mends(installed, case(tmp_path)) == [again()]


def test_what_is_not_held_against_anything_is_said(tmp_path: Path, root: Path) -> None:
    (root / "apt-1.dist-info").mkdir()
    (root / "lamp-1.0.dist-info" / "direct_url.json").write_text('{"dir_info": {"editable": true}}')
    assert [level for level, _ in worse(installed, case(tmp_path))] == ["note", "note"]


def test_no_folder_at_all_is_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_installed, "folders", tuple)
    monkeypatch.setattr(doctor_installed, "compare", lambda _roots, **_: Compared())
    assert ("note", "This Python has no folder of installed packages.") in found(installed, case(tmp_path))


def test_many_differences_are_counted_and_the_override_has_its_own_word(monkeypatch: pytest.MonkeyPatch) -> None:
    many = tuple(Difference("changed", f"f{number}.py", "lamp-1.0") for number in range(50))
    told = list(differing(Compared(1, 50, 50, many)))
    assert (len(told), told[-1].text) == (TOLD + 1, "and 40 more files that differ.")
    (over,) = differing(Compared(1, 1, 1, (Difference("changed", "urllib3/__init__.py", "urllib3-2.8.0"),)))
    assert over.mend == (
        f"urllib3-future wrote over urllib3, which nothing of Claw needs: {sys.executable} -m pip uninstall urllib3"
    )
    monkeypatch.setattr(doctor_installed, "is_clone", lambda: False)  # a release, which has no pip
    (over,) = differing(Compared(1, 1, 1, (Difference("changed", "urllib3/__init__.py", "urllib3-2.8.0"),)))
    assert over.mend.endswith(again())


def test_long_work_is_told_as_it_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []

    def slowly(roots: object, *, whole: bool, progress: Callable[[int, int], None]) -> Compared:
        for done in range(101):
            progress(done, 100)
        return compare([], whole=whole)

    monkeypatch.setattr(doctor_installed, "compare", slowly)
    list(installed(case(tmp_path, full=True, progress=steps.append)))
    assert (len(steps), steps[0]) == (10, "installed: 10 of 100 packages")
    list(installed(case(tmp_path, progress=steps.append)))
    assert len(steps) == 10
