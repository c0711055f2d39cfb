import claw.memory.beliefs  # noqa: F401
