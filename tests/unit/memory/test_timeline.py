import claw.memory.timeline  # noqa: F401
