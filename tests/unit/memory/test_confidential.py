import claw.memory.confidential  # noqa: F401
