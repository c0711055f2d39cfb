"""The pages are true: each command that they show is run, in order, beside a daemon, and answers as it is shown."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from claw.daemon.demo import FOLDER
from tests.running import Claw, claw, running
from tests.skill_folders import MANIFEST, PROSE, skill_files, write_files
from tests.typed_home import Home, home, reads
from tests.typed_pages import PAGES, ROOT, Typed, fits, named, typed

POLICY = FOLDER / "policy.yaml"
GUIDE = ("guide.md", "cookbook.md", "safety.md", "troubleshooting.md")
"""What is run on the demo as it comes, and shows what is printed."""

HOUR = "first-hour.md"
"""``test_first_hour_real.py`` types it at a terminal, beside a real Home Assistant."""

SKILL = "reading-time"
HOMES = {
    "living": ("README", "audit", "accounts", "memory", "routines", "model", "observability", "openai", "guide"),
    "deciding": ("voice", "telegram", "mcp", "policy", "skills", "benchmarks", "evaluation"),
    "keeping": ("systemd", "backup", "install", "doctor", "troubleshooting"),
}
"""What is run in one home, page by page; of the guide what its text names besides."""

ELSEWHERE = {
    "tests/stories/test_first_hour_real.py::test_a_dozen_answers_and_the_home_works": (
        "claw init",
        "claw run --config config.yaml",
    ),
    "tests/unit/cli/test_init.py::test_root_sets_a_service_up_with_files_that_it_can_read": (
        "claw init --config /etc/claw/config.yaml",
    ),
    "tests/running.py::running": ("claw demo",),
    "tests/terminal_room.py::chatting": ("claw chat",),
    "tests/stories/test_mcp_server.py::test_on_stdio_no_other_token_opens_anything": ("claw mcp",),
    "tests/stories/test_skill_commands.py::test_proving_needs_no_daemon_and_is_a_row_a_program_can_read": (
        "claw skills prove movie-time",
    ),
    "tests/unit/cli/test_skills_prove.py::test_all_are_a_list_of_rows_with_the_homes_own_among_them": (
        "claw skills prove --all --house my-house.yaml",
    ),
    "tests/stories/test_eval.py::test_the_own_cases_of_all_eight_kinds_come_out_right_with_recorded_programs": (
        "claw eval tests/houses/cases.jsonl --house tests/houses/homes.json",
        "claw eval tests/houses/cases.jsonl --house tests/houses/homes.json --only risky --json",
    ),
    "tests/stories/test_fresh_root.py::test_a_fresh_debian_is_set_up_and_turns_on_a_light": (
        "./install.sh",
        "./install.sh --with channels",
    ),
}
"""What another test types, at a terminal, in a root of its own, or because it takes minutes."""

NOBODY = {
    "it is of the shell": (". .venv/bin/activate",),
    "it changes the machine's packages, or shows a page of it": (
        "apt install python3 python3-venv bubblewrap",
        "man claw",
    ),
    "the machine of the tests runs no containers": (
        "podman build --file packaging/container/Containerfile --tag claw dist",
        "podman run --rm --interactive --tty --volume claw-config:/config claw init --config /config/config.yaml",
        (
            "podman run --detach --name claw --read-only --tmpfs /tmp --cap-drop all --security-opt no-new-privileges "
            "--volume claw-config:/config --volume claw-data:/data --publish 127.0.0.1:8321:8321 claw"
        ),
    ),
    "systemd does not run the machine of the tests": (
        "sh /opt/claw/share/claw/systemd/install.sh",
        "systemctl enable --now claw-stop.path claw.service",
        "systemctl enable --now claw-voice",
        "systemctl start claw-stop",
        "systemctl disable --now claw",
        "systemctl stop claw; ./install.sh; /opt/claw/share/claw/systemd/install.sh; systemctl start claw",
        "touch /var/lib/claw/stop",
    ),
    "it removes the machine's own Claw": (
        "rm -rf /opt/claw /opt/claw-* /usr/local/bin/claw /usr/local/share/man/man1/claw.1",
        "rm -rf /etc/claw /var/lib/claw",
    ),
}
"""What nobody runs, and why."""

_ANY = (0, 1)
FORGETS = (
    "claw memory forget 7",
    *(f"claw memory forget --{what}" for what in ("since hour", "person me", "everything")),
)
ENDS = {
    "claw people first": (3,),  # there are people
    'claw skills teach --called "reading time"': (3,),  # without a model nothing was worked out
    "claw skills teach --done": (3,),  # nobody moved anything meanwhile
    "claw skills accept reading-time": (3,),  # it was not proved yet
    "claw skills enable reading-time": (3,),
    "claw skills rollback reading-time --to 1.0.0": (3,),
    "claw skills prove reading-time --keep": (1,),  # nor does its proof hold
    **dict.fromkeys(FORGETS, _ANY),  # 1: where somebody still reads the files, bytes may be left, which it says
    "claw memory accept habit-3": (3,),  # a habit takes days of living
    "claw memory decline memory-7": (3,),
    "claw routines test-safety": (1,),  # nobody listens to what it tells
    "claw doctor --repair --replace lock.front_door=lock.nuki_front_door": (3,),  # there is no such lock
    "claw doctor": _ANY,  # a busy machine makes the daemon stand still, which is told
    "claw doctor --json": _ANY,
}
"""How a command ends that has nothing to work with in this home."""


WHOLE = {
    "claw mcp drop": "claw mcp drop mcp.notes.search",
    "claw memory bench": "claw memory bench FILE",
    "claw names": "claw names list",
    "claw routines adopt": "claw routines adopt Porch",
    "claw routines export": "claw routines export Porch",
    "claw routines pause": "claw routines pause Porch",
    "claw routines run": "claw routines run Porch",
}
"""What is typed where the text of a page leaves out on what."""


def _typing(*commands: str) -> Callable[[Home], None]:
    def types(at_home: Home) -> None:
        for command in commands:
            at_home.types(command)

    return types


def _drafts(at_home: Home) -> None:
    (at_home.folder / "NEW").write_text(beside(recipes()[0]), encoding="utf-8")


def _writes_a_routine(at_home: Home) -> None:
    (written,) = re.findall(r"```yaml\n(name: Porch\n.*?)```", PAGES["routines.md"].read_text("utf-8"), re.DOTALL)
    (at_home.folder / "porch.yaml").write_text(written, encoding="utf-8")


def _brings(version: str, into: str = "brought", *, imported: bool = True) -> Callable[[Home], None]:
    """Have a folder with a version of a skill of the household's own, and bring it into the library."""

    def brings(at_home: Home) -> None:
        prose, manifest = (text.replace("1.0.0", version).replace("{name}", SKILL) for text in (PROSE, MANIFEST))
        folder = at_home.folder / into / SKILL
        write_files(folder, skill_files(SKILL, {"SKILL.md": prose, "skill.yaml": manifest}))
        if imported:
            at_home.types(f"claw skills import {folder}")

    return brings


