"""What is said but is no knowledge: how things are at this moment, an order, a sign of life, the remains of an errand.

Each of these fills a memory until nothing else is found in it, and an order that is kept as a fact is the way by which
a stranger's text would act weeks later.  What is to be *done* is the business of routines and of the policy; what is
*so now* is the business of the house.  This looks at words alone, and only at sentences: a preference or a name has a
form of its own.
"""

import re
import unicodedata

LIVE = "That is how things are at the moment: the house itself knows that, so I do not keep it."
ORDER = "That is something to do, not something to know, so I do not keep it as a fact."
NOISE = "There is nothing in that to remember."

_I = re.IGNORECASE
_NOW = r"(?:\s+(?:now|right now|currently|just now|at the moment|again|today|tonight|this (?:morning|evening)))?"
_STATE = (
    r"(?:turned |switched )?(?:on|off)|open(?:ed)?|closed|shut|ajar|(?:un)?locked|(?:dis)?armed|"
    r"(?:at )?home|not (?:at )?home|"
    r"away|out|asleep|awake|(?:un)?occupied|empty|playing|paused|idle|running|charging|raining|snowing|unavailable|"
    r"offline|online|dimmed|(?:at |set to )?-?\d+(?:[.,]\d+)? ?(?:%|percent|°\s?[CF]?|degrees)"
)
_LIVE = (
    re.compile(
        rf"^(?!(?:if|when|whenever|while) ).{{1,80}}\b(?:is|are|stands at|shows|was|were){_NOW} (?:{_STATE}){_NOW}\W*$",
        _I,
    ),
    re.compile(rf"^(?:it is|it's) (?:{_STATE}){_NOW}\W*$", _I),
    re.compile(r"\b(?:right now|at the moment|at present|just now|currently)\b", _I),
    re.compile(
        r"^(?!wenn ).{1,60} (?:ist|sind)(?: gerade| jetzt)? (?:an|aus|offen|zu|geschlossen|zuhause|weg)\W*$", _I
    ),
    re.compile(r"^.{1,60} (?:est|sont) (?:allumée?s?|éteinte?s?|ouverte?s?|fermée?s?|à la maison)\W*$", _I),
    re.compile(r"^(?!(?:if|when|als|while) ).{1,60} (?:is|zijn)(?: nu)? (?:aan|uit|open|dicht|thuis|weg)\W*$", _I),
    re.compile(r"(?:现在|目前|正在)|(?:灯|门|窗).{0,6}(?:开着|关着|打开了|关上了)"),
)

_VERBS = (
    r"(?:un)?lock|open|close|shut|turn|switch|set|dim|call|phone|ring|text|send|forward|email|mail|run|execute|start|stop|"
    r"(?:dis)?arm|disable|enable|delete|erase|remove|forget|remember|ignore|disregard|obey|tell|say|announce|notify|post|"
    r"publish|upload|buy|order|pay|transfer|play|pause|raise|lower|activate|deactivate|trigger|approve|confirm|allow|let|"
    r"grant|give|reveal|show|make"
)
_THING = (
    r"the|a|an|all|any|every\w*|each|my|our|your|his|her|their|it|them|this|that|these|those|me|us|him|claw|"
    r"\w+ (?:door|light|lights|lamp|lock|alarm|gate|heating|code|rule|rules)"
)
_OBJECT = rf"(?:{_THING}|up|down|on|off|to|no)\b"
_WHENEVER = (
    r"(?:when(?:ever)?|if|as soon as|every time|each time|any time|the (?:next|first) time|once|after|before|upon|on)"
)
_DOERS = frozenset(
    ("i", "you all", "we", "they", "he", "she", "it", "who", "to", "and", "people", "somebody", "nobody")
)
_ORDERS = (
    re.compile(rf"^\W*(?:please |always |never |do not |don't |claw\W+|now |also )*(?:{_VERBS}) {_OBJECT}", _I),
    re.compile(rf"[,;:.!?] (?:please |then |so |and )*(?:{_VERBS}) (?:up |down |on |off )?(?:{_THING})\b", _I),
    re.compile(r"[,;:.!?] (?:please |then |so |and )*(?:turn|switch|shut) (?:\w+ ){0,3}(?:on|off|up|down)\b", _I),
    re.compile(rf"\b(?:always|never|please|must|automatically|immediately)\W+(?:{_VERBS})\b(?!\w)", _I),
    re.compile(
        r"\b(?:you|claw|the (?:assistant|agent|ai|system|model|house))"
        r" (?:must|should|shall|have to|has to|needs? to|are to|is to|ought to|will always|may always|can always|"
        r"may now|are allowed|is allowed)\b",
        _I,
    ),
    re.compile(
        r"\b(?:ignore|disregard|override|overrule|bypass|skip|forget|suspend|lift)\b.{0,40}"
        r"\b(?:instructions?|rules?|polic\w+|confirmations?|questions?|restrictions?|safety|guard\w*|permissions?|"
        r"prompt)\b",
        _I,
    ),
    re.compile(
        r"\bwithout (?:asking|confirmation|confirming|a question|a yes|permission)\b|\bno questions asked\b", _I
    ),
    re.compile(r"\b(?:do not|don't|never|no need to|needn't) (?:ask|confirm|question|tell|warn|notify|log)\b", _I),
    re.compile(r"\bfrom now on\b|\bin (?:the )?future,", _I),
    re.compile(r"\b(?:system|developer|assistant) ?(?:prompt|message|:)", _I),
    re.compile(r"<\|?\w+\|?>|\[/?(?:inst|sys\w*)\]", _I),
    re.compile(r"^\W*(?:system|user):", _I),
    re.compile(r"\bclaw\.\w+|\b\w+\.(?:turn_o\w+|unlock|lock|open|open_cover|alarm_disarm|toggle)\b", _I),
    re.compile(r"\bawait |\bcall\(", _I),
    re.compile(
        r"\b(?:immer|niemals|sofort|bitte)\b.{0,60}"
        r"\b(?:öffnen?|aufschließen|entsperren|einschalten|ausschalten|schick\w*|ruf\w*)\b",
        _I,
    ),
    re.compile(r"\bignorier\w*|\bwenn\b.{1,80}\bdann\b|\bab (?:jetzt|sofort)\b", _I),
    re.compile(r"\bignore[zrs]?\b.{0,40}\b(?:instructions|règles)|\bdésormais\b", _I),
    re.compile(r"\btoujours (?:ouvrir|déverrouiller|allumer|éteindre)", _I),
    re.compile(
        r"\bnegeer\b|\baltijd (?:openen|ontgrendelen|aanzetten|uitzetten)|\bvanaf nu\b|\bals\b.{1,80}\bdan\b", _I
    ),
    re.compile("忽略|无视|从现在起"),
    re.compile("(?:每当|如果|当|一旦|总是|必须|永远).{0,40}(?:打开|关闭|解锁|开锁|调用|发送|呼叫|开门)"),
)
_WHEN = re.compile(rf"^\W*{_WHENEVER}\b|[,;] {_WHENEVER}\b|\b(?:when(?:ever)?|if|every time|each time|as soon as) ", _I)
_ACT = re.compile(rf"(?:(\w+)|[,;:])\W+(?:then |also |please |just )*(?:{_VERBS}) {_OBJECT}", _I)

