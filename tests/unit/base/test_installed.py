import base64
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from claw.base.installed import ALLOWED_PTH, MOST, Compared, Difference, as_json, compare, folders, from_json

PTH = "import os\n"


def record(root: Path, package: str, files: dict[str, str], *more: str) -> None:
    """Install ``package`` with ``files`` as pip would."""
    lines = []
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        lines.append(f"{path},sha256={digest},{len(text.encode())}")
    info = f"{package}.dist-info"
    (root / info).mkdir()
    (root / info / "RECORD").write_text("\n".join([*lines, *more, f"{info}/RECORD,,"]) + "\n", encoding="utf-8")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "lib" / "python3.11" / "site-packages"
    folder.mkdir(parents=True)
    record(folder, "lamp-1.0", {"lamp/__init__.py": "ON = 1\n", "lamp/data.txt": "x", "../../../bin/lamp": "#!x\n"})
    record(folder, "claw-0.1.0", {"claw/__init__.py": "A = 1\n"})
    return folder


def found(root: Path, *, whole: bool = True) -> list[tuple[str, str, str]]:
    told = compare([root], whole=whole)
    assert told.found == len(told.differences)
    return [(each.kind, each.path, each.package) for each in told.differences]


def test_what_is_as_it_was_installed_is_no_difference(root: Path) -> None:
    (root / "lamp" / "__pycache__").mkdir()
    (root / "lamp" / "__pycache__" / "__init__.cpython-311.pyc").write_bytes(b"compiled")
    (root / "lamp" / "notes.txt").write_text("nobody's, and no code", encoding="utf-8")
    (root / ".u3f_sync").touch()
    told = compare([root])
    assert told.ok
    assert (told.packages, told.files) == (2, 6)


SPOILED: list[tuple[Callable[[Path], object], tuple[str, str, str]]] = [
    (lambda at: (at / "lamp/__init__.py").write_text("ON = 2\n"), ("changed", "lamp/__init__.py", "lamp-1.0")),
    (lambda at: (at / "lamp/data.txt").unlink(), ("missing", "lamp/data.txt", "lamp-1.0")),
    (lambda at: (at / "../../../bin/lamp").write_text("#!y\n"), ("changed", "../../../bin/lamp", "lamp-1.0")),
    (lambda at: (at / "lamp/extra.py").write_text("x"), ("stranger", "lamp/extra.py", "")),
    (lambda at: (at / "sitecustomize.py").write_text("x"), ("stranger", "sitecustomize.py", "")),
    (lambda at: (at / "lamp/fast.so.1").write_text("x"), ("stranger", "lamp/fast.so.1", "")),
    (lambda at: (at / "lamp/old.pyc").write_text("x"), ("stranger", "lamp/old.pyc", "")),
    (lambda at: (at / "lamp/link").symlink_to("/"), ("stranger", "lamp/link", "")),
    (lambda at: (at / "start.pth").write_text(PTH), ("pth", "start.pth", "")),
]


@pytest.mark.parametrize(("spoil", "difference"), SPOILED)
def test_each_way_of_being_another_is_found(
    root: Path, spoil: Callable[[Path], object], difference: tuple[str, str, str]
) -> None:
    assert found(root) == []
    spoil(root)
    assert found(root) == [difference]


def test_a_pth_is_allowed_by_its_content_whoever_brought_it(root: Path) -> None:
    record(root, "spy-1.0", {"spy.pth": PTH})
    assert found(root) == [("pth", "spy.pth", "")]
    digest = hashlib.sha256(PTH.encode()).hexdigest()
    assert compare([root], allowed={digest: "spy"}).ok
    assert all(len(each) == 64 for each in ALLOWED_PTH)


