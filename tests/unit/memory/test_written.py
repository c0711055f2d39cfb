import claw.memory.written  # noqa: F401
