"""Voice is there where it is configured, and nothing of it where it is not."""

import subprocess
import sys
from pathlib import Path

import pytest

from claw.base.errors import Unavailable
from tests.living import living

WYOMING = {"wyoming": {"port": 0}}


def test_a_house_without_voice_has_no_ear_and_loads_none() -> None:
    heard = "m.startswith(('claw.voice', 'claw.channels.wyoming', 'claw.channels.micro')) for m in sys.modules"
    code = f"import sys, claw.daemon.run; sys.exit(any({heard}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


async def test_what_is_configured_listens_until_the_daemon_ends(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        assert daemon.voice is None
        with pytest.raises(Unavailable, match="nothing about voice"):
            _ = daemon.desk.voiced
    async with living(tmp_path / "two", voice=WYOMING) as daemon:
        assert daemon.voice is not None
        assert daemon.voice.server is not None
        assert daemon.voice.server.port > 0
        assert daemon.desk.voiced.status()["wyoming"]["address"] == f"127.0.0.1:{daemon.voice.server.port}"
        assert (await daemon.desk.voiced.devices())["satellites"]
    assert daemon.voice.server.state()["open"] == 0
