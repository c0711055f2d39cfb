"""What answers by programs that a model writes, put together: the model, what it is told, the programs.

Without a model none of it is built, and what no sentence covers is politely not understood.  Nothing is started before
somebody asks for something that needs it.
"""

import logging
from dataclasses import dataclass

from claw.daemon.programming import Programming
from claw.daemon.recollecting import Recollecting
from claw.daemon.running import Reading, functions_of
from claw.llm.model import Model
from claw.llm.reader import Reader
from claw.mind.approved import ApprovedNames
from claw.mind.language import load
from claw.mind.planner import Planner
from claw.mind.prompt import rules
from claw.mind.recent import Recent
from claw.mind.sight import Sight
from claw.program.api import told
from claw.program.run import Programs
from claw.program.sandbox import NO_SANDBOX, Sandbox

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Thinking:
    """What answers by programs."""

    sandbox: Sandbox
    programs: Programs
    planner: Planner


def thinking(
    programming: Programming, model: Model | None, names: ApprovedNames, memory: Recollecting | None = None
) -> Thinking | None:
    """Return what answers by programs that ``model`` writes, None without a model.

    ``memory`` is what whoever writes them is told of what people told.
    """
    if model is None:
        return None
    around = programming.around
    config, clock, mirror = around.config, around.clock, around.mirror
    functions = functions_of(around, memory=memory is not None, reads=True)
    languages = [load(code) for code in config.languages]
    sight = Sight(rules(told(functions, config.sources)), mirror, names, languages, Recent(clock), clock, memory)
    ran = programming(Reading(Reader(model), sight.search))
    without = NO_SANDBOX if programming.sandbox.kind == "none" else ""
    if without:
        logger.warning(without)
    planner = Planner(model, ran.programs, sight, mirror, ran.telling, without)
    return Thinking(programming.sandbox, ran.programs, planner)
