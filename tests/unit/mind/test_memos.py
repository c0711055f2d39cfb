import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claw.base.action import Origin
from claw.base.erasure import Erasure
from claw.base.errors import Refused
from claw.house.backend import Link
from claw.house.file import load_house, parse_house
from claw.house.model import House
from claw.mind.memos import REMEMBERED_S
from claw.mind.memos_templates import Match, Templates
from tests.talked_memory import ANNA, BEN, GUEST, VOICE, Household

HERE = Path(__file__).parent
HOUSES = HERE.parents[1] / "houses"
DEMO = HERE.parents[2] / "claw" / "daemon" / "demo" / "house.yaml"
LANGUAGES = ("en", "de", "fr", "nl", "zh")


def sentences(name: str) -> list[str]:
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [line.partition(" => ")[0].strip() for line in lines if line and not line.startswith("#")]


@pytest.fixture
def home(tmp_path: Path) -> Household:
    return Household(tmp_path)


@pytest.fixture
async def full(tmp_path: Path) -> Household:
    """Return a household with memories that share many words with what people say to their devices."""
    return await busy(tmp_path, load_house(DEMO))


async def busy(folder: Path, house: House) -> Household:
    made = Household(folder, LANGUAGES, house)
    await made.tell(
        "the kitchen lights are a gift from Eva",
        "the front door is painted green",
        "the bedroom temperature was measured on 3 March",
        "the kettle is in the kitchen",
        "we changed the lock of the front door on 2 May",
        "the garage is full",
        "the espresso machine was cleaned on 3 November",
    )
    return made


