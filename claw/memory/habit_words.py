"""The words in which a habit is told and asked about, in the languages that Claw speaks.

They stand here and not with the sentences of the mind because what is told is also what is kept: a proposal is written
once, at night, in the first language of the household.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """One language.

    ``does`` and ``again`` are whole sentences by what a thing is brought to, in order: on, off, open, closed.  ``when``
    takes the time and the days.  ``days`` are how working days, the weekend and each day of the week, Monday first, are
    said in a sentence; ``counted`` how days, working days, other sets and each day of the week are counted.
    """

    somebody: str
    does: tuple[str, str, str, str]
    again: tuple[str, str, str, str]
    after: tuple[str, str]
    likes: str
    when: str
    days: tuple[str, ...]
    counted: tuple[str, ...]
    months: tuple[str, ...]
    date: str
    evidence: str
    noticed: str
    shall: tuple[str, str]
    kept: str
    not_run: str
    declined: str

    def said(self, weekdays: Sequence[int]) -> str:
        """Return on which days, for a sentence: nothing for every day."""
        days = frozenset(weekdays)
        if days == _WEEK:
            return ""
        if days in {_WORKDAYS, _WEEKEND}:
            return self.days[0 if days == _WORKDAYS else 1]
        return self.days[2] + self.days[3].join(self.days[4 + day] for day in sorted(days))

    def counting(self, weekdays: Sequence[int]) -> str:
        """Return what days are counted."""
        days = frozenset(weekdays)
        if len(days) == 1:
            return self.counted[3 + next(iter(days))]
        return self.counted[0 if days == _WEEK else 1 if days == _WORKDAYS else 2]


POSTURES = ("on", "off", "open", "closed")
_WEEK, _WORKDAYS, _WEEKEND = frozenset(range(7)), frozenset(range(5)), frozenset({5, 6})


def _row(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_EN = Words(
    "somebody",
    (
        "{who} turns {thing} on{when}.",
        "{who} turns {thing} off{when}.",
        "{who} opens {thing}{when}.",
        "{who} closes {thing}{when}.",
    ),
    (
        "{who} turns {thing} on again after {what}.",
        "{who} turns {thing} off again after {what}.",
        "{who} opens {thing} again after {what}.",
        "{who} closes {thing} again after {what}.",
    ),
    ("the automation {name} changed it", "Claw changed it by itself"),
    "{who} likes {thing} at {level} % from {start} to {end}.",
    " at about {time}{days}",
    (
        " on working days",
        " at the weekend",
        " on ",
        ", ",
        *(f"{day}s" for day in _row("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")),
    ),
    (
        "days",
        "working days",
        "such days",
        *(f"{day}s" for day in _row("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")),
    ),
    _row("January February March April May June July August September October November December"),
    "{day} {month}",
    "It was so on {days} of {chances} {counted} since {date}.",
    "I noticed something.",
    ("Shall I do that for you from now on?", "Shall I remember that as a habit?"),
    "I will remember that: “{sentence}”",
    "I only remember that and do not do it by myself.",
    "All right. I will not ask about that for three months.",
)
_DE_DAYS = _row("montags dienstags mittwochs donnerstags freitags samstags sonntags")
_DE = Words(
    "jemand",
    (
        "{who} schaltet {thing}{when} ein.",
        "{who} schaltet {thing}{when} aus.",
        "{who} öffnet {thing}{when}.",
        "{who} schließt {thing}{when}.",
    ),
    (
        "{who} schaltet {thing} wieder ein, nachdem {what}.",
        "{who} schaltet {thing} wieder aus, nachdem {what}.",
        "{who} öffnet {thing} wieder, nachdem {what}.",
        "{who} schließt {thing} wieder, nachdem {what}.",
    ),
    ("die Automation {name} etwas geändert hat", "Claw von sich aus etwas geändert hat"),
    "{who} mag {thing} von {start} bis {end} bei {level} %.",
    " gegen {time}{days}",
    (" an Arbeitstagen", " am Wochenende", " ", ", ", *_DE_DAYS),
    (
        "Tagen",
        "Arbeitstagen",
        "solchen Tagen",
        *_row("Montagen Dienstagen Mittwochen Donnerstagen Freitagen Samstagen Sonntagen"),
    ),
    _row("Januar Februar März April Mai Juni Juli August September Oktober November Dezember"),
    "dem {day}. {month}",
    "So war es an {days} von {chances} {counted} seit {date}.",
    "Mir ist etwas aufgefallen.",
    ("Soll ich das in Zukunft so machen?", "Soll ich mir das als Gewohnheit merken?"),
    "Ich merke mir: „{sentence}“",
    "Von selbst tue ich das nicht.",
    "In Ordnung. Danach frage ich drei Monate lang nicht mehr.",
)
_FR_DAYS = _row("lundi mardi mercredi jeudi vendredi samedi dimanche")
_FR = Words(
    "quelqu'un",
    (
        "{who} allume {thing}{when}.",
        "{who} éteint {thing}{when}.",
        "{who} ouvre {thing}{when}.",
        "{who} ferme {thing}{when}.",
    ),
    (
        "{who} rallume {thing} après que {what}.",
        "{who} éteint à nouveau {thing} après que {what}.",
        "{who} rouvre {thing} après que {what}.",
        "{who} referme {thing} après que {what}.",
    ),
    ("l'automatisation {name} l'a changé", "Claw l'a changé de lui-même"),
    "{who} aime {thing} à {level} % de {start} à {end}.",
    " vers {time}{days}",
    (" les jours ouvrés", " le week-end", " ", ", ", *(f"le {day}" for day in _FR_DAYS)),
    ("jours", "jours ouvrés", "de ces jours", *(f"{day}s" for day in _FR_DAYS)),
    _row("janvier février mars avril mai juin juillet août septembre octobre novembre décembre"),
    "{day} {month}",
    "C'était le cas {days} fois sur {chances} {counted} depuis le {date}.",
    "J'ai remarqué quelque chose.",
    ("Est-ce que je le fais ainsi à l'avenir ?", "Est-ce que je le retiens comme une habitude ?"),
    "Je retiens : « {sentence} »",
    "Je ne le fais pas de moi-même.",
    "D'accord. Je ne poserai plus cette question pendant trois mois.",
)
_NL_DAYS = _row("maandag dinsdag woensdag donderdag vrijdag zaterdag zondag")
_NL = Words(
    "iemand",
    (
        "{who} zet {thing}{when} aan.",
        "{who} zet {thing}{when} uit.",
        "{who} opent {thing}{when}.",
        "{who} sluit {thing}{when}.",
    ),
    (
        "{who} zet {thing} weer aan nadat {what}.",
        "{who} zet {thing} weer uit nadat {what}.",
        "{who} opent {thing} weer nadat {what}.",
        "{who} sluit {thing} weer nadat {what}.",
    ),
    ("de automatisering {name} iets veranderde", "Claw uit zichzelf iets veranderde"),
    "{who} heeft {thing} van {start} tot {end} graag op {level} %.",
    " rond {time}{days}",
    (" op werkdagen", " in het weekend", " op ", ", ", *_NL_DAYS),
    ("dagen", "werkdagen", "zulke dagen", *(f"{day}en" for day in _NL_DAYS)),
    _row("januari februari maart april mei juni juli augustus september oktober november december"),
    "{day} {month}",
    "Zo was het op {days} van {chances} {counted} sinds {date}.",
    "Mij viel iets op.",
    ("Zal ik dat voortaan zo doen?", "Zal ik dat als gewoonte onthouden?"),
    "Ik onthoud: “{sentence}”",
    "Uit mezelf doe ik het niet.",
    "Goed. Daar vraag ik drie maanden niet meer naar.",
)
_ZH_DAYS = _row("周一 周二 周三 周四 周五 周六 周日")
_ZH = Words(
    "有人",
    ("{who}{when}打开{thing}。", "{who}{when}关掉{thing}。", "{who}{when}拉开{thing}。", "{who}{when}合上{thing}。"),
    (
        "{what}之后，{who}又打开{thing}。",  # noqa: RUF001  Chinese punctuation
        "{what}之后，{who}又关掉{thing}。",  # noqa: RUF001  Chinese punctuation
        "{what}之后，{who}又拉开{thing}。",  # noqa: RUF001  Chinese punctuation
        "{what}之后，{who}又合上{thing}。",  # noqa: RUF001  Chinese punctuation
    ),
    ("自动化“{name}”改动它", "Claw自己改动它"),
    "{who}喜欢{thing}在{start}到{end}为{level}%。",
    "{days}大约{time}",
    ("工作日", "周末", "", "、", *_ZH_DAYS),
    ("天", "个工作日", "个这样的日子", *(f"个{day}" for day in _ZH_DAYS)),
    tuple(f"{month}月" for month in range(1, 13)),
    "{month}{day}日",
    "自{date}以来，{chances}{counted}中有{days}次是这样。",  # noqa: RUF001  Chinese punctuation
    "我注意到一件事。",
    ("以后要我替你这样做吗？", "要我把它记作习惯吗？"),  # noqa: RUF001  Chinese punctuation
    "我会记住：“{sentence}”",  # noqa: RUF001  Chinese punctuation
    "我不会自己这样做。",
    "好的，三个月内我不再问这件事。",  # noqa: RUF001  Chinese punctuation
)
_WORDS: Mapping[str, Words] = {"en": _EN, "de": _DE, "fr": _FR, "nl": _NL, "zh": _ZH}


def words_of(language: str) -> Words:
    """Return the words of a language, English for one that is not there."""
    return _WORDS.get(language, _EN)
