import claw.memory.effector  # noqa: F401
