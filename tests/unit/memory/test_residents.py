import claw.memory.residents  # noqa: F401
