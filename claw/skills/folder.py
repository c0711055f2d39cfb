"""Reads the folder of a skill as if somebody had prepared it for us: which it may well be."""

from pathlib import Path

from claw.skills.model import Files

MOST_FILES = 60
MOST_BYTES = 64 * 1024
MOST_BYTES_ALL = 512 * 1024
DEEPEST = 2


def read_folder(path: Path) -> Files:
    """Return all files below ``path``; raises Invalid, with the file's name, where it is more or other than a skill."""
    raise NotImplementedError
