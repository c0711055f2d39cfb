"""The words that refer to what was said before, language by language: the tables behind ``referring``.

They are expressions and not sentences of the recogniser's files, because they name nothing in a house and must match a
whole sentence or nothing.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

Verb = Literal["on", "off", "lock", "unlock", "open", "close", "pause", "play", "stop", "mute", "unmute"]

ONWARD = 0
BACKWARD = -2
"""Directions that depend on the last step: "more" goes on as it went, "less" goes back."""

MUCH = frozenset({"much", "a lot", "way", "viel", "beaucoup", "veel"})

TOO = ("too ", "zu ", "trop ", "pas assez ", "te ", "太")
"""How a step begins that is a complaint about what was done."""

_WARMTH = frozenset({"climate", "water_heater"})
_LIGHT = frozenset({"light"})
_SOUND = frozenset({"media_player"})
_SPEED = frozenset({"fan"})
_ANY: frozenset[str] = frozenset()


class Tongue(NamedTuple):
    """The referring words of one language; ``steps`` are (direction, domains) by word.

    The others are regular expressions over a whole sentence in lower case; ``{words}`` stands for the words of
    ``steps`` and ``{kinds}`` for those of ``kinds``.
    """

    steps: Mapping[str, tuple[int, frozenset[str]]]
    step: str
    again: str
    undo: str
    dislike: str
    other: str
    every: str
    instead: str
    also: tuple[str, ...]
    verbs: Mapping[str, Verb]
    kinds: Mapping[str, str]
    set_to: str


def _steps(up: str, down: str, domains: frozenset[str]) -> dict[str, tuple[int, frozenset[str]]]:
    words: dict[str, tuple[int, frozenset[str]]] = dict.fromkeys(up.split("|"), (1, domains))
    return words | dict.fromkeys(down.split("|"), (-1, domains))


_NUMBER = r"(?P<value>\d{1,3}(?:[.,]\d)?)"
_IT = "(?:it|them|that|those|these|this)"

TONGUES: Mapping[str, Tongue] = {
    "en": Tongue(
        steps={
            **_steps("warmer|hotter", "cooler|colder", _WARMTH),
            **_steps("brighter|lighter", "dimmer|darker", _LIGHT),
            **_steps("louder", "quieter|softer", _SOUND),
            **_steps("faster", "slower", _SPEED),
            **_steps("higher|up", "lower|down", _ANY),
            "more": (ONWARD, _ANY),
            "less": (BACKWARD, _ANY),
            "too bright": (-1, _LIGHT),
            "too dark": (1, _LIGHT),
            "too warm": (-1, _WARMTH),
            "too hot": (-1, _WARMTH),
            "too cold": (1, _WARMTH),
            "too loud": (-1, _SOUND),
            "too quiet": (1, _SOUND),
            "too soft": (1, _SOUND),
            **_steps("too slow", "too fast", _SPEED),
            **_steps("too low", "too high", _ANY),
        },
        step=rf"(?:(?:make|turn|set) {_IT} |(?:(?:that is|it is|it's|that's|this is) )?(?:still )?)"
        r"(?P<bit>(?:just )?a (?:little |tiny )?(?:bit|tad|touch|little) |slightly |a little )?"
        r"(?P<much>much |a lot |even |way )?"
        r"(?P<word>{words})(?P<after> a (?:little )?(?:bit|little)| again)?",
        again=r"(?:do (?:it|that|this) )?(?:again|once more|one more time)|repeat (?:it|that)|(?:do )?the same again",
        undo=r"(?:no )?(?:not (?:that|this)(?: one)?|(?:that is |that's )?the wrong (?:one|{kinds}))"
        rf"|(?:no )?(?:undo|take|put) (?:{_IT})(?: back)?|change {_IT} back",
        dislike=rf"(?:no )?i (?:do not|don't|didn't|did not) (?:like|want|mean) {_IT}(?: like (?:this|that)| at all)?"
        r"|(?:no )?(?:that is|that's) (?:not (?:it|right|what i (?:want|wanted|meant|said|asked for))|wrong|no good)",
        other=r"(?:and )?(?:that|this) (?:one|{kinds})(?: too| as well| also)|and (?:that|this) one"
        r"|(?:and )?(?:also )?the other (?P<kind>one|{kinds})(?: too| as well| also)?",
        every=r"(?:and )?(?:also )?(?:all )?the (?:others|rest|other (?P<kind>ones|{kinds}))(?: too| as well| also)?",
        instead=r"(?:no |not (?:that|this) one |i (?:meant|mean) |rather )+",
        also=(
            (
                r"(?:and|also|(?:do )?(?:the )?same (?:for|in|with)|now) (?:also )?(?:the one in |in )?(?:the )?"
                r"(?P<name>.+?)(?: too| as well| also)?"
            ),
            r"(?:in )?(?:the )?(?P<name>.+?) (?:too|as well)",
        ),
        verbs={
            rf"(?:turn|switch) (?:{_IT} on|on {_IT})(?: again)?": "on",
            rf"(?:turn|switch) (?:{_IT} (?:off|out)|off {_IT})(?: again)?": "off",
            rf"lock {_IT}(?: again)?": "lock",
            rf"unlock {_IT}(?: again)?": "unlock",
            rf"open {_IT}(?: again| up)?": "open",
            rf"(?:close|shut) {_IT}(?: again)?": "close",
            rf"pause {_IT}": "pause",
            rf"(?:play|resume|continue) {_IT}": "play",
            rf"(?:stop|halt) {_IT}": "stop",
            rf"mute {_IT}": "mute",
            rf"unmute {_IT}": "unmute",
        },
        kinds={
            "lamp": "light",
            "lamps": "light",
            "light": "light",
            "lights": "light",
            "fan": "fan",
            "fans": "fan",
            "blind": "cover",
            "blinds": "cover",
            "curtain": "cover",
            "curtains": "cover",
            "shutter": "cover",
            "shutters": "cover",
            "switch": "switch",
            "plug": "switch",
            "speaker": "media_player",
            "speakers": "media_player",
            "door": "lock",
            "lock": "lock",
        },
        set_to=rf"(?:set|turn|dim|put|change|make) {_IT} (?:down |up )?(?:to |at )?{_NUMBER} ?"
        r"(?P<unit>%|percent|degrees?|°[cf]?)?"
        rf"|(?:no |actually |make that )*(?:to )?{_NUMBER.replace('value', 'value2')} ?"
        r"(?P<unit2>%|percent|degrees?|°[cf]?)",
    ),
    "de": Tongue(
        steps={
            **_steps("wärmer", "kälter|kühler", _WARMTH),
            **_steps("heller", "dunkler", _LIGHT),
            **_steps("lauter", "leiser", _SOUND),
            **_steps("schneller", "langsamer", _SPEED),
            **_steps("höher", "tiefer|niedriger", _ANY),
            **_steps("zu dunkel", "zu hell", _LIGHT),
            **_steps("zu kalt", "zu warm|zu heiß", _WARMTH),
            **_steps("zu leise", "zu laut", _SOUND),
            "mehr": (ONWARD, _ANY),
            "weniger": (BACKWARD, _ANY),
        },
        step=r"(?:mach (?:es|sie|ihn|das) |(?:das|es) ist |noch )*(?P<bit>(?:ein )?(?:bisschen|wenig) |etwas )?"
        r"(?P<much>viel )?(?P<word>{words})",
        again=r"noch ?(?:ein)?mal|nochmals|(?:das )?wiederholen|wiederhole das",
        undo=r"(?:nein )?(?:nicht (?:das|die|den|diese|dieses|diesen)|(?:das )?war falsch|(?:die|das|der) falsche)",
        dislike=r"(?:nein )?(?:das )?(?:gefällt mir|mag ich|will ich|wollte ich|meinte ich) (?:das )?(?:so )?nicht"
        r"|das ist falsch",
        other=r"(?:und )?(?:auch )?(?:die|das|den|der) andere(?P<kind> {kinds})?(?: auch)?",
        every=r"(?:und )?(?:auch )?die (?:anderen|übrigen)(?P<kind> {kinds})?(?: auch)?",
        instead=r"(?:nein |nicht (?:das|die|den) |ich meinte )+",
        also=(
            (
                r"(?:und|auch|dasselbe) (?:auch )?(?:im |in der |in dem |in |am |für )?(?:der |die |das |den )?"
                r"(?P<name>.+?)(?: auch)?"
            ),
            r"(?:im |in der |in )?(?:der |die |das |den )?(?P<name>.+?) auch",
        ),
        verbs={
            r"(?:mach|schalte?|stell) (?:es|sie|ihn|das|die|den)(?: wieder)? (?:an|ein)": "on",
            r"(?:mach|schalte?|stell) (?:es|sie|ihn|das|die|den)(?: wieder)? aus": "off",
            r"(?:öffne|mach) (?:es|sie|ihn|das|die|den)(?: wieder)? auf|öffne (?:es|sie|ihn)": "open",
            r"(?:schließe?|mach) (?:es|sie|ihn|das|die|den)(?: wieder)? zu|schließe? (?:es|sie|ihn)": "close",
            r"schließe? (?:es|sie|ihn) ab": "lock",
            r"schließe? (?:es|sie|ihn) auf": "unlock",
        },
        kinds={"lampe": "light", "lampen": "light", "leuchte": "light", "licht": "light", "ventilator": "fan"},
        set_to=rf"(?:stell|stelle|dimm|dimme|setz|setze|mach) (?:es|sie|ihn|das) auf {_NUMBER} ?"
        r"(?P<unit>%|prozent|grad|°[cf]?)?",
    ),
    "fr": Tongue(
        steps={
            **_steps("plus chaud", "moins chaud|plus froid|plus frais", _WARMTH),
            **_steps("plus clair|plus lumineux", "moins clair|moins lumineux|plus sombre", _LIGHT),
            **_steps("plus fort", "moins fort", _SOUND),
            **_steps("plus vite", "moins vite", _SPEED),
            **_steps("plus haut", "plus bas", _ANY),
            **_steps("trop sombre", "trop clair|trop lumineux", _LIGHT),
            **_steps("trop froid", "trop chaud", _WARMTH),
            **_steps("trop bas|pas assez fort", "trop fort", _SOUND),
            "plus": (ONWARD, _ANY),
            "moins": (BACKWARD, _ANY),
        },
        step=r"(?:encore |c'est )?(?P<bit>un (?:petit )?peu )?(?P<much>beaucoup )?(?P<word>{words})",
        again=r"encore(?: une fois)?|recommence|refais[ -]le",
        undo=r"(?:non )?pas (?:celle|celui|ça|cela|celles|ceux)(?:[ -](?:là|ci))?",
        dislike=r"(?:non )?(?:je n'aime pas (?:ça|cela)|ça ne me plaît pas|ce n'est pas (?:ça|bon|ce que je voulais))",
        other=r"(?:et )?(?:aussi )?l'autre(?P<kind> {kinds})?(?: aussi)?",
        every=r"(?:et )?(?:aussi )?les autres(?P<kind> {kinds})?(?: aussi)?",
        instead=r"(?:non |je voulais dire )+",
        also=(
            r"(?:et|pareil|aussi) (?:aussi )?(?:dans |pour )?(?:le |la |les |l')?(?P<name>.+?)(?: aussi)?",
            r"(?:dans )?(?:le |la |les |l')?(?P<name>.+?) aussi",
        ),
        verbs={
            r"allume[ -](?:le|la|les)": "on",
            r"éteins[ -](?:le|la|les)": "off",
            r"ouvre[ -](?:le|la|les)": "open",
            r"ferme[ -](?:le|la|les)": "close",
            r"verrouille[ -](?:le|la|les)": "lock",
            r"déverrouille[ -](?:le|la|les)": "unlock",
        },
        kinds={"lampe": "light", "lampes": "light", "lumière": "light", "ventilateur": "fan"},
        set_to=rf"(?:mets|règle)[ -](?:le|la|les) (?:à|sur) {_NUMBER} ?(?P<unit>%|pour ?cent|degrés?|°[cf]?)?",
    ),
    "nl": Tongue(
        steps={
            **_steps("warmer", "kouder|koeler", _WARMTH),
            **_steps("lichter|feller", "donkerder", _LIGHT),
            **_steps("luider", "stiller", _SOUND),
            **_steps("sneller", "langzamer", _SPEED),
            **_steps("hoger|harder", "lager|zachter", _ANY),
            **_steps("te donker", "te licht|te fel", _LIGHT),
            **_steps("te koud", "te warm|te heet", _WARMTH),
            **_steps("te zacht|te stil", "te hard|te luid", _SOUND),
            "meer": (ONWARD, _ANY),
            "minder": (BACKWARD, _ANY),
        },
        step=r"(?:maak het |zet het |(?:dat|het) is |nog )*(?P<bit>(?:een )?beetje |iets |wat )?(?P<much>veel )?"
        r"(?P<word>{words})",
        again=r"nog (?:een|één) ?keer|nog eens|opnieuw|herhaal dat",
        undo=r"(?:nee )?(?:niet (?:die|dat|deze)|(?:de|het) verkeerde)",
        dislike=r"(?:nee )?(?:dat|dit) (?:vind ik niet (?:fijn|mooi|leuk|goed)|(?:wil(?:de)?|bedoelde) ik niet)",
        other=r"(?:en )?(?:ook )?(?:de|het) andere?(?P<kind> {kinds})?(?: ook)?",
        every=r"(?:en )?(?:ook )?de anderen?(?P<kind> lampen)(?: ook)?|(?:en )?(?:ook )?de rest(?: ook)?",
        instead=r"(?:nee |niet (?:die|dat) |ik bedoel(?:de)? )+",
        also=(
            r"(?:en|ook|hetzelfde) (?:ook )?(?:in |voor )?(?:de |het )?(?P<name>.+?)(?: ook)?",
            r"(?:in )?(?:de |het )?(?P<name>.+?) ook",
        ),
        verbs={
            r"(?:doe|zet|maak) (?:het|hem|haar|ze|die|dat)(?: weer)? aan": "on",
            r"(?:doe|zet|maak) (?:het|hem|haar|ze|die|dat)(?: weer)? uit": "off",
            r"(?:doe|maak) (?:het|hem|haar|ze|die|dat)(?: weer)? open|open (?:het|hem|ze)": "open",
            r"(?:doe|maak) (?:het|hem|haar|ze|die|dat)(?: weer)? dicht|sluit (?:het|hem|ze)": "close",
            r"doe (?:het|hem|haar|ze|die) op slot": "lock",
            r"(?:doe|haal) (?:het|hem|haar|ze|die) van het slot": "unlock",
        },
        kinds={"lamp": "light", "lampen": "light", "licht": "light", "ventilator": "fan"},
        set_to=rf"(?:zet|dim|stel) (?:het|hem|haar|ze|die) op {_NUMBER} ?(?P<unit>%|procent|graden|°[cf]?)?",
    ),
    "zh": Tongue(
        steps={
            **_steps("热|暖|暖和", "冷|凉|凉快", _WARMTH),
            **_steps("亮", "暗", _LIGHT),
            **_steps("大声|响", "小声|轻", _SOUND),
            **_steps("快", "慢", _SPEED),
            **_steps("高", "低", _ANY),
            **_steps("太暗", "太亮", _LIGHT),
            **_steps("太冷", "太热", _WARMTH),
            **_steps("太小声|太轻", "太大声|太吵|太响", _SOUND),
            "多": (ONWARD, _ANY),
            "少": (BACKWARD, _ANY),
        },
        step=r"(?:再|调|稍微|更)*(?P<word>{words})(?P<bit>一?点儿?|一些|些)?了?",
        again=r"再来一次|再来一遍|再一次|重复",
        undo=r"不是(?:那|这)个|不是(?:那|这)盏|弄错了",
        dislike=r"(?:不 ?)?我?不(?:喜欢|要|想要)(?:这样|那样|这个|那个)?",
        other=r"(?:还有)?另(?:外)?一?(?:个|盏)(?P<kind>{kinds})?(?:也(?:是|一样)?)?",
        every=r"(?:还有)?其他的?(?P<kind>{kinds})?(?:也(?:是|一样)?)?",
        instead=r"(?:不 ?|我是说 ?|我说的是 ?)+",
        also=(r"(?:还有|和) ?(?P<name>.+?)(?:的灯)?", r"(?P<name>.+?)(?:的灯)?也(?:是|一样)?"),
        verbs={
            r"把?(?:它|它们)打开|打开(?:它|它们)": "on",
            r"把?(?:它|它们)(?:关掉|关上|关闭)|(?:关掉|关上|关闭)(?:它|它们)": "off",
            r"把?(?:它|它们)锁上|锁上(?:它|它们)": "lock",
        },
        kinds={"灯": "light", "风扇": "fan", "窗帘": "cover"},
        set_to=rf"把?(?:它|它们)?(?:调到|设为|设成){_NUMBER} ?(?P<unit>%|度|°[cf]?)?",
    ),
}
