"""A whole daemon inside the test's own loop: really built, on a simulated house, without listening anywhere."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from claw.base.action import NO_DATA, Origin
from claw.base.config import Config, HouseConfig, MemoryConfig, ModelConfig, PersonConfig, SourceConfig, StopConfig
from claw.base.config_channels import ChannelsConfig
from claw.base.config_voice import VoiceConfig
from claw.daemon.build import Daemon, build
from claw.daemon.demo import FOLDER, demo_config
from claw.daemon.staging import Staging
from tests.read_once import spare

spare()

OWNER = Origin(channel="web", person="anna", authenticated=True, source="test", conversation="test", strength="session")
CONSOLE = Origin(
    channel="cli", person="anna", authenticated=True, source="uid 0", conversation="test", strength="session"
)
NOBODY = Origin(channel="voice:hall", place="hall", source="test", conversation="voice")

PEOPLE = (
    PersonConfig(id="anna", name="Anna", role="owner"),
    PersonConfig(id="ben", name="Ben", role="adult"),
    PersonConfig(id="carl", name="Carl", role="child"),
)


def config(
    folder: Path,
    policy: str | None = None,
    house: Path = FOLDER / "house.yaml",
    languages: tuple[str, ...] = ("en",),
) -> Config:
    """Return the demo's configuration, or one with a policy of the test's own on this house."""
    if policy is None:
        return demo_config(0).model_copy(update={"languages": languages})
    path = folder / "policy.yaml"
    path.write_text(policy, encoding="utf-8")
    return Config(
        house=HouseConfig(simulated=house),
        policy=path,
        people=PEOPLE,
        languages=languages,  # type: ignore[arg-type]
        listen={"port": 0},  # type: ignore[arg-type]
        audit={"journald": False},  # type: ignore[arg-type]
    )


@asynccontextmanager
async def living(
    folder: Path,
    policy: str | None = None,
    house: Path = FOLDER / "house.yaml",
    languages: tuple[str, ...] = ("en",),
    stop: StopConfig | None = None,
    *,
    ours: bool | None = False,
    model: ModelConfig | None = None,
    memory: MemoryConfig | None = None,
    sources: Mapping[str, SourceConfig] = NO_DATA,
    staging: Staging | None = None,
    voice: Mapping[str, object] | None = None,
    channels: Mapping[str, object] | None = None,
) -> AsyncIterator[Daemon]:
    """Give a daemon that follows its house; it is closed, as the real one is, when the test ends.

    ``ours``: whoever connects to its socket counts as one of its own children; None: as the daemon finds it.
    ``model`` is what it asks, usually a scripted one (``tests/peers/scripted_model.py``), and ``memory`` how it finds
    things again; ``sources`` are the texts that its programs may read; ``staging`` is how a simulated house is set.
    ``voice`` and ``channels`` are those sections of a configuration; what they name is begun.
    """
    async with AsyncExitStack() as rooms:
        settings = config(folder, policy, house, languages).model_copy(update={"model": model, "sources": sources})
        if memory is not None:
            settings = settings.model_copy(update={"memory": memory})
        if voice is not None:
            settings = settings.model_copy(update={"voice": VoiceConfig.model_validate(voice)})
        if channels is not None:
            settings = settings.model_copy(update={"channels": ChannelsConfig.model_validate(channels)})
        if stop is not None:
            settings = settings.model_copy(update={"stop": stop})
        daemon = await build(settings, folder / "state", rooms, staging)
        # Test and daemon are one process here, which a real daemon takes for one of its own: see ``test_stop.py``.
        if ours is not None:
            daemon.socket._ours = lambda _pid, _uid: bool(ours)
        daemon.skills.start()
        await daemon.backend.connect(daemon.mirror)
        await daemon.mirror.wait_ready(5)
        daemon.routines.start()
        if daemon.voice is not None:
            await daemon.voice.start()
        await daemon.met.start()
        yield daemon
