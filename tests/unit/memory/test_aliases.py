import claw.memory.aliases  # noqa: F401
