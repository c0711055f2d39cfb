"""The repository speaks of itself alone, and every rule that is switched off says why."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


def whole(halves: str) -> str:
    """Join a word that is written in halves here, so that this file may be searched as well."""
    return halves.replace("~", "")


FOREIGN = {
    "a path of the machine it was written on": whole(
        r"(?<![\w.])/(?:wo~rk|ro~ot|ho~me/\w+)/|/scra~tch\b|\.\./sha~red|/us~ers/\w+/"
    ),
    "the host of a package registry": whole(r"py~pi\.org|pythonho~sted|/sim~ple/|artif~actory|/op~t/py~pi"),
    "who or what typed it": whole(
        r"co-auth~ored-by|generated (?:by|with) (?:an? )?(?:a~i|l~lm)\b|\bcla~ude\b|\bcop~ilot\b"
    ),
}
SAMPLES = {
    "a path of the machine it was written on": whole('open("/wo~rk/x")'),
    "the host of a package registry": whole("https://py~pi.org"),
    "who or what typed it": whole("Co-auth~ored-by: somebody"),
}
SECRET = r"eyJ[\w-]{20,}\.[\w-]{20,}\.|-----BEGIN (?:[A-Z]+ )?PRIVATE KEY|\bsk-[A-Za-z0-9]{20,}"
BARE_EXCEPTION = whole(
    r"# no~qa(?!: [A-Z]+\d+(?:, ?[A-Z]+\d+)*  ?\S+ \S+)"
    r"|# ty~pe: ignore(?!\[)|# pyright: (?:ig~nore(?!\[)|ba~sic|st~andard)"
)


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def texts() -> dict[str, str]:
    found: dict[str, str] = {}
    for path in tracked():
        body = path.read_bytes()
        if b"\0" not in body:
            found[str(path.relative_to(ROOT))] = body.decode()
    return found


def hits(pattern: str) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, text in texts().items()
        for number, line in enumerate(text.splitlines(), 1)
        if re.search(pattern, line, re.IGNORECASE)
    ]


@pytest.mark.parametrize("what", FOREIGN)
def test_no_file_names(what: str) -> None:
    assert not hits(FOREIGN[what])


@pytest.mark.parametrize("what", FOREIGN)
def test_the_search_finds(what: str) -> None:
    assert re.search(FOREIGN[what], SAMPLES[what], re.IGNORECASE)


def test_no_file_holds_a_secret() -> None:
    assert not hits(SECRET)


def test_no_large_file_is_kept() -> None:
    assert not [(path.name, path.stat().st_size) for path in tracked() if path.stat().st_size > 1_000_000]


def test_every_rule_that_is_ignored_says_why() -> None:
    section = (
        (ROOT / "pyproject.toml").read_text().partition("[tool.ruff.lint]")[2].partition("[tool.ruff.lint.flake8")[0]
    )
    codes = re.findall(r'^    "([A-Z]+\d*)",(.*)$', section, re.MULTILINE)
    assert codes
    assert not [code for code, rest in codes if not re.match(r"\s+# \S+( \S+)+", rest)]


def test_every_check_that_is_off_for_the_types_says_why() -> None:
    section = (ROOT / "pyproject.toml").read_text().partition("[tool.basedpyright]")[2].partition("\n[")[0]
    assert not [
        line for line in section.splitlines() if line.startswith("report") and not re.search(r"# \S+( \S+)+", line)
    ]


def test_every_exception_in_the_code_names_its_rule_and_its_reason() -> None:
    assert not [hit for hit in hits(BARE_EXCEPTION) if hit.partition(":")[0].endswith(".py")]
