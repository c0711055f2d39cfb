"""What asks the configured model, put together; nothing is imported, opened or sent before somebody asks.

A model that cannot be asked, for want of a key, is no reason not to start: everything that needs none goes on, and the
status says what is missing.
"""

import logging
from datetime import datetime
from typing import TYPE_CHECKING

from sqlite_utils import Database

from claw.base.clock import SystemClock
from claw.base.config import EmbeddingsConfig, MemoryConfig, ModelConfig
from claw.base.permit import PermitDesk
from claw.house.mirror import Mirror
from claw.llm.effector import ModelEffector
from claw.policy.windows import local

if TYPE_CHECKING:
    from claw.llm.embeddings import Embeddings

logger = logging.getLogger(__name__)

NO_MEMORY = MemoryConfig()


def model_effector(
    config: ModelConfig | None,
    permits: PermitDesk,
    db: Database,
    mirror: Mirror,
    clock: SystemClock,
    memory: MemoryConfig = NO_MEMORY,
) -> ModelEffector | None:
    """Return what asks the model of ``config`` and the one of ``memory`` for embeddings; None where there is none.

    Their day is that of the house.
    """
    if config is None:
        return None
    from claw.llm.budget import Budget  # noqa: PLC0415  a house without a model need not pay for what asks one
    from claw.llm.client import Client  # noqa: PLC0415  see above

    def at_home(now: datetime) -> datetime:
        return local(mirror.registry, now) or now.astimezone()

    client = Client(config, clock, clock)
    client.look()
    if client.problem:
        logger.warning("The model cannot be asked: %s", client.problem)
    embeddings = _embeddings(config, memory.embeddings, clock) if memory.embeddings is not None else None
    return ModelEffector(permits, client, Budget(db, clock, config, at_home), clock, embeddings)


def _embeddings(config: ModelConfig, own: EmbeddingsConfig, clock: SystemClock) -> "Embeddings":
    from claw.llm.embeddings import Embeddings  # noqa: PLC0415  most houses have none

    # The key of one server is nobody else's: another address without a key of its own is asked without any.
    foreign = own.base_url not in {None, config.base_url} and own.key_file is None
    return Embeddings(own.as_model(config), clock, key=str if foreign else None)
