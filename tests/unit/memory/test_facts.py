import claw.memory.facts  # noqa: F401
