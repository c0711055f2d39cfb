import claw.mind.preferring  # noqa: F401
