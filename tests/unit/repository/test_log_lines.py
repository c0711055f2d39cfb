"""What a line of the process's log may be made of: no word of anybody's, wherever in Claw it is written.

The formatter covers secrets (``claw/base/redaction.py``), but no program can tell a person's words from our own.  So
this reads the code: at the levels that go out by default, nothing that is called like words or people is an argument.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import claw

ROOT = Path(claw.__file__).parent
LOUD = frozenset({"warning", "error", "exception", "critical", "log", "fatal"})
WORDS = re.compile(
    "answer|arguments|asked?|body|content|data|heard|messages?|payload|people|person|prompt|question|reply|request"
    "|said|saying|sentence|service|speaker|text|transcript|user|values?|words|written"
)
"""Names of what people say, of what is remembered, and of who they are."""
WHY = {
    ("daemon/run.py", "message.text"): "how much was forgotten, in a sentence of ours",
    ("policy/overlay.py", "str(row[0])[:40]"): "the number of a row",
}


def loud(source: str) -> Iterator[ast.Call]:
    """Give the calls of a logger at a level that goes out by default."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LOUD:
            whose = ast.unparse(node.func.value)
            if "logger" in whose.lower():
                yield node


def telling(call: ast.Call) -> set[str]:
    """Return the arguments that are called like words or people; the message itself has to be a text of ours."""
    found: set[str] = set()
    for each in call.args:
        for node in ast.walk(each):
            name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
            if WORDS.fullmatch(name):
                found.add(ast.unparse(each))
    return found


def test_no_line_that_goes_out_by_default_is_made_of_anybodys_words() -> None:
    found = {
        (str(path.relative_to(ROOT)), argument)
        for path in sorted(ROOT.rglob("*.py"))
        for call in loud(path.read_text(encoding="utf-8"))
        for argument in telling(call)
    }
    assert found - WHY.keys() == set()


@pytest.mark.parametrize(
    "source",
    [
        "logger.warning('heard %s', text)",
        "logger.warning('heard %s', reply.text)",
        "_logger.error('%s', f'{origin.person} said it')",
        "logging.getLogger('claw').critical(str(message))",
        "logger.exception(request.said[:40])",
    ],
)
def test_words_of_people_in_a_line_are_seen(source: str) -> None:
    assert [one for call in loud(source) for one in telling(call)]


@pytest.mark.parametrize(
    "source", ["logger.info('%s', text)", "logger.warning('%d wait', len(waiting))", "print(text)"]
)
def test_what_stays_in_or_is_a_figure_is_let_alone(source: str) -> None:
    assert not [one for call in loud(source) for one in telling(call)]
