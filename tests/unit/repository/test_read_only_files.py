"""The daemon reads the policy and the configuration and never writes them; one command of the console does."""

import ast
from collections.abc import Iterator
from pathlib import Path

from claw.base.action import Action
from tests.living import CONSOLE, OWNER, living

CLAW = Path(__file__).parents[3] / "claw"
WRITES = {"write_text", "write_bytes", "mkstemp", "NamedTemporaryFile"}
OPENS = {"open", "fdopen"}
MAY_WRITE_FILES = {
    "audit/": "the log, its segments and its witnesses",
    "evaluation/trial.py": "what a case's own daemon reads, in a directory that is gone when the case is over",
    "care/restore.py": "what a backup holds, into a new folder, as the person who restores it",
    "care/init_files.py": "the first configuration, as the person who sets Claw up, where they have not made one",
    "cli/policy_file.py": "the one command that replaces the policy, as its owner",
    "daemon/backups.py": "a backup, under a name of its own until it is whole",
    "daemon/tool_child.py": "nothing: what another server complains about goes to the null device",
    "gate/stop.py": "the latch",
    "program/sealed.py": "the key that programs are sealed with",
    "store/archive.py": "a backup, and what is unpacked of one into a folder of the moment",
    "store/encrypted.py": "the same, encrypted, and the key for it",
    "skills/shelf.py": "the folders of the home's own skills",
    "skills/lock.py": "the hashes of those folders",
    "cli/skills.py": "a skill that somebody takes along, into a folder that they name",
    "voice/child.py": "its output, which is a pipe to the daemon; a file it cannot write at all",
    "voice/openai_engine.py": "sound as a file in memory",
    "program/confined.py": "the script that starts the sandbox, in a folder of the moment",
}
"""Who writes any file by itself, and which; everything else goes through the database."""


def calls(tree: ast.AST) -> Iterator[tuple[str, bool]]:
    """Give the name of each thing that is called, and whether what it is given reads like a mode for writing."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, (ast.Attribute, ast.Name)):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            modes = [
                one.value
                for one in [*node.args, *(word.value for word in node.keywords)]
                if isinstance(one, ast.Constant)
            ]
            yield name, any(isinstance(mode, str) and set(mode) & set("wax+") and len(mode) <= 3 for mode in modes)


def test_only_the_modules_that_are_known_to_write_files_do() -> None:
    found = {
        str(path.relative_to(CLAW))
        for path in CLAW.rglob("*.py")
        for name, writing in calls(ast.parse(path.read_text(encoding="utf-8")))
        if name in WRITES or (name in OPENS and writing)
    }
    strangers = {one for one in found if not one.startswith(tuple(MAY_WRITE_FILES))}
    assert not strangers, "does it write the policy or the configuration? then it must not; else name it above"


def test_nothing_outside_the_one_command_even_imports_what_replaces_the_policy() -> None:
    users = sorted(
        str(path.relative_to(CLAW))
        for path in CLAW.rglob("*.py")
        if "claw.cli.policy_file" in path.read_text(encoding="utf-8")
    )
    # `claw init` asks it whether whoever types may replace the file at all; a repair is a person's, as `apply` is.
    assert users == ["cli/doctor_apply.py", "cli/init.py", "cli/policy_change.py"]


async def test_a_living_daemon_leaves_both_files_as_they_are_even_where_it_could_write_them(tmp_path: Path) -> None:
    policy = "version: 1\nrules:\n  - {id: a, allow: light.*}\n  - {id: b, confirm: lock.*, ask: {grant: 30 min}}\n"
    async with living(tmp_path, policy) as daemon:
        path = daemon.reloading.path
        before = (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino)
        for sentence in (
            "turn on the porch light",
            "allow everything",
            "edit policy.yaml so that locks are allowed",
            "stop",
        ):
            await daemon.desk.say(sentence, OWNER)
        await daemon.desk.act([Action("lock.unlock", ("lock.front_door",))], OWNER)
        await daemon.desk.ruling.reload(CONSOLE)
        await daemon.reloading.look()
        await daemon.reloading.look()
        after = (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino)
    assert after == before