_NOISE = (
    re.compile(
        r"^\W*(?:ok(?:ay)?|done|yes|no|thanks?(?: you)?|ping|pong|test\w*|hello|hi|heartbeat\w*|no[_ -]?reply|n/?a|"
        r"none|null|nothing|undefined|unknown|todo|tbd)\W*$",
        _I,
    ),
    re.compile(r"\bheartbeat_?\w*\b|\bno_reply\b|\bkeep[- ]?alive\b|\bcron(?:job)?\b", _I),
    re.compile(r"\b(?:the )?user (?:asked|said|says|wants?|wanted|requested|told|prefers?|is asking|confirmed)\b", _I),
    re.compile(r"\bas an? (?:ai|assistant|language model)\b|\byou are (?:a|an) .{0,30}assistant\b", _I),
    re.compile(r"\bi am (?:claw|an? (?:ai|assistant))\b", _I),
    re.compile(
        r"\b(?:i|claw|we)(?:'ve| have| has)? (?:just )?(?:turned|switched|dimmed|set|locked|unlocked|armed|disarmed) "
        r"(?:on|off|the|all|it|them|your|up|down)\b",
        _I,
    ),
    re.compile(
        r"\b(?:task|step|job|run|request|command|action|tool call)s?(?: #?\d+)? (?:is |was |has been |were )?"
        r"(?:done|complete\w*|finished|succeeded|failed|ok|executed)\b",
        _I,
    ),
    re.compile(
        r"\b(?:timer|reminder|alarm clock) (?:is |was |has been )?(?:set|started|created|stopped|cancelled)\b", _I
    ),
    re.compile(
        r"^\W*(?:remind me|wake me|add .{1,60} to (?:the|my|our) .{0,20}list|set a (?:timer|reminder|alarm))\b", _I
    ),
    re.compile(r"\b(?:entity_id|context_id|traceback|stack trace|http \d{3}|exit code|stderr|stdout)\b", _I),
    re.compile(r"^\s*[\[{].*[\]}]\s*$", re.DOTALL),
)


def residue(sentence: str) -> str | None:
    """Return why ``sentence`` is no knowledge, as a whole sentence for a person; None where it may be some."""
    plain = " ".join(unicodedata.normalize("NFKC", sentence).split())
    if not any(map(str.isalnum, plain)) or any(noise.search(plain) for noise in _NOISE):
        return NOISE
    if ordered(plain):
        return ORDER
    return LIVE if any(live.search(plain) for live in _LIVE) else None


def ordered(sentence: str) -> bool:
    """Return whether a sentence tells somebody to do something, at once or whenever something happens."""
    plain = " ".join(unicodedata.normalize("NFKC", sentence).replace("\u2019", "'").split())
    if any(order.search(plain) for order in _ORDERS):
        return True
    # "When it rains we close the window" says what is so: there is somebody who does it.
    return _WHEN.search(plain) is not None and any(
        found[1] is None or found[1].casefold() not in _DOERS for found in _ACT.finditer(plain)
    )
