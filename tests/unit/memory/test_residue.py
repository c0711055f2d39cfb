import claw.memory.residue  # noqa: F401