def _nothing(_: Home) -> None:
    pass


_REMEMBERS = 'claw memory add "Ben likes plums"'
FIRST: Mapping[str, Callable[[Home], None]] = {
    "claw trace 42": _typing("claw say 'turn on the kitchen lights'"),
    "claw log verify --checkpoint claw.checkpoints": _typing("claw log checkpoint > claw.checkpoints"),
    "claw memory sleep --undo": _typing("claw memory sleep"),
    "claw memory forget --since hour": _typing(_REMEMBERS),
    "claw memory forget --person me": _typing(_REMEMBERS),
    "claw memory forget --everything": _typing(_REMEMBERS),
    "claw routines add --file porch.yaml --dry-run": _writes_a_routine,
    "claw policy diff OLD NEW": _drafts,
    "claw skills accept reading-time": _brings("1.0.0"),
    "claw skills diff reading-time": _brings("1.1.0"),
    "claw skills import ~/skills/reading-time": _brings("1.2.0", "home/skills", imported=False),
    "claw telegram list": Home.enrols,
    'claw reset --reason "restored Sunday\'s backup"': _typing("claw stop"),
}
"""What somebody does before a command, so that it has something to work with."""

AFTER: Mapping[str, Callable[[Home], None]] = {"claw stop": _typing("claw reset --reason tried")}


def _in_passing() -> dict[str, list[Typed]]:
    """Return what the text of each page names that no block shows: another command, or one with another option."""
    shown: dict[str, set[str]] = {}
    for page in PAGES:
        for step in typed(page):
            if step.words[0] == "claw":
                path, options, _ = reads(step)
                shown.setdefault(path, set()).update(options)
    found: dict[str, list[Typed]] = {}
    for page in PAGES:
        for step in named(page):
            path, options, _ = reads(step)
            group = any(one.startswith(f"{path} ") for one in shown) and not options
            if (path not in shown and not group) or not options <= shown.get(path, set()) | {"--help"}:
                shown.setdefault(path, set()).update(options)
                found.setdefault(page, []).append(step)
    return found


