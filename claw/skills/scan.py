"""What a skill's files hold that no skill of a home needs: looked for before anybody is asked to trust it.

Nothing here keeps the house safe: prose moves nothing, a program is in the sandbox, and each call is judged.  It keeps
a person from being talked into something, and from seeing another text than the machine does: addresses and commands
(what is fetched or typed elsewhere), text that is packed, letters that are not drawn or drawn as others, and sentences
that speak to a model, ask for rights, or want something installed first.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from claw.house.text import plain, quoted
from claw.skills.model import MANIFEST, PROGRAM, PROSE, TESTS, Files

MOST_FINDINGS = 20
LONGEST_LINE = 2_000
"""Characters of a line that a person still reads."""

_DOMAINS = (
    "light|switch|sensor|binary_sensor|climate|cover|lock|scene|script|person|sun|weather|zone|claw|calendar|todo"
)
_HASH = re.compile(r"^ +['\"]?[\w./-]+['\"]?: ['\"]?[0-9a-f]{64}['\"]?$", re.MULTILINE)
"""A line of ``files:`` in ``skill.yaml``: a hash that is held against the file it names."""


def _words(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{one})" for one in patterns), re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Look:
    """What is looked for, what is said of it, and in which files (all, where ``among`` is empty)."""

    pattern: re.Pattern[str]
    told: str
    but: tuple[str, ...] = ()


_LOOKS = (
    _Look(
        _words(
            r"\b(?:[a-z][a-z0-9+.-]{1,9}|hxxps?):/{2,}\S+",
            r"\b(?:mailto|data|javascript|file):[^\s,]{2,}",
            r"\bwww\.\w+",
            r"\b(?:\d{1,3}(?:\.|\[\.\])){3}\d{1,3}\b",
            rf"\b(?!(?:{_DOMAINS})\.)[a-z0-9-]{{2,60}}(?:\.|\[\.\]|\s?\(dot\)\s?)"
            r"(?:com|net|org|io|xyz|top|zip|ru|cn|site|online|link|sh|dev|app|gg|me|cc)\b",
        ),
        "names an address on the network; a skill needs none",
    ),
    _Look(
        _words(
            r"\b(?:curl|wget|sudo|chmod|chown|powershell|pwsh|invoke-\w+|iwr|iex|crontab|systemctl|osascript)\b",
            r"\b(?:bash|zsh|sh|cmd)\s+-?[/-]?c\b",
            r"/(?:usr/)?bin/\w+",
            r"\brm\s+-\w*[rf]",
            r"\bbase64\s+-",
            r"\b(?:git\s+clone|docker\s+run|nc\s+-\w|ssh\s+\S+@)",
            r"\b(?:pip3?|pipx|uv|npm|npx|uvx|yarn|pnpm|brew|apt|apt-get|dnf|cargo|gem|go)\s+(?:install|i|add|run|get)\b",
            r"\bnpx\s+\S+",
            r"^\s*(?:`{3}|~{3})\s*(?:sh|bash|shell|zsh|console|powershell|cmd|bat)\b",
        ),
        "holds a command for a terminal; a skill needs none",
    ),
    _Look(
        _words(
            r"\bprerequisites?\b",
            r"\b(?:must|need\s+to|have\s+to|first|please)\s+(?:\w+\s+)?(?:install|download|run\s+the|execute|paste)\b",
            r"\b(?:install|download|paste|execute)\b.{0,40}\b(?:before|first|terminal|to\s+(?:work|continue|use))\b",
            r"\b(?:installiere|herunterladen|t[eé]l[eé]charge[rz]?|installez|installeer|downloaden)\b",
            r"下载|安装",
        ),
        "wants something installed or fetched first; a skill that does is a trap",
    ),
    _Look(
        _words(
            r"\b(?:ignore|disregard|forget|override)\b.{0,30}\b(?:previous|prior|above|earlier|other|your|all|these|any)\b"
            r".{0,20}\b(?:instruction|rule|prompt|message|guideline|direction|context|polic)",
            r"\byou\s+(?:must|should|shall|have\s+to|are\s+(?:now|allowed|an?\b)|will\s+now|can\s+safely)\b",
            r"\byour\s+(?:instructions?|system|prompt|rules|guidelines|task)\b",
            r"\bsystem\s+(?:prompt|message|override|instruction)",
            r"\bas\s+an?\s+(?:ai|assistant|agent|(?:large\s+)?language\s+model)\b",
            r"\b(?:the|any|every|dear)\s+(?:assistant|model|agent|ai|llm|claw)\s+(?:must|should|shall|may|has\s+to|will)\b",
            r"<\s*/?\s*(?:system|assistant|user|human|instructions?|important|tool\w*|function\w*|admin)\b[^>\n]{0,80}>",
            r"\[/?(?:inst|sys|system)\]|<\|[^|\n]{1,40}\|>",
            r"^\W*(?:system|assistant|human|developer)\s*:",
            r"\b(?:do\s+not|don'?t|never)\s+(?:tell|mention|reveal|inform|warn|show|report|log)\b",
            r"\b(?:secretly|jailbreak|developer\s+mode|god\s+mode)\b",
            r"\bignorier\w*\b.{0,30}\b(?:anweisung|regel)|\bignore[zr]?\b.{0,30}\b(?:instructions|r[eè]gles|consignes)\b",
            r"\bnegeer\b.{0,30}\b(?:instructies|regels)|忽略.{0,10}(?:指令|规则|提示)",
        ),
        "speaks to whoever runs it; what a skill says is never an instruction",
        but=(PROGRAM,),
    ),
    _Look(
        _words(
            r"\b(?:grant|give|allow|needs?|requires?|requests?|wants?|gets?|has)\b(?!\s+no\b).{0,40}"
            r"\b(?:permissions?|rights?|privileges?|full\s+access|unrestricted|admin\w*)\b",
            r"\bfull\s+(?:access|control|rights)\b|\b(?:admin(?:istrator)?|root|owner)\s+(?:mode|rights?|access)\b",
            r"\b(?:skip|bypass|disable|circumvent|suspend|turn\s+off|switch\s+off)\b.{0,30}\b(?:polic(?:y|ies)|confirmations?"
            r"|safety\s+\w+|guards?|approvals?|permissions?|(?:stop|kill)\s+switch|audit|the\s+gate|the\s+log)\b",
            r"\bwithout\s+(?:\w+\s+){0,3}(?:confirm\w*|approval|permission)\b",
            r"\bpolicy\.ya?ml\b|\bconfig\.ya?ml\b|\bskills\.lock\b",
            r"\b(?:always|automatically|auto-?)\s*(?:approve|accept|confirm|say\s+yes|trust|allow)",
            r"\b(?:pre-?|already\s+)(?:approved|authori[sz]ed|accepted|trusted|vetted|verified|audited)\b",
            r"\b(?:treat|mark|regard|consider)\b.{0,40}\b(?:trusted|owner|authenticated|safe)\b",
        ),
        "asks for rights or vouches for itself; rights come from the policy and from an owner's yes",
        but=(PROGRAM,),
    ),
    _Look(
        _words(
            r"\b(?:passwords?|passphrases?|api[\s_-]?keys?|access[\s_-]?tokens?|bearer|credentials?|private[\s_-]?keys?)\b",
            r"\B\.env\b|~/\.\w+|/etc/\w+|\bsecrets\.ya?ml\b|\bid_rsa\b|\bid_ed25519\b",
        ),
        "speaks of secrets or of files of this machine; a skill needs neither",
    ),
    _Look(re.compile("<!--"), "holds a comment that is not seen where it is shown", but=(PROGRAM,)),
    _Look(
        re.compile(r"^allowed-tools\s*:", re.MULTILINE),
        "lists allowed-tools; Claw gives none, whatever stands there",
        but=(PROGRAM, MANIFEST),
    ),
    _Look(
        re.compile(
            r"\b(?=[a-z0-9+/_-]*[A-Z])(?=[A-Z0-9+/_-]*[a-z])(?=[A-Za-z+/_-]*\d)[A-Za-z0-9+/_-]{40,}={0,2}"
            r"|\b(?:[0-9a-fA-F]{32,}|(?:[0-9a-fA-F]{2}[\s:,]){16,})|\b[A-Z2-7]{40,}"
            r"|(?:\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|%[0-9a-fA-F]{2}|&#x?[0-9a-fA-F]{1,6};){6}"
            r"|(?:\b\d{2,3}\s*,\s*){16}"
        ),
        "holds packed text that nobody can read",
    ),
    _Look(
        _words(r"\bimport\s+base64\b", r"\bfrom\s+base64\b", r"\bb(?:16|32|64|85)(?:en|de)code\b", r"\bfromhex\b"),
        "packs or unpacks text; a skill has no reason to",
    ),
)

_LOOKALIKES = frozenset("асеорхуіјѕԁԛԝһӏАВЕКМНОРСТХУІЈЅαονρικυωΑΒΕΖΗΙΚΜΝΟΡΤΥΧոսօցհ")
"""Letters of other scripts that are drawn like Latin ones (Unicode's confusables, those of one stroke's difference)."""
_SEPARATES = frozenset({"Cc", "Zl", "Zp"})
"""Categories of what breaks or ends a line without being seen to."""
_WORD = re.compile(r"[^\W\d_]{2,}")
_MARKS = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u20d0-\u20ff]{3,}")


def findings(files: Files) -> tuple[str, ...]:
    """Return one sentence, with file and line, for each thing that keeps a skill a draft."""
    found: list[str] = []
    for path, data in sorted(files.items()):
        found += _of_file(path, data.decode("utf-8", "replace"))
    return tuple(found[:MOST_FINDINGS])


def _of_file(path: str, text: str) -> Iterator[str]:
    if told := _no_business(path):
        yield f"{path} {told}."
    if path == MANIFEST:
        text = _HASH.sub("", text)
    for look in (_unseen, _disguised, _endless):
        if hit := look(text):
            at, told = hit
            yield f"{path}, line {text.count(chr(10), 0, at) + 1}: {told}."
    folded, starts = _folded(text)
    joined = folded.replace("\n", " ") if path.endswith(".md") else folded  # a sentence of prose goes over lines
    for look in _LOOKS:
        if path not in look.but and (match := look.pattern.search(folded) or look.pattern.search(joined)):
            shown = quoted(match.group(), 50)
            yield f"{path}, line {bisect_right(starts, match.start())}: {look.told} ({shown})."


def _no_business(path: str) -> str:
    name = path.rpartition("/")[2].lower()
    if path in {PROSE, MANIFEST, PROGRAM} or name.endswith((".md", ".txt")) or name in {"license", "notice"}:
        return ""
    if path.startswith(TESTS) and name.endswith((".yaml", ".yml")):
        return ""
    return "is no file that a skill of Claw's has: nothing would read it, and nothing will run it"


def _folded(text: str) -> tuple[str, list[int]]:
    """Return ``text`` as its words are read, whatever they are drawn with, and where its lines begin in that."""
    lines = [_read_as(line) for line in text.split("\n")]
    starts = [0]
    for line in lines[:-1]:
        starts.append(starts[-1] + len(line) + 1)
    return "\n".join(lines), starts


def _read_as(line: str) -> str:
    if line.isascii():
        return line.replace("*", "").replace("`", "") if "```" not in line else line
    line = "".join(char for char in unicodedata.normalize("NFKC", line) if not _hidden(char))
    return line.translate(_LATIN).replace("*", "")


_LATIN = str.maketrans(
    "асеорхуіјѕԁԛԝһӏАВЕКМНОРСТХУІЈЅαονρικυΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "aceopxyijsdqwhlABEKMHOPCTXYIJSaovpikuABEZHIKMNOPTYX"
)


def _hidden(char: str) -> bool:
    if char in "\n\t" or (char.isascii() and char.isprintable()):
        return False
    return unicodedata.category(char) in _SEPARATES or char == "\u2800" or plain(f"<{char}>") == "<>"


def _unseen(text: str) -> tuple[int, str] | None:
    text = text.replace("\r\n", " \n")
    at = next((at for at, char in enumerate(text) if _hidden(char)), None)
    if at is None:
        return None
    return at, f"holds a character that cannot be seen (U+{ord(text[at]):04X})"


def _disguised(text: str) -> tuple[int, str] | None:
    if text.isascii():
        return None
    for word in _WORD.finditer(text):
        if _in_disguise(word.group()):
            return word.start(), f"holds a word in letters that are drawn like others ({quoted(word.group(), 30)})"
    if marks := _MARKS.search(text):
        return marks.start(), "holds letters under a pile of marks"
    return None


def _in_disguise(word: str) -> bool:
    if word.isascii():
        return False
    foreign = [char for char in word if char in _LOOKALIKES]
    latin = any(char.isascii() for char in word)
    styled = any(not char.isascii() and unicodedata.normalize("NFKC", char).isascii() for char in word)
    return styled or (bool(foreign) and (latin or len(foreign) == len(word)))


def _endless(text: str) -> tuple[int, str] | None:
    at = 0
    for line in text.split("\n"):
        if len(line) > LONGEST_LINE:
            return at, f"has {len(line)} characters on one line, more than anybody reads"
        at += len(line) + 1
    return None
