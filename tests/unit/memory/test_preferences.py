import claw.memory.preferences  # noqa: F401
