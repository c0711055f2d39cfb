import claw.memory.memories  # noqa: F401
