"""From the bytes of a folder to a skill, with every reason why it cannot be more than a draft."""

from claw.skills.model import Files, Skill


def read_skill(files: Files, name: str) -> Skill:
    """Return the skill in ``files``, with its problems; raises Invalid where it cannot be read as one at all.

    ``name`` is that of its folder.
    """
    raise NotImplementedError


def sealed(files: Files) -> Files:
    """Return ``files`` with the hashes in ``skill.yaml`` (its ``files:``) made those of the other files.

    For whoever writes a skill: the last step before it is shown to anybody.  Raises Invalid without a ``skill.yaml``.
    """
    raise NotImplementedError
