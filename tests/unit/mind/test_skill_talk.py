"""What is said about skills is answered for those who may hear it, and what changes one is decided elsewhere."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claw.base.action import Origin
from claw.base.erasure import Erasure
from claw.mind.intents import Intents
from claw.mind.skill_talk import SkillTalk
from claw.skills.model import Draft
from tests.shown_room import ANNA, BEN, LAMP, MIA, TOM, VOICE, ShownRoom
from tests.skill_talking import Talked


@pytest.fixture
def talked(tmp_path: Path) -> Talked:
    found = Talked(ShownRoom(tmp_path))
    found.known.add("movie-time", "trusted", provenance={"made": "shipped"},
                    triggers={"phrases": {"en": ["start the movie", "movie [time] in {area}"]}},
                    parameters={"area": {"type": "area", "here": True}},
                    may=[{"call": "light.turn_off", "on": {"area": "{area}"}}])  # fmt: skip
    found.known.add("reading-time", "shadow", people=("ben",), why="it waits for a yes")
    return found


WATCH = (
    "watch me",
    "Watch me do this",
    "watch what I do",
    "let me show you something",
    "Claw, watch and learn",
    "please watch me",
)
LIST = (
    "what skills do you have",
    "which skills do you know?",
    "list your skills",
    "do you have any skills",
    "show me all skills",
)


@pytest.mark.parametrize("said", WATCH)
async def test_watch_me_begins_a_demonstration(talked: Talked, said: str) -> None:
    told = await talked.say(said)
    assert told is not None
    assert told.startswith("I am watching.")
    found = talked.room.demonstrations.current(ANNA)
    assert found is not None
    assert found.origin == replace(ANNA, language="en")


@pytest.mark.parametrize(
    ("origin", "told"),
    [
        (VOICE, "Only somebody whom I know to live here can do that."),
        (TOM, "Only somebody whom I know to live here can do that."),
        (MIA, "Only a grown-up of the household can show me something."),
        (replace(ANNA, taint=("mail",)), "That has to be said by a person, by themselves."),
    ],
)
async def test_who_may_not_show_anything_is_told_why(talked: Talked, origin: Origin, told: str) -> None:
    reply = await talked.reply("watch me", origin)
    assert reply is not None
    assert (reply.text, reply.status) == (told, "refused")
    assert talked.room.demonstrations.current() is None


@pytest.mark.parametrize("said", LIST)
async def test_skills_are_listed_for_those_who_may_hear_of_them(talked: Talked, said: str) -> None:
    assert await talked.say(said) == ("These skills run: “movie time”. These I am still trying out: “reading time”.")
    assert await talked.say(said, BEN) == await talked.say(said)
    for origin in (MIA, TOM, VOICE, replace(BEN, authenticated=False), replace(ANNA, channel="screen:hall")):
        assert await talked.say(said, origin) == "These skills run: “movie time”."


@pytest.mark.parametrize(
    ("visibility", "hear"), [("household", {"anna", "ben", "mia"}), ("adults", {"anna", "ben"}), ("owner", {"anna"})]
)
async def test_an_accepted_skill_is_told_as_far_as_its_manifest_lets(
    talked: Talked, visibility: str, hear: set[str]
) -> None:
    talked.known.add("tea", "trusted", people=("anna",), accepted_by="anna", visibility=visibility)
    heard = {
        str(origin.person)
        for origin in (ANNA, BEN, MIA, TOM)
        if "“tea”" in (await talked.say("what skills do you have", origin) or "")
    }
    assert heard == hear


@pytest.mark.parametrize(
    "said",
    [
        "what can movie time do",
        "what may movie time do?",
        "what does the movie time skill do",
        "what is movie time allowed to do",
        "tell me about the skill movie time",
        "what can start the movie do",
    ],
)
async def test_what_a_skill_may_do_is_told_from_its_manifest(talked: Talked, said: str) -> None:
    told = await talked.say(said)
    assert told is not None
    assert told.startswith("“movie time”: Does movie-time. May ")
    assert "turn" in told
    assert told.endswith("It runs.")


async def test_why_a_skill_does_not_run_is_told(talked: Talked) -> None:
    told = await talked.say("what can reading time do")
    assert told is not None
    assert told.endswith("I am still trying it out; it does not run by itself yet. It waits for a yes.")


@pytest.mark.parametrize(
    ("said", "deed"),
    [
        ("turn off the skill movie time", "disable"),
        ("turn the movie time skill off please", "disable"),
        ("disable movie time", "disable"),
        ("don't use the skill movie time any more", "disable"),
        ("turn on the skill movie time", "enable"),
        ("enable the movie time skill", "enable"),
        ("use the skill movie time again", "enable"),
    ],
)
async def test_turning_a_skill_on_or_off_is_decided_by_the_door(talked: Talked, said: str, deed: str) -> None:
    reply = await talked.reply(said, BEN)
    assert reply is not None
    assert (reply.text, reply.status) == (f"movie-time: {deed}.", "done")
    assert talked.known.decided == [(deed, "movie-time", "ben")]
    talked.known.denies = True
    denied = await talked.reply(said, BEN)
    assert denied is not None
    assert (denied.text, denied.status) == ("Only owners may do that.", "refused")


@pytest.mark.parametrize(
    "said",
    [
        "turn off the skill washing up",
        "disable the skill washing up",
        "what can the skill washing up do",
    ],
)
async def test_a_skill_that_there_is_not_is_said(talked: Talked, said: str) -> None:
    assert await talked.say(said) == "I know no skill called “washing up”."
    assert talked.known.decided == []


async def test_a_skill_of_which_somebody_may_not_hear_is_not_there_for_them(talked: Talked) -> None:
    assert await talked.say("turn off the skill reading time", MIA) == "I know no skill called “reading time”."
    assert await talked.say("what can reading time do", MIA) is None
    assert talked.known.decided == []


@pytest.mark.parametrize(
    "said",
    [
        "turn off the light",
        "disable the alarm",
        "what can the vacuum do",
        "what does the fox do",
        "watch the door",
        "remember that Sam is allergic to nuts",
        "learn my habits",
        "make it cosy",
        "make that a bit brighter",
        "enable the siren",
        "what do you know",
        "",
        "\u202e",
        "skill",
    ],
)
async def test_what_is_not_about_skills_goes_on(talked: Talked, said: str) -> None:
    assert await talked.say(said) is None


async def test_make_that_a_skill_asks_whoever_learns(talked: Talked) -> None:
    assert await talked.say("make that a skill") == "There is nothing of which I could make a skill."
    talked.known.made = "that is a skill already"
    assert await talked.say("make that a skill") == "That is a skill already."
    talked.known.made = Draft("cosy", {}, "learned", ("anna",), "Turns on the lamp.")
    assert await talked.say("make that a skill called cosy corner") == "Turns on the lamp. I try it out first."
    assert talked.known.asked_for == ["", "", "cosy corner"]
    [(made, origin)] = talked.known.proposed
    assert (made.name, origin) == ("cosy", ANNA)


async def test_a_skill_that_the_rules_do_not_let_in_is_refused_and_not_said_to_be_made(talked: Talked) -> None:
    talked.known.made = Draft("cosy", {}, "learned", ("anna",), "Turns on the lamp.")
    talked.known.denies = True
    reply = await talked.reply("make that a skill")
    assert reply is not None
    assert (reply.status, reply.text) == ("refused", "Only owners may do that.")


async def test_without_a_model_nothing_was_learned_from_requests(talked: Talked) -> None:
    bare = SkillTalk(talked.rooms(model=False), talked.intents, talked.room.mirror, talked.room.clock)
    told = await bare.answer("make that a skill", ANNA)
    assert told is not None
    assert told.status == "refused"
    assert "watch me" in told.text
    assert await bare.answer("what skills do you have", ANNA) is not None


async def test_make_that_a_skill_after_showing_something_means_what_was_shown(talked: Talked) -> None:
    await talked.say("watch me")
    talked.room.change("light.porch", "on", brightness=255)
    await talked.say("that's it")
    assert await talked.say("make that a skill") == "I noted that. What shall I call it? Say “call it” and a name."
    assert await talked.say("make that a skill called light the way")
    assert talked.known.asked_for == []
    assert [made.name for made, _ in talked.known.proposed] == ["light-the-way"]


async def test_a_sentence_that_was_not_about_skills_may_be_so_later(talked: Talked) -> None:
    assert await talked.say("that's it") is None
    assert await talked.say("what can the vacuum do") is None
    assert await talked.say("turn off the light") is None
    talked.known.add("vacuum", "trusted", provenance={"made": "shipped"})
    assert await talked.say("what can the vacuum do") is not None
    await talked.say("watch me")
    assert await talked.say("that's it") == "I saw nothing that you changed, so there is nothing to learn."
    assert talked.talk.erase(Erasure(everything=True)) >= 1
    assert talked.talk.erase(Erasure(everything=True)) == 0


async def test_while_claw_is_stopped_it_says_that_it_is_and_watches_nothing(talked: Talked) -> None:
    talked.room.stopped = True
    reply = await talked.reply("watch me")
    assert reply is not None
    assert (reply.status, reply.text) == ("stopped", "I am stopped, and watch nothing.")


async def test_stop_watching_ends_it(talked: Talked) -> None:
    assert await talked.say("stop watching me") is None
    await talked.say("watch me")
    assert await talked.say("stop watching me") == "All right. I learn nothing from that."


TONGUES = [
    ("de", "Sieh mir zu", "Das war's", "alle sind fest, nenn es Lesezeit", "Welche Fertigkeiten hast du?"),
    ("fr", "Regarde-moi", "C'est tout", "toutes sont fixes, appelle ça heure de lecture", "Quels savoir-faire as-tu ?"),
    ("nl", "Kijk mee", "Dat was het", "alles staat vast, noem het leestijd", "Welke vaardigheden heb je?"),
    ("zh", "看我做", "就这样", "都固定叫它阅读时间", "你有什么技能"),
]


@pytest.mark.parametrize(("code", "watch", "done", "all_", "ask"), TONGUES)
async def test_every_language_shows_and_lists(
    tmp_path: Path, code: str, watch: str, done: str, all_: str, ask: str
) -> None:
    talked = Talked(ShownRoom(tmp_path), code)
    talked.known.add("movie-time", "trusted", provenance={"made": "shipped"})
    listed = await talked.say(ask)
    assert listed is not None
    assert "movie time" in listed
    assert await talked.say(watch)
    talked.room.change("light.porch", "on", brightness=255)
    seen = await talked.say(done)
    assert seen is not None
    assert "\n1. " in seen
    assert await talked.say(all_)
    [(made, _)] = talked.known.proposed
    assert made.made == "shown"


async def test_the_askers_language_comes_first(tmp_path: Path) -> None:
    talked = Talked(ShownRoom(tmp_path), "en", "de")
    reply = await talked.reply("sieh mir zu", replace(ANNA, language="de-AT"))
    assert reply is not None
    assert reply.language == "de"
    assert isinstance(talked.intents, Intents)


SAID = st.sampled_from(
    [
        "watch me",
        "that's it",
        "all are fixed",
        "1 may change",
        "the brightness may change",
        "the room may change",
        "without 1",
        "2 is fixed",
        "call it reading time",
        "all, call it reading time",
        "1 may change, call it 5",
        "reading time",
        "make that a skill called that's it",
        "stop watching me",
        "what skills do you have",
        "turn off the skill {name}",
        "call it {brightness}",
        "call it \u202ereading",
        "9999999999999999999999 may change",
    ]
)
MOVES = st.sampled_from([("light.porch", "on"), ("light.porch", "off"), ("lock.front_door", "unlocked"), (LAMP, "off")])


SHOWN = [("watch me", ANNA, (LAMP, "off")), ("", ANNA, ("light.porch", "on")), ("that's it", ANNA, (LAMP, "off"))]
COURSE = st.lists(st.tuples(SAID | st.text(max_size=30), st.sampled_from([ANNA, BEN, MIA, VOICE]), MOVES), max_size=12)


@settings(max_examples=30, deadline=None)
@given(COURSE, COURSE.map(lambda course: [*SHOWN, *course]))
async def test_whatever_is_said_in_whatever_order_a_draft_is_of_what_its_person_said(
    tmp_path_factory: pytest.TempPathFactory,
    first: list[tuple[str, Origin, tuple[str, str]]],
    then: list[tuple[str, Origin, tuple[str, str]]],
) -> None:
    """For all talks: nothing is raised, and a draft is proposed only for a grown-up, named, without what opens."""
    talked = Talked(ShownRoom(tmp_path_factory.mktemp("talk")))
    for said, origin, (entity, value) in (*first, *then):
        await talked.reply(said, origin)
        talked.room.change(entity, value)
    for draft, origin in talked.known.proposed:
        assert (draft.made, draft.people) == ("shown", (origin.person,))
        assert origin.person in {"anna", "ben"}
        assert draft.name
        assert b"unlock" not in b"".join(draft.files.values())
    talked.room.db.conn.close()