def test_a_clone_that_somebody_works_in_is_told_and_its_pth_is_its_own(root: Path) -> None:
    info = root / "tool-2.0.dist-info"
    record(root, "tool-2.0", {"__editable__.tool-2.0.pth": PTH, "deep/other.pth": PTH})
    assert ("pth", "__editable__.tool-2.0.pth", "") in found(root)
    (info / "direct_url.json").write_text(json.dumps({"url": "file:///x", "dir_info": {"editable": True}}))
    assert found(root) == []
    assert compare([root]).editable == ("tool-2.0",)
    (root / "__editable__.tool-2.0.pth").write_text("import other\n")
    assert found(root) == [("changed", "__editable__.tool-2.0.pth", "tool-2.0")]


def test_a_quick_look_reads_claws_own_files_and_the_sizes_of_the_others(root: Path) -> None:
    (root / "lamp/__init__.py").write_text("ON = 2\n")
    (root / "claw/__init__.py").write_text("A = 2\n")
    assert found(root, whole=False) == [("changed", "claw/__init__.py", "claw-0.1.0")]
    (root / "lamp/__init__.py").write_text("ON = 22\n")
    assert ("changed", "lamp/__init__.py", "lamp-1.0") in found(root, whole=False)


def test_beside_packages_of_the_system_only_what_has_a_record_is_held(root: Path) -> None:
    (root / "apt_thing-1.dist-info").mkdir()
    (root / "apt_thing.py").write_text("x")
    (root / "lamp/__init__.py").write_text("ON = 2\n")
    (root / "start.pth").write_text(PTH)
    assert found(root) == [("changed", "lamp/__init__.py", "lamp-1.0"), ("pth", "start.pth", "")]
    assert compare([root]).unrecorded == ("apt_thing-1",)


@pytest.mark.parametrize(
    "line",
    ["lamp/__init__.py,md5=0123,7", "lamp/__init__.py,sha256=,7", "/dev/zero,sha256=AAAA,", "x\0y.py,sha256=A,1", '"'],
)
def test_a_record_that_lies_is_believed_in_nothing_and_breaks_nothing(root: Path, line: str) -> None:
    record(root, "liar-1", {}, line)
    kinds = {each[0] for each in found(root)}
    assert kinds <= {"changed"}
    assert kinds or "\0" in line or line == '"'


def test_names_of_files_are_printable_and_few(root: Path) -> None:
    (root / "a\x1b[2J\n.py").write_text("x")
    os.fsencode(root)
    (Path(os.fsdecode(os.fsencode(root) + b"/b\xff.py"))).write_text("x")
    (root / ("c" * 240 + ".py")).write_text("x")
    told = compare([root])
    assert told.found == 3
    assert all(each.path.isprintable() and len(each.path) <= 200 for each in told.differences)
    as_json(told).encode()
    for number in range(MOST + 10):
        (root / f"n{number}.py").touch()
    told = compare([root])
    assert (len(told.differences), told.found) == (MOST, MOST + 13)


def test_progress_is_told_and_a_folder_that_is_not_there_is_empty(root: Path, tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    compare([root], progress=lambda done, of: steps.append((done, of)))
    assert steps == [(0, 2), (1, 2), (2, 2)]
    assert compare([tmp_path / "nothing"]) == Compared()
    assert folders(["/x/site-packages", "/x", "", "/y/dist-packages", "/x/site-packages"]) == (
        Path("/x/site-packages"),
        Path("/y/dist-packages"),
    )


def test_what_a_process_told_is_read_again_and_nothing_else_is() -> None:
    told = Compared(3, 9, 1, (Difference("changed", "a.py", "a-1"),), ("b-1",), ("c-1",))
    assert from_json(as_json(told)) == told
    for line in ("", "[]", "{}", '{"packages": 1}'):
        with pytest.raises(ValueError, match=r".*"):
            from_json(line)


def test_it_runs_as_a_process_of_its_own_that_knows_no_other_room() -> None:
    code = (
        "import sys, runpy\n"
        "sys.path[:] = [each for each in sys.path if not each.endswith('-packages')]\n"
        f"sys.path.insert(0, {str(Path(__file__).parents[3])!r})\n"
        "runpy.run_module('claw.base.installed', run_name='__main__')\n"
        "assert not [each for each in sys.modules if each.startswith('claw.') and each != 'claw.base']\n"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert from_json(done.stdout).ok
