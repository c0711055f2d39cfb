"""The way of every act: the gate with whatever stands behind its door, and what is told of it afterwards.

Each of Claw's own actions has one effector, named here; what the house does goes to its backend.
"""

from claw.daemon.asking import model_effector
from claw.daemon.parts import Footing, Place, Way
from claw.daemon.remembering import Ground, liken, store
from claw.daemon.routined import shelf as routine_shelf
from claw.daemon.skilled import shelf
from claw.daemon.texts import READ, Texts
from claw.daemon.wording import Wording
from claw.gate.confirm import Questions
from claw.gate.follow import Follower
from claw.gate.logbook import Logbook
from claw.gate.messages import Messages
from claw.gate.perform import Door, Effector, Gate
from claw.gate.refusals import Refusals
from claw.gate.verify import Verifier
from claw.llm.effector import MODEL
from claw.llm.model import Model
from claw.memory.effector import REMEMBER
from claw.memory.forget import FORGET, FORGET_ALL
from claw.mind.whereabouts import PRESENCE, Looked, Whereabouts
from claw.routines.acts import ACTIONS as SCHEDULING
from claw.skills.effector import ACTIONS as DECIDING


def acting(ground: Footing, place: Place) -> Way:
    """Return the gate, with an effector for each of Claw's own actions; ``ground.rooms`` closes what runs by itself."""
    config, rooms, clock = ground.config, ground.rooms, ground.clock
    audit, stop, mirror = ground.audit, ground.stop, place.mirror
    verifier = Verifier(mirror, clock, clock, ground.db)
    wording = Wording(config.languages[0])
    follower = Follower(verifier, audit, lambda outcome, language: wording.late(outcome, mirror.house(), language))
    rooms.push_async_callback(follower.close)
    place.stopping.cuts.append(follower.cut)
    messages = Messages(place.permits)
    effector = model_effector(config.model, place.permits, ground.db, mirror, clock, config.memory)
    texts = Texts(place.permits, mirror, config.sources)
    kept = store(Ground(ground.db, ground.state / "claw.db", clock, audit, place.permits, mirror, place.people))
    rooms.callback(kept.recall.close)
    own: dict[str, Effector] = {"claw": messages, READ: texts, PRESENCE: Looked(place.permits)}
    own |= {REMEMBER: kept.effector, FORGET: kept.forgetter, FORGET_ALL: kept.forgetter}
    skills, routines = shelf(kept.ground, place.judge), routine_shelf(kept.ground)
    own |= dict.fromkeys(DECIDING, skills.effector) | dict.fromkeys(SCHEDULING, routines.effector)
    if effector is not None:
        rooms.push_async_callback(effector.close)
        own[MODEL] = effector
        kept.forgetter.erasers.append(effector.budget)
    refusals = Refusals(audit, clock)
    rooms.callback(refusals.flush)
    gate = Gate(
        stop=stop,
        judge=place.judge,
        questions=Questions(ground.db, audit, place.people, clock),
        audit=audit,
        door=Door(place.permits, place.backend, own, place.stopping.running),
        verifier=verifier,
        wording=wording,
        follower=follower,
        refusals=refusals,
    )
    follower.tell = gate.tell
    kept.forgetter.tell = follower.send
    if config.house.logbook:
        logbook = Logbook(gate.perform, stop, place.people, clock, clock)
        rooms.push_async_callback(logbook.close)
        follower.noted.append(logbook.take)
        stop.hooks.append(logbook.clear)
    model = Model(effector, gate) if effector is not None else None
    liken(kept, model, config.memory)
    whereabouts = Whereabouts(gate, place.people, kept.hearing)
    return Way(gate, follower, messages, texts, whereabouts, kept, skills, routines, model)
