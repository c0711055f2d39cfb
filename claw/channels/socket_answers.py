"""What the local socket answers about memory, skills, routines and voice, and to models: per word what it asks."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol, get_args

from claw.base.action import Json, Origin
from claw.base.errors import Refused, Unavailable
from claw.channels.accounts import By
from claw.channels.call import Call, Word
from claw.channels.clients import Clients
from claw.channels.entering import Admission
from claw.channels.remembering import Remembering
from claw.channels.routined import DEEDS as ROUTINE_DEEDS
from claw.channels.routined import Deed as RoutineDeed
from claw.channels.routined import Routined
from claw.channels.skilful import Skilful
from claw.policy.people import ROLES, Role
from claw.skills.deciding import Deed
from claw.skills.model import Files

if TYPE_CHECKING:  # see claw/channels/channel.py
    from claw.channels.agents import Agents
    from claw.channels.telegram import Telegram
    from claw.channels.voiced import Voiced

Answers = Mapping[Word, Callable[[], Awaitable[Json] | Json]]


class Tooling(Protocol):
    """The tools of other servers (``claw/daemon/tools.py``)."""

    async def listed(self) -> Json:
        """Return every tool of every server, asked now, with how it stands."""
        ...

    async def accept(self, name: str, content: str, origin: Origin) -> Json:
        """Let programs call a tool as it is now, where its hash is still ``content``; raises Refused, Unavailable."""
        ...

    async def drop(self, name: str, origin: Origin) -> Json:
        """Let no program call a tool any more; raises Refused."""
        ...


def of_memory(memory: Remembering, call: Call, origin: Origin) -> Answers:
    """Return what each word about memory asks."""
    return {
        "memory": lambda: memory.listed(origin, about=call.name, kind=call.kind, limit=call.limit),
        "memory_search": lambda: memory.search(call.text, origin, k=call.limit),
        "memory_why": lambda: memory.why(call.seq, origin),
        "memory_add": lambda: memory.add(call.text, origin, private=call.private),
        "memory_correct": lambda: memory.correct(call.seq, call.text, origin),
        "memory_forget": lambda: memory.forget(
            origin, number=call.seq, since=call.since, person=call.person or "", everything=call.everything
        ),
        "memory_export": lambda: memory.export(origin),
        "memory_proposals": lambda: memory.proposals(origin),
        "memory_settle": lambda: memory.settle(call.id, origin, yes=call.yes),
        "memory_consents": lambda: memory.consents(origin),
        "memory_consent": lambda: memory.consent(origin, habits=call.habits, talks=call.talks),
        "memory_night": lambda: memory.night(origin),
        "memory_sleep": lambda: memory.sleep(origin, dry_run=call.dry_run, undo=call.undo),
    }


def of_skills(skills: Skilful, call: Call, origin: Origin) -> Answers:
    """Return what each word about skills asks."""
    return {
        "skills": lambda: skills.listed(origin),
        "skill": lambda: skills.one(call.name, origin),
        "skill_history": lambda: skills.history(call.name, origin, limit=call.limit),
        "skill_compare": lambda: skills.compared(call.name, origin, old=call.old, new=call.hash),
        "skill_decide": lambda: skills.decide(_deed(call), call.name, origin, content=call.hash),
        "skill_prove": lambda: skills.prove(call.name, origin),
        "skill_import": lambda: skills.take(call.name, _files(call), origin),
        "skill_export": lambda: skills.export(call.name, origin),
    }


def of_routines(routines: Routined, call: Call, origin: Origin) -> Answers:
    """Return what each word about routines asks."""
    return {
        "routines": lambda: routines.listed(origin, over=call.everything),
        "routine": lambda: routines.one(call.name, origin),
        "routine_next": lambda: routines.next(origin, routine=call.name, limit=call.limit),
        "routine_history": lambda: routines.history(
            origin, routine=call.name, limit=call.limit, before=_moment(call.before)
        ),
        "routine_day": lambda: routines.day(origin, routine=call.name, day=call.dates[0] if call.dates else None),
        "routine_say": lambda: routines.say(call.text, origin),
        "routine_add": lambda: routines.add(call.data, origin, dry_run=call.dry_run),
        "routine_decide": lambda: routines.decide(_routine_deed(call), call.name, origin, days=call.dates),
        "routine_dry_run": lambda: routines.dry_run(call.name, origin),
        "routine_export": lambda: routines.export(call.name, origin),
        "routine_test_safety": lambda: routines.test_safety(origin),
    }


def of_voice(voiced: "Voiced", call: Call) -> Answers:
    """Return what each word about voice asks; it is for who reads the log."""
    return {
        "voice_devices": voiced.devices,
        "voice_hear": lambda: voiced.transcribe(call.audio, call.name, call.language),
    }


async def of_telegram(telegram: "Telegram | None", call: Call, origin: Origin) -> Json:
    """Answer who may write by Telegram, let somebody in, or shut them out; raises Refused, Unavailable without it."""
    if telegram is None:
        raise Unavailable("Telegram is not configured here (docs/telegram.md)")
    if call.do == "telegram_enrol":
        return telegram.enrol(call.person or "", origin)
    return telegram.accounts() if call.do == "telegram" else await telegram.revoke(call.person or "", origin)


async def of_people(admission: Admission | None, call: Call, origin: Origin) -> Json:
    """Answer the console who is of the household, or change it; raises Refused, and Broken."""
    if admission is None:
        raise Unavailable("nobody is let in here")
    accounts, by = admission.accounts, By(origin, console=True)
    if call.do == "people_first":
        return {"code": admission.entering.first_code()}
    if call.do == "people_add":
        person = await accounts.let_in(call.name, _role(call), by)
        return {"person": person.id, "code": accounts.invite(person.id, by)}
    if call.do == "people_revoke":
        return await accounts.revoke(call.person or "", by)
    if call.do == "people_admit":
        return {"person": await accounts.admit(call.person or "", by)}
    return accounts.all(by)


def of_keys(clients: Clients, call: Call, origin: Origin) -> Json:
    """Answer the console about codes and tokens, or make and end them; raises Refused, and Broken."""
    if call.do == "sign_in_code":
        return {"code": clients.sign_in_code(call.person or "", origin)}
    if call.do == "client_add":
        kind, rights = "model" if call.kind == "model" else "token", call.rights or ("talk", "stop")
        life = timedelta(days=call.days)
        client, secret = clients.issue(call.name, call.person or "", rights, life=life, kind=kind, by=origin)
        return {"id": client.id, "token": secret}
    if call.do == "client_revoke":
        return {"id": clients.revoke(call.id, origin).id}
    return [
        {
            "id": client.id,
            "name": client.name,
            "person": client.person,
            "kind": client.kind,
            "ceiling": sorted(client.ceiling),
            "expires": client.expires.isoformat(),
            "last_used": client.last_used.isoformat() if client.last_used else None,
            "revoked": client.revoked is not None,
        }
        for client in clients.all()
    ]


async def model_call(agents: "Agents | None", clients: Clients, call: Call) -> Json:
    """Answer a program that speaks for a model: by the token it brings, whoever started it; without a tool nothing.

    Raises Refused for any other token, Unavailable where nothing is served to such programs.
    """
    if agents is None:
        raise Unavailable("nothing is served to other programs here (docs/mcp.md)")
    client = clients.recognise(call.token) if call.token else None
    if client is None or client.kind != "model":
        raise Refused("this is no token of a program that speaks for a model (claw clients add --for-model)")
    if not call.name:
        return {}
    result = await agents.call(client, call.name, call.data)
    return {"data": result.data, "failed": result.failed}


def _role(call: Call) -> Role:
    for role in ROLES:
        if role == call.kind:
            return role
    raise Refused(f"there is no role {call.kind!r}; there are {', '.join(ROLES)}")


async def of_tools(tools: Tooling | None, call: Call, origin: Origin) -> Json:
    """Return what a word about the tools of other servers asks; it is for the console.  Raises Refused, Unavailable."""
    if tools is None:
        raise Unavailable("no servers of tools are configured here (docs/mcp.md)")
    if call.do == "tool_accept":
        return await tools.accept(call.name, call.hash, origin)
    if call.do == "tool_drop":
        return await tools.drop(call.name, origin)
    return await tools.listed()


def _deed(call: Call) -> Deed:
    for deed in get_args(Deed):
        if deed == call.deed:
            return deed
    raise Refused("say what is to be done with the skill")


def _routine_deed(call: Call) -> RoutineDeed:
    for deed in ROUTINE_DEEDS:
        if deed == call.deed:
            return deed
    raise Refused("say what is to be done with the routine")


def _moment(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def _files(call: Call) -> Files:
    # What is no text is kept as it came, so that it is told by the file's name.
    return {path: text.encode(errors="surrogatepass") for path, text in call.files.items()}
