import claw.memory.sources  # noqa: F401
