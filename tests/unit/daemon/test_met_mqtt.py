"""Everything that the device at a broker shows is heard of, and nothing is looked for before it is started."""

import sys
from pathlib import Path

import pytest

from claw.base.config_channels import MqttConfig
from claw.base.errors import Broken
from claw.daemon.met_mqtt import mqtt
from tests.living import OWNER, living


async def test_switch_questions_and_acts_are_told_to_the_device(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        device = mqtt(MqttConfig(host="nowhere.invalid"), daemon)
        told = device._changed

        def heard() -> bool:
            before = told.is_set()
            told.clear()
            return before

        await daemon.desk.say("turn on the kitchen lights", OWNER)
        assert heard()
        assert device._last.startswith("light.turn_on")
        await daemon.desk.say("unlock the front door", OWNER)
        assert heard()
        await daemon.desk.stop("a test", OWNER)
        assert heard()
        assert device.status()["ready"] is False
        await device.close()


async def test_without_its_package_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "claw.channels.mqtt", raising=False)
    monkeypatch.setitem(sys.modules, "aiomqtt", None)
    async with living(tmp_path) as daemon:
        with pytest.raises(Broken, match="make channels"):
            mqtt(MqttConfig(host="nowhere.invalid"), daemon)
