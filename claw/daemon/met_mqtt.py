"""The device at an MQTT broker, put together where one is configured."""

from typing import TYPE_CHECKING

from claw.base.config import read_secret
from claw.base.config_channels import MqttConfig
from claw.base.errors import Broken
from claw.base.reinstall import adding

if TYPE_CHECKING:  # it is made there
    from claw.channels.mqtt import Mqtt
    from claw.daemon.build import Daemon


def mqtt(config: MqttConfig, daemon: "Daemon") -> "Mqtt":
    """Return the device, which does nothing before it is started.

    Raises Broken where its password cannot be read, or the extra is not installed.
    """
    try:
        from claw.channels.mqtt import Mqtt, Told  # noqa: PLC0415  the extra, only where a broker is named
    except ImportError as error:
        raise Broken(f"MQTT is configured, but not installed: {adding('channels')}") from error
    path = config.password_file
    password = read_secret("password of the MQTT broker", path) if path is not None else ""
    acts = (daemon.follower.noted, daemon.follower.ended)
    told = Told(daemon.stop.told, daemon.gate.questions.told, acts)
    return Mqtt(config, password, daemon.desk, told, daemon.clock, daemon.clock)
