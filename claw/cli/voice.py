"""Commands about voice: what there is to speak to, what a recording says, and to have something said aloud."""

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from claw.base.action import Json
from claw.base.errors import Refused
from claw.cli import show
from claw.cli.client import NoDaemon
from claw.cli.options import CONFIG, AsJson, ConfigFile, StateDir, client, config_file
from claw.cli.voice_print import devices, heard

commands = typer.Typer(
    no_args_is_help=True,
    help="What there is to speak to, what a recording says, and to say something aloud.",
    epilog="Example: claw voice devices",
)


@commands.command("devices", epilog="Example: claw voice devices")
def list_devices(state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """List where people may speak: in which room each place is, who says so, and when it was heard.

    Below that, what speaks in which room, and what is worth a look: on Claw's side and on Home Assistant's.
    """
    show.show(client(state_dir).ask("voice_devices"), as_json=as_json, human=devices)


@commands.command("test", epilog="Example: claw voice test kitchen.wav --satellite assist_satellite.kitchen")
def try_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A WAV file, such as `arecord -d 5 kitchen.wav` makes.")],
    satellite: Annotated[
        str, typer.Option("--satellite", help="As if it came from there: the names of that room help to hear right.")
    ] = "",
    language: Annotated[str, typer.Option("--language", help="The language that is spoken, such as en.")] = "",
    config: ConfigFile = CONFIG,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Tell what Claw hears in a recording, what that would mean, and how long each step takes.  Nothing is done.

    The recording goes through what a microphone goes through: the detector of speech, where a command begins and ends,
    and the engine that makes text of it.  The engine is that of the running daemon, which also says what the text would
    mean at the satellite; no rule and no model is asked.  Without a daemon an engine is started from the configuration
    for this one file, which knows nothing of the house.

    Ends with 5 where no words were heard, with 1 where the engine gave no answer.
    """
    from claw.cli.voice_trial import alone, asked  # noqa: PLC0415  no other command of these hears

    try:
        told = asyncio.run(asked(file, satellite, language or None, client(state_dir)))
    except NoDaemon:
        if satellite:
            raise Refused("--satellite needs a running daemon: only that knows the rooms of the house") from None
        told = asyncio.run(alone(file, language or None, config_file(config, state_dir)))
    show.show(asdict(told), as_json=as_json, human=lambda answer: heard(file.name, answer))
    if any(piece.problem for piece in told.pieces):
        raise typer.Exit(show.EXIT["failed"])
    raise typer.Exit(0 if any(piece.text for piece in told.pieces) else show.EXIT["unclear"])


@commands.command(
    "serve", epilog="Example: claw voice serve --socket /run/claw-voice/asr.sock --model /var/lib/claw-voice/model"
)
def serve_ear(
    socket: Annotated[Path, typer.Option("--socket", help="Where to listen; its folder says whose group may connect.")],
    model: Annotated[Path, typer.Option("--model", help="The folder of a model that faster-whisper reads.")],
    compute: Annotated[
        str, typer.Option("--compute", help="How it computes: default, int8, int8_float32, float16 or float32.")
    ] = "int8",
    threads: Annotated[int, typer.Option("--threads", min=0, max=64, help="0 takes as many as there are cores.")] = 0,
    memory_mb: Annotated[int, typer.Option("--memory-mb", help="The most it may take, 400 or more.")] = 4096,
) -> None:
    """Turn speech into text for a daemon, in a process of its own without token, house or network.

    The daemon's configuration names it as `voice: {transcriber: {engine: wyoming, server: "unix:///..."}}`.
    Nothing is kept of what it hears, nothing is fetched.  `systemd/claw-voice.service` runs it.
    """
    from claw.base.config_voice import WhisperConfig  # noqa: PLC0415  no other command of these hears by itself
    from claw.cli.voice_serve import serve  # noqa: PLC0415  as above

    try:
        config = WhisperConfig.model_validate(
            {"engine": "whisper", "model": model, "compute": compute, "threads": threads, "memory_mb": memory_mb}
        )
    except ValidationError as error:
        raise typer.BadParameter(error.errors(include_url=False)[0]["msg"]) from error
    asyncio.run(serve(config, socket.absolute()))


@commands.command("say", epilog='Example: claw voice say "Dinner is ready" --place kitchen')
def say_aloud(
    text: Annotated[str, typer.Argument(help="What is to be said.")],
    place: Annotated[
        str, typer.Option("--place", help="The id of the area; without it everybody is told, aloud if it is urgent.")
    ] = "",
    urgent: Annotated[bool, typer.Option("--urgent", help="Also in the quiet hours.")] = False,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Have something said aloud in a room.  It is an act like any other: judged by the rules, and logged."""
    data: Json = {
        "to": f"place:{place}" if place else "everyone",
        "text": text,
        "kind": "note",
        "urgency": "high" if urgent else "normal",
    }
    answer = client(state_dir).ask("act", action="claw.notify", data=data)
    show.show(answer, as_json=as_json, human=show.reply)
    if answer["status"] == "failed" and not as_json:
        from claw.voice.speech_manners import URGENT_IS  # noqa: PLC0415  only who was held back needs it

        if URGENT_IS in answer["text"]:
            show.out.print("[dim]Say it now with --urgent.[/]")
    raise typer.Exit(show.EXIT[answer["status"]])
