"""The command line: every command is one question to a daemon, or works without one."""

import typer

from claw.cli import (
    backup,
    chat,
    completion,
    doctor,
    init,
    keys,
    log,
    mcp,
    memory,
    names,
    people,
    policy,
    routines,
    running,
    skills,
    switch,
    talk,
    telegram,
    trace,
    undo,
    voice,
)
from claw.cli.eval import evaluate
from claw.cli.main import DAEMON, Examples, command_line

EXAMPLES: Examples = (
    *DAEMON,
    (init.init, "claw init --url http://homeassistant.local:8123"),
    (talk.say, 'claw say "turn on the kitchen lights"'),
    (chat.chat, "claw chat"),
    (running.status, "claw status --json"),
    (doctor.doctor, "claw doctor --security"),
    (switch.stop, 'claw stop --reason "smoke in the kitchen"'),
    (switch.reset, 'claw reset --reason "it was the toast"'),
    (switch.drill, "claw drill"),
    (switch.pause, "claw pause --for 30m"),
    (switch.resume, "claw resume"),
    (talk.pending, "claw pending"),
    (talk.approve, "claw approve 1f2e3d4c"),
    (talk.reject, "claw reject 1f2e3d4c"),
    (undo.undo, "claw undo --since 18:00 --tick lock.front_door --dry-run"),
    (log.why, "claw why lock.front_door"),
    (trace.trace, "claw trace 42"),
    (keys.signin, "claw signin anna"),
    (backup.restore, "claw restore claw-1f2e3d4c-20261122T033000Z.tar --state-dir /var/lib/claw"),
    (completion.completion, "claw completion bash"),
)


def build() -> typer.Typer:
    """Return the whole command line."""
    app = command_line(EXAMPLES)
    app.command("eval", epilog="Example: claw eval cases.jsonl --house homes.json")(evaluate)
    app.add_typer(log.commands, name="log")
    app.add_typer(backup.commands, name="backup")
    app.add_typer(policy.commands, name="policy")
    app.add_typer(keys.commands, name="clients")
    app.add_typer(people.commands, name="people")
    app.add_typer(names.commands, name="names")
    app.add_typer(memory.commands, name="memory")
    app.add_typer(skills.commands, name="skills")
    app.add_typer(routines.commands, name="routines")
    app.add_typer(voice.commands, name="voice")
    app.add_typer(mcp.commands, name="mcp")
    app.add_typer(telegram.commands, name="telegram")
    return app
