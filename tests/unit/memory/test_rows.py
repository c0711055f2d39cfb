import claw.memory.rows  # noqa: F401
