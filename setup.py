"""What lies beside the package and is shipped with it, for which pyproject.toml has no words.

The skills go below the package, where ``claw/skills/places.py`` looks for them.  What programs other than Claw look for
(the page of the manual, what shells complete, unit files, examples, documentation) goes below ``share/`` of wherever it
is installed.  The bill of materials goes where PEP 770 has it, beside the package's metadata.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

HERE = Path(__file__).parent
EXAMPLES = ("config.example.yaml", "policy.example.yaml")


class WithSkills(build_py):
    """Copies ``skills/`` to where ``claw/skills/places.py`` looks for it in an installed package."""

    def run(self) -> None:
        """Copy them after everything else; an editable install finds the folder in the checkout."""
        super().run()
        if not self.editable_mode:
            shipped = Path(self.build_lib, "claw", "skills", "shipped")
            shutil.rmtree(shipped, ignore_errors=True)  # of a build before this one
            shutil.copytree("skills", shipped, ignore=shutil.ignore_patterns("__pycache__", ".*"))


class WithBill(bdist_wheel):
    """Puts the bill of materials into the wheel's metadata."""

    def write_wheelfile(self, wheelfile_base: str, *more: str, **named: str) -> None:
        """Write it beside the file that every wheel has; not for an editable one, which nobody is given."""
        super().write_wheelfile(wheelfile_base, *more, **named)
        if "editable_wheel" in self.distribution.command_obj:
            return
        bill = Path(wheelfile_base, "sboms", "claw.cdx.json")
        bill.parent.mkdir(exist_ok=True)
        told = subprocess.run([sys.executable, HERE / "packaging" / "sbom.py"], check=True, capture_output=True)  # noqa: S603  our own
        bill.write_bytes(told.stdout)


def shared() -> Iterator[tuple[str, list[str]]]:
    """Give each folder below ``share/`` with what goes into it."""
    yield "share/claw", list(EXAMPLES)
    yield "share/doc/claw", sorted(str(path.relative_to(HERE)) for path in (HERE / "docs").glob("*.md"))
    for below, to in ((HERE / "packaging" / "share", "share"), (HERE / "systemd", "share/claw/systemd")):
        for folder in sorted({path.parent for path in below.rglob("*") if path.is_file()}):
            files = sorted(str(path.relative_to(HERE)) for path in folder.iterdir() if path.is_file())
            yield str(Path(to, folder.relative_to(below))), files


setup(cmdclass={"build_py": WithSkills, "bdist_wheel": WithBill}, data_files=list(shared()))
