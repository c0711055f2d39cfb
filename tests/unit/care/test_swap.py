"""Two folders change their names in one step."""

import errno
from pathlib import Path

import pytest

from claw.care import swap
from claw.care.swap import exchange


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
        (folder / "name").write_text(folder.name)
    return one, other


def test_each_has_the_name_of_the_other(two: tuple[Path, Path]) -> None:
    one, other = two
    exchange(one, other)
    assert (one / "name").read_text() == "other"
    assert (other / "name").read_text() == "one"


def test_where_the_file_system_knows_no_such_step_too(two: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Path) -> None:
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(swap, "_exchange", unknown)
    one, other = two
    exchange(one, other)
    assert (one / "name").read_text() == "other"
    assert (other / "name").read_text() == "one"
    assert sorted(path.name for path in one.parent.iterdir()) == ["one", "other"]


def test_one_that_is_not_there_changes_nothing(two: tuple[Path, Path]) -> None:
    one, _ = two
    with pytest.raises(OSError, match="No such file"):
        exchange(one, one.parent / "nowhere")
    assert (one / "name").read_text() == "one"


def test_a_library_without_it_is_as_a_file_system_without_it(
    two: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(swap.ctypes, "CDLL", lambda *_, **__: object())
    one, other = two
    exchange(one, other)
    assert (one / "name").read_text() == "other"
