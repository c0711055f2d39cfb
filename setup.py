"""The skills that ship lie beside the package and go below it in a wheel, for which pyproject.toml has no words."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class WithSkills(build_py):
    """Copies ``skills/`` to where ``claw/skills/places.py`` looks for it in an installed package."""

    def run(self) -> None:
        """Copy them after everything else; an editable install finds the folder in the checkout."""
        super().run()
        if not self.editable_mode:
            shipped = Path(self.build_lib, "claw", "skills", "shipped")
            shutil.rmtree(shipped, ignore_errors=True)  # of a build before this one
            shutil.copytree("skills", shipped, ignore=shutil.ignore_patterns("__pycache__", ".*"))


setup(cmdclass={"build_py": WithSkills})