def _run_here() -> dict[str, list[Typed]]:
    """Return what a home runs, by page: each command once, and none that the guide or a list has."""
    found: dict[str, list[Typed]] = {}
    had = {step.text for page in GUIDE for step in typed(page)} | LISTED
    for page in (f"{page}.md" for pages in HOMES.values() for page in pages):
        blocks = () if page in GUIDE else typed(page)
        for step in (*blocks, *IN_PASSING.get(page, ())):
            if step.words[0] == "claw" and step.text not in had:
                had.add(step.text)
                found.setdefault(page, []).append(replace(step, text=WHOLE.get(step.text, step.text)))
    return found


LISTED = {one for lines in (*ELSEWHERE.values(), *NOBODY.values()) for one in lines}
IN_PASSING = _in_passing()
RUN_HERE = _run_here()


@pytest.mark.timeout(180)
@pytest.mark.parametrize("pages", HOMES.values(), ids=HOMES)
async def test_every_command_of_every_page_runs(
    pages: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    def types(at_home: Home) -> None:
        for page in pages:
            for step in RUN_HERE.get(f"{page}.md", ()):
                FIRST.get(step.text, _nothing)(at_home)
                at_home.run(step, *ENDS.get(step.text, (step.code,)))
                AFTER.get(step.text, _nothing)(at_home)

    async with home(tmp_path) as typing:
        await typing(types)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("page", GUIDE)
def test_every_command_of_the_guide_does_what_it_says(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with running(tmp_path / "state") as daemon:
        found = list(typed(page))
        assert found, "a page of the guide shows how"
        for step in found:
            _try(daemon, step)


def _try(daemon: Claw, step: Typed) -> None:
    where = f"{step.page}:{step.line}: {step.text}"
    words = [daemon.json("pending")[0]["id"] if word == "ID" else word for word in step.words[1:]]
    done = daemon.run(*words)
    printed = (done.stdout + done.stderr).splitlines()
    assert done.returncode in ENDS.get(step.text, (step.code,)), (where, printed)
    rest = iter(line.rstrip() for line in printed)
    for shown in step.shown:
        assert any(fits(shown, line) for line in rest), (where, shown, printed)


def test_nothing_is_typed_on_a_page_that_nobody_runs() -> None:
    """A new command is run by itself, or stands in one of the lists with its reason; a list holds nothing else."""
    run = {f"{page}.md" for pages in HOMES.values() for page in pages}
    lines = {(page, step.text) for page in PAGES for step in typed(page) if page not in (*GUIDE, HOUR)}
    lines |= {(page, step.text) for page, steps in IN_PASSING.items() for step in steps}
    unknown = {
        (page, text)
        for page, text in lines
        if text not in LISTED and not text.startswith("make ") and not (text.startswith("claw ") and page in run)
    }
    assert not unknown
    assert not LISTED - {text for _, text in lines}, "what no page shows any more"
    here = {step.text for steps in RUN_HERE.values() for step in steps}
    assert not {*FIRST, *AFTER} - here
    assert not ENDS.keys() - here - {step.text for page in GUIDE for step in typed(page)}
    for test in ELSEWHERE:
        path, name = test.split("::")
        assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8"), test


def recipes() -> list[str]:
    """Return the recipes of the cookbook."""
    return re.findall(r"```yaml\n(.*?)```", PAGES["cookbook.md"].read_text(encoding="utf-8"), re.DOTALL)


def beside(recipe: str) -> str:
    """Return the rules of the demo with those and the tests of a recipe before them.

    The demo's own tests name the rule that decides there, which a recipe changes as it is meant to.
    """
    text = POLICY.read_text(encoding="utf-8").partition("\ntests:\n")[0] + "\ntests:\n"
    for part in ("rules", "tests"):
        lines = "".join(re.findall(rf"^{part}:\n((?: .*\n)+)", recipe, re.MULTILINE))
        text = re.sub(rf"^{part}:\n", lambda head, lines=lines: head[0] + lines, text, count=1, flags=re.MULTILINE)
    return text


def test_every_recipe_of_the_cookbook_stands_beside_the_rules_of_the_demo(tmp_path: Path) -> None:
    """Each alone and all together: they pass their own tests, and leave nothing dangerous open."""
    house = str(POLICY.with_name("house.yaml"))
    for recipe in (*recipes(), "".join(recipes())):
        draft = tmp_path / "policy.yaml"
        draft.write_text(beside(recipe), encoding="utf-8")
        checked = claw("policy", "check", str(draft), "--house", house, "--json")
        assert checked.returncode == 0, (recipe, checked.stdout, checked.stderr)
        tested = claw("policy", "test", str(draft), "--house", house)
        assert tested.returncode == 0, (recipe, tested.stdout, tested.stderr)


def test_what_a_page_shows_is_held_against_what_is_printed() -> None:
    assert fits("The … is [on].", "The lamp is [on].")
    assert not fits("The … is on.", "The lamp is off.")