async def test_that_a_sentence_is_not_about_memory_is_known_until_something_is_forgotten(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    covering = Templates.matches

    def counted(self: Templates, text: str) -> Iterator[Match]:
        asked.append(text)
        return covering(self, text)

    monkeypatch.setattr(Templates, "matches", counted)
    for _ in range(3):
        assert await home.reply("turn on the lamp", ANNA) is None
    assert asked == ["turn on the lamp"]
    assert await home.reply("remember that the boiler is noisy", ANNA) is not None
    assert home.memos.erase(Erasure(everything=True)) == 1
    assert await home.reply("turn on the lamp", ANNA) is None
    assert asked.count("turn on the lamp") == 2


@pytest.mark.parametrize(
    "name",
    ["english.txt", "english_here.txt", "german.txt", "french.txt", "dutch.txt", "chinese.txt", "demo_tongues.txt"],
)
async def test_no_sentence_for_a_device_is_about_memory(full: Household, name: str) -> None:
    language = {"german": "de", "french": "fr", "dutch": "nl", "chinese": "zh"}.get(name.removesuffix(".txt"), "en")
    origin = Origin("web", "anna", authenticated=True, source="test", conversation="anna", language=language)
    taken = [text for text in sentences(name) if await full.reply(text, origin) is not None]
    assert taken == []


async def test_no_sentence_that_must_not_act_becomes_a_memory(full: Household) -> None:
    before = len(full.facts.active())
    taken = [text for text in sentences("not_understood.txt") if await full.reply(text) is not None]
    assert taken == []
    assert len(full.facts.active()) == before


async def test_no_case_of_the_evaluation_is_about_memory(tmp_path: Path) -> None:
    said = [json.loads(line) for line in (HOUSES / "cases.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(said) >= 60
    homes = json.loads((HOUSES / "homes.json").read_text(encoding="utf-8"))
    taken: list[str] = []
    for name, home in homes.items():
        (tmp_path / name).mkdir()
        household = await busy(tmp_path / name, parse_house(home))
        mine = [c["utterance"] for c in said if c["home"] == name and "memory" not in str(c["expect"])]
        taken += [text for text in mine if await household.reply(text) is not None]
    assert taken == []


@pytest.mark.parametrize(
    "text",
    ["call the lift", "call Sam", "name that tune", "remember the milk", "from here on", "no, it's fine",
     "why", "who lives", "when did Anna come home", "correct", "what is playing", "is the kettle on"],
)  # fmt: skip
async def test_what_only_sounds_like_memory_goes_on(home: Household, text: str) -> None:
    await home.tell("Sam likes tea")
    await home.say("hello")
    await home.clock.advance(REMEMBERED_S + 1)
    assert await home.say(text) is None


@pytest.mark.parametrize(
    ("code", "tell", "told", "ask", "answer"),
    [
        ("de", "Merk dir, dass Sam gegen Nüsse allergisch ist.", "Sam ist allergisch gegen Nüsse",
         "Was weißt du über Sam?", "Ich weiß: „Sam ist allergisch gegen Nüsse“."),
        ("fr", "Retiens que Sam aime le thé", "Sam aime le thé", "Que sais-tu sur Sam ?", "Sam aime le thé"),
        ("nl", "Onthoud dat Sam allergisch is voor noten", "Sam is allergisch voor noten",
         "Wat weet je over Sam?", "Sam is allergisch voor noten"),
        ("zh", "记住Sam对坚果过敏", "Sam对坚果过敏", "你知道Sam的什么", "Sam对坚果过敏"),
    ],
)  # fmt: skip
async def test_the_core_is_understood_in_every_language(
    tmp_path: Path, code: str, tell: str, told: str, ask: str, answer: str
) -> None:
    home = Household(tmp_path, (code, "en"))
    said = await home.say(tell)
    assert said is not None
    assert told in said
    said = await home.say(ask)
    assert said is not None
    assert answer in said


@pytest.mark.parametrize(
    ("code", "texts"),
    [
        ("de", ["warum glaubst du das", "vergiss das", "vergiss alles über Sam", "vergiss die letzte Stunde",
                "du darfst meine Gewohnheiten lernen", "lerne meine Gewohnheiten nicht mehr", "wer wohnte hier im Mai",
                "berichtige das: es ist blau"]),
        ("fr", ["comment le sais-tu", "oublie ça", "oublie tout sur Sam", "oublie la dernière heure",
                "tu peux apprendre mes habitudes", "n'apprends plus mes habitudes", "qui habitait ici en mai"]),
        ("nl", ["hoe weet je dat", "vergeet dat", "vergeet alles over Sam", "vergeet het laatste uur",
                "je mag mijn gewoontes leren", "leer mijn gewoontes niet meer", "wie woonde hier in mei"]),
        ("zh", ["你怎么知道的", "忘掉这件事", "忘掉关于Sam的一切", "忘掉最近1个小时的事", "你可以学习我的习惯",
                "不要学习我的习惯", "5月谁住在这里"]),
    ],
)  # fmt: skip
async def test_every_language_asks_why_and_forgets(tmp_path: Path, code: str, texts: list[str]) -> None:
    home = Household(tmp_path, (code,))
    for text in texts:
        assert await home.say(text) is not None, text


async def test_what_was_changed_when_is_asked_in_german(tmp_path: Path) -> None:
    home = Household(tmp_path, ("de",))
    await home.say("Merk dir, dass wir am 3. März den Filter gewechselt haben")
    said = await home.say("Wann haben wir zuletzt den Filter gewechselt?")
    assert said is not None
    assert "3 März 2026" in said.replace("3. März", "3 März")


async def test_without_the_house_what_may_be_about_a_device_is_not_taken_for_memory(full: Household) -> None:
    full.mirror.linked(Link("lost"))
    assert await full.say("is the front door painted green") is None
    assert await full.say("what do you know about the front door") is not None


async def test_that_is_nobody_elses_and_not_for_ever(home: Household) -> None:
    await home.tell("Sam likes tea")
    assert await home.say("forget that", BEN) == "I know of nothing like that."
    await home.clock.advance(REMEMBERED_S + 1)
    assert await home.say("forget that", ANNA) == "I know of nothing like that."
    assert home.forgets.scopes == []


async def test_a_talk_without_a_name_has_no_that(home: Household) -> None:
    nameless = Origin("web", "anna", authenticated=True, source="test", strength="session")
    await home.say("remember that Sam likes tea", nameless)
    assert await home.say("forget that", nameless) == "I know of nothing like that."


async def test_a_bare_yes_answers_what_this_person_was_offered(home: Household) -> None:
    assert await home.memos.offered(ANNA, "en", yes=True) is None
    home.offers.open = True
    reply = await home.memos.offered(ANNA, "en", yes=True)
    assert reply is not None
    assert reply.text == "Good, I keep that."
    for origin in (BEN, GUEST, VOICE, Origin("voice:hall", "anna", authenticated=False)):
        assert await home.memos.offered(origin, "en", yes=True) is None
    assert home.offers.answers == [True]


async def test_a_sentence_typed_by_itself_is_understood(home: Household) -> None:
    assert home.memos.understand("Sam is allergic to nuts.", ANNA).subject == "person:sam"
    with pytest.raises(Refused, match="fewer than"):
        home.memos.understand("nuts " * 2_000, ANNA)
    with pytest.raises(Refused):
        home.memos.understand("", ANNA)


async def test_a_typed_sentence_is_read_in_the_language_it_has(tmp_path: Path) -> None:
    home = Household(tmp_path, ("en", "de"))
    assert home.memos.understand("Sam ist allergisch gegen Nüsse", ANNA).predicate == "allergic"


async def test_ten_thousand_letters_are_no_memory(home: Household) -> None:
    assert await home.say("remember that " + "nuts " * 2_000) is None
    assert home.facts.active() == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    text=st.text(max_size=80),
    what=st.sampled_from(["", "remember that ", "forget ", "when did we last ", "who lived here "]),
)
async def test_nothing_anybody_says_breaks_it(home: Household, text: str, what: str) -> None:
    for origin in (ANNA, VOICE):
        await home.reply(what + text, origin)
