"""What is to be kept, put right or forgotten, as it is said: through the gate, and read back in one sentence."""

from dataclasses import replace
from datetime import timedelta

from claw.base.action import Reply
from claw.base.errors import Refused
from claw.house.text import plain
from claw.memory.erasing import Scope
from claw.memory.forget import Forgotten
from claw.memory.memories import Answer
from claw.memory.model import Fact, Memory
from claw.mind import memos_days
from claw.mind.memos_subjects import THING
from claw.mind.memos_talk import Talk, Told
from claw.mind.memos_templates import Match
from claw.mind.phrases import fill, phrases

_UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
MOST_FORGOTTEN = 50
LONGEST_AGO = 10_000


async def remember(talk: Talk, match: Match) -> Told | None:
    """Keep what a sentence states; None where it is some words that state nothing and were not said to be kept."""
    what = match.get("what")
    called = talk.tongue.asks.match(what)
    if called is not None and called.means == "call" and (named := await call(talk, called)) is not None:
        return named
    if match.means == "loose":
        if what.casefold().startswith(talk.tongue.to_do):
            return Told(talk.say("task", "unclear"))
        if not talk.statements.typed(what):
            return None
    fact = await talk.rooms.preferring.wish(what, talk.house, talk.origin)
    fact = fact or talk.statements.read(what, private=match.means == "private")
    return _kept(talk, await talk.rooms.memories.tell(fact, talk.origin, said=talk.text))


async def call(talk: Talk, match: Match) -> Told | None:
    """Give a thing a name; None where nothing in the house is meant."""
    for what, said in _split(match):
        meant = talk.subjects.known(talk.tongue.bare(what))
        entity = talk.subjects.entity(meant) if meant is not None else None
        if entity is not None:
            name = talk.tongue.bare(said)
            if not talk.rooms.aliases.lives_here(talk.origin):
                return _named_here(talk, entity.entity_id, name)
            fact = talk.rooms.aliases.fact(entity.entity_id, name, talk.origin)
            return _kept(talk, await talk.rooms.memories.tell(fact, talk.origin, said=talk.text))
    return None


def _named_here(talk: Talk, entity_id: str, name: str) -> Told:
    """Let somebody who does not live here call a thing something for as long as this talk lasts."""
    own = talk.rooms.aliases.name_for_talk(entity_id, name, talk.origin)
    words = phrases(talk.language)
    text = fill(words.likings["named"], name=words.quote(name), thing=plain(own))
    return Told(Reply(text, "done", path="intent", language=talk.language))


def _split(match: Match) -> list[tuple[str, str]]:
    """Return what may be the thing and what its name, the longest thing first."""
    if match.get("name"):
        return [(match.get("what"), match.get("name"))]
    words = match.get("what").split()
    return [(" ".join(words[:at]), " ".join(words[at:])) for at in range(len(words) - 1, 0, -1)]


async def prefer(talk: Talk, match: Match) -> Told | None:
    """Keep what somebody likes from now on, or what is so from now on."""
    what = match.get("what")
    try:
        fact = await talk.rooms.preferring.from_now_on(what, talk.house, talk.origin)
    except Refused as error:
        if not talk.statements.typed(what):
            raise
        try:
            fact = talk.statements.read(what)
        except Refused:
            raise error from None
    return _kept(talk, await talk.rooms.memories.tell(fact, talk.origin, said=talk.text))


async def correct(talk: Talk, match: Match) -> Told | None:
    """Put right what was spoken of just before, or what is known under the same key."""
    old = talk.last()
    what = match.get("what") or match.get("value")
    its = talk.tongue.parts.match(what) if match.means == "correct" else Match("its", {"value": what})
    if its is not None:
        if old is None:
            return None if match.means == "instead" else Told(talk.say("which_thing", "unclear"))
        fact = _replaced(talk, old, its.get("value"))
        if fact is None:
            return Told(talk.say("unsaid", "unclear"))
    else:
        fact = talk.statements.read(what)
        if old is None or old.fact.subject != fact.subject:
            memories = await talk.memories()
            old = next((one for one in memories if one.fact.key == fact.key), None)
    if old is None:
        return _kept(talk, await talk.rooms.memories.tell(fact, talk.origin, said=talk.text))
    fact = replace(fact, visibility=old.fact.visibility, sensitivity=old.fact.sensitivity)
    answer = await talk.rooms.memories.correct(old.id, fact, talk.origin, said=talk.text)
    if answer.kept is None or not answer.kept.new:
        return _kept(talk, answer)
    memory = answer.kept.memory
    reply = talk.say("corrected", "done", sentence=talk.quote(memory), before=talk.quote(old))
    return Told(reply, (memory.id,))


def _replaced(talk: Talk, old: Memory, value: str) -> Fact | None:
    """Return a memory's fact with another value in its sentence, None where that cannot be done word for word."""
    sentence, before = old.fact.sentence, old.fact.value
    when = memos_days.find(sentence, talk.tongue.days, talk.statements.today)
    if old.fact.kind == "event" and when is not None:
        if memos_days.find(value, talk.tongue.days, talk.statements.today) is None:
            return None
        start = talk.tongue.days.lists["on"][0] + " " if value[:1].isdigit() and not talk.tongue.spaceless else ""
        gap = "" if talk.tongue.spaceless else " "
        new = f"{sentence[: when.first].rstrip()}{gap}{start}{value}{gap}{sentence[when.last :].lstrip()}".strip()
    elif isinstance(before, str) and sentence.count(before) == 1:
        new = sentence.replace(before, value)
    else:
        return None
    fact = talk.statements.read(new)
    same = fact.subject == old.fact.subject and fact.kind == old.fact.kind
    return fact if same else replace(old.fact, value=value, sentence=new)


