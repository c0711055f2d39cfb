import claw.memory.admission  # noqa: F401
