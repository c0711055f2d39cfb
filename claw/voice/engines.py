"""Which engine turns sound into text: the one that the configuration names, and no code of the others."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from claw.base.clock import Timer
from claw.base.config_voice import OpenAIEngineConfig, WhisperConfig, WyomingEngineConfig
from claw.voice.transcriber import Engine


def engine_of(config: WhisperConfig | WyomingEngineConfig | OpenAIEngineConfig, timer: Timer) -> Engine:
    """Return the engine that ``config`` describes; nothing is started or connected yet."""
    match config:
        case WhisperConfig():
            from claw.voice.whisper import Whisper  # noqa: PLC0415  one of three is used

            return Whisper(config, timer)
        case WyomingEngineConfig():
            from claw.voice.wyoming_engine import WyomingEngine  # noqa: PLC0415  as above

            return WyomingEngine(config, timer)
        case OpenAIEngineConfig():
            from claw.voice.openai_engine import OpenAIEngine  # noqa: PLC0415  as above

            return OpenAIEngine(config, timer)


def leaves(config: WhisperConfig | WyomingEngineConfig | OpenAIEngineConfig) -> bool:
    """Return whether sound leaves this machine to be heard."""
    match config:
        case WhisperConfig():
            return False
        case WyomingEngineConfig() if urlsplit(config.server).scheme == "unix":
            return False
        case WyomingEngineConfig():
            host = urlsplit(config.server).hostname
        case OpenAIEngineConfig():
            host = urlsplit(config.base_url).hostname
    if host == "localhost":
        return False
    try:
        return not ip_address(host or "").is_loopback
    except ValueError:
        return True  # a name leads wherever whoever keeps it wants