async def consent(talk: Talk, match: Match) -> Told | None:
    """Write down what somebody agrees to, or no longer does."""
    what, _, how = match.means.partition("_")
    person, yes = talk.subjects.me().id, how == "on"
    habits, talks = (yes, None) if what == "habits" else (None, yes)
    answer = await talk.rooms.memories.consent(person, talk.origin, habits=habits, talks=talks, said=talk.text)
    if answer.consent is None:
        return Told(talk.performed(answer.performed))
    return Told(talk.say(match.means, "done"))


async def forget(talk: Talk, match: Match) -> Told | None:
    """Forget what was spoken of just before, something that is named, a time, a person or everything."""
    match match.means:
        case "forget_all" | "forget_me" | "forget_today":
            return await _forgotten(talk, _whole(talk, match.means))
        case "forget_since":
            return await _forget_since(talk, match)
        case "forget_about":
            return await _forget_about(talk, match.get("who"))
        case "forget_that":
            found = [one for one in (_visible(talk, number) for number in talk.recent) if one is not None]
            return await _forget_one(talk, found)
        case _:
            return await _forget_what(talk, match.get("what"))


def _whole(talk: Talk, means: str) -> Scope:
    """Return how much is to be forgotten where nothing is named."""
    if means == "forget_all":
        return Scope.all()
    if means == "forget_me":
        return Scope.about(talk.subjects.me().id)
    return Scope.after(memos_days.moment(talk.statements.today, talk.house.registry.time_zone))


async def _forget_since(talk: Talk, match: Match) -> Told | None:
    days = talk.tongue.days
    said = match.get("n").casefold() or "1"
    count = int(said) if said.isdecimal() else days.numbers.get(said)
    unit = days.units.get(match.get("unit").casefold())
    if count is None or unit is None or not 0 < count <= LONGEST_AGO:
        return await _forget_what(talk, match.get("unit"))
    each = _UNITS.get(unit) or timedelta(days={"week": 7, "month": 31, "year": 366}[unit])
    try:
        since = talk.statements.now - each * count
    except OverflowError:
        return await _forgotten(talk, Scope.all())
    return await _forgotten(talk, Scope.after(since))


async def _forget_about(talk: Talk, who: str) -> Told | None:
    subject = talk.subjects.find(who)
    if subject.person is not None:
        return await _forgotten(talk, Scope.about(subject.person))
    statuses = ("active", "superseded", "candidate")
    found = [one for one in await talk.memories(statuses) if one.fact.subject == subject.key]
    if not found and subject.key.startswith(THING):
        found = await talk.about(subject, await talk.memories(statuses))
    if not found:
        return Told(talk.say("forget_none", "unclear"))
    last = Told(talk.say("forget_none", "unclear"))
    for one in found[:MOST_FORGOTTEN]:
        last = await _forgotten(talk, Scope.one(one.id))
        if last.reply.status != "done":
            break
    return last


async def _forget_what(talk: Talk, what: str) -> Told | None:
    memories = await talk.memories(("active", "superseded", "candidate"))
    same = [one for one in memories if one.fact.sentence.casefold().rstrip(" .") == what.casefold()]
    return await _forget_one(talk, same[:1] or await talk.covering(what, memories))


async def _forget_one(talk: Talk, found: list[Memory]) -> Told:
    if not found:
        return Told(talk.say("forget_none", "unclear"))
    if len(found) > 1:
        return talk.told("forget_which", found, "unclear")
    return await _forgotten(talk, Scope.one(found[0].id))


def _visible(talk: Talk, number: int) -> Memory | None:
    return talk.rooms.facts.visible(number, talk.audience)


async def _forgotten(talk: Talk, scope: Scope) -> Told:
    done: Forgotten = await talk.rooms.forgetting.forget(scope, talk.origin)
    if done.tombstone is None and done.performed is not None:
        return Told(talk.performed(done.performed))
    return Told(replace(talk.say("unknown", "done"), text=done.told))


def _kept(talk: Talk, answer: Answer) -> Told:
    """Read back what was kept; what was not done is the gate's to say."""
    kept = answer.kept
    if kept is None:
        return Told(talk.performed(answer.performed))
    sentence = talk.quote(kept.memory)
    if kept.memory.status == "candidate":
        reply = talk.say(_waits_for(talk, kept.memory), "done", sentence=sentence)
    elif kept.before is not None and kept.before.id != kept.memory.id:
        reply = talk.say("kept_instead", "done", sentence=sentence, before=talk.quote(kept.before))
    elif not kept.new:
        reply = talk.say("known", "done", sentence=sentence)
    else:
        private = kept.memory.fact.visibility.startswith("person:")
        reply = talk.say("kept_private" if private else "kept", "done", sentence=sentence)
    return Told(reply, (kept.memory.id,))


def _waits_for(talk: Talk, memory: Memory) -> str:
    """Return what a candidate waits for: a yes of somebody who lives here, an owner's, or only its time."""
    start = memory.fact.valid_from
    if not memory.explicit or memory.author != talk.audience.person or not talk.audience.resident:
        return "candidate"
    return "later" if start is not None and start > talk.statements.now else "outranked"
