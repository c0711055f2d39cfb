"""What a skill's files hold that no skill of a home needs: looked for before anybody is asked to trust it."""

from claw.skills.model import Files


def findings(files: Files) -> tuple[str, ...]:
    """Return one sentence, with file and line, for each thing that keeps a skill a draft."""
    raise NotImplementedError
