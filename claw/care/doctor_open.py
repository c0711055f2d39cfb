"""What is more open than it need be: where Claw listens, who may speak for others, and what runs with its rights."""

from collections.abc import Iterator
from importlib import metadata
from ipaddress import ip_address
from urllib.parse import urlsplit

from claw.base.config import Config
from claw.care.doctor_case import Case
from claw.care.finding import Finding

ABOUT = "open"
OVERRIDES, OVERRIDDEN = "urllib3-future", "urllib3"
MANY_PROXIES = 5
PATHS = ("PYTHONPATH", "PYTHONSTARTUP", "PYTHONHOME")
"""Variables by which Python runs code from elsewhere."""


def open_doors(case: Case) -> Iterator[Finding]:
    """Give what is open."""
    if case.config is not None:
        yield from _listens(case.config)
        yield from _encrypted(case.config)
        yield from _tools(case.config)
    yield from _python(case)


def _listens(config: Config) -> Iterator[Finding]:
    listen = config.listen
    beyond = not _is_loopback(listen.host)
    if beyond and listen.tls is None:
        text = f"The page listens at {listen.host} without TLS: who shares that network can read codes and sessions."
        yield Finding(ABOUT, "problem", text, "Add listen: tls:, or listen at 127.0.0.1 behind a proxy (docs/page.md).")
    elif beyond:
        yield Finding(
            ABOUT, "note", f"The page listens at {listen.host}, encrypted: strangers there can try to sign in."
        )
    else:
        yield Finding(ABOUT, "ok", "The page listens on this machine only.")
    for proxy in listen.proxies:
        if not _is_loopback(proxy):
            text = (
                f"The machine {proxy} may say for whom it passes a request on: whoever is there can take any address."
            )
            yield Finding(ABOUT, "note", text, "Take it from listen: proxies:, if it is none of yours.")
    if len(listen.proxies) > MANY_PROXIES:
        text = f"{len(listen.proxies)} machines may say for whom they pass a request on."
        yield Finding(ABOUT, "warning", text, "Keep those in listen: proxies: that you know.")
    wyoming = config.voice.wyoming if config.voice is not None else None
    if wyoming is not None and not _is_loopback(wyoming.host):
        text = f"The voice server listens at {wyoming.host}: its protocol encrypts nothing and proves nobody."
        yield Finding(ABOUT, "note", text, "Keep satellites on a network of their own, and its peers: few.")


def _encrypted(config: Config) -> Iterator[Finding]:
    """Give the connections over which a secret goes as it is."""
    house = config.house.url or ""
    if house.startswith("http://") and not _is_near(house):
        text = "The token of the house goes over the network unencrypted (http)."
        yield Finding(ABOUT, "warning", text, "Give Home Assistant a certificate, and house: url: https.")
    model = config.model
    if model is not None and model.base_url.startswith("http://") and not _is_near(model.base_url):
        text = "What the model is told of the house goes over the network unencrypted (http)."
        yield Finding(ABOUT, "warning", text, "Name the model's server by https, or run it on this machine.")
    mqtt = config.channels.mqtt if config.channels is not None else None
    if mqtt is not None and not mqtt.tls and not _is_near(f"mqtt://{mqtt.host}"):
        text = "The broker is spoken to unencrypted: who listens there learns its password and can stop Claw."
        yield Finding(ABOUT, "warning", text, "Set channels: mqtt: tls: true.")
    if mqtt is not None and mqtt.username is None:
        yield Finding(ABOUT, "note", "The broker asks Claw for no name: whoever reaches it can stop Claw.")


def _tools(config: Config) -> Iterator[Finding]:
    mcp = config.channels.mcp if config.channels is not None else None
    for name, server in mcp.servers.items() if mcp is not None else ():
        if server.network:
            text = f"The tools of {name} may use the network: what a program gives them can leave the house."
            yield Finding(ABOUT, "warning", text, f"Take network: true from channels: mcp: servers: {name}:.")
        elif server.url is not None and server.url.startswith("http://") and not _is_near(server.url):
            text = f"The tools of {name} are called over the network unencrypted."
            yield Finding(ABOUT, "warning", text, "Name the server by https.")


def _python(case: Case) -> Iterator[Finding]:
    for name in PATHS:
        if case.environment.get(name):
            text = f"${name} is set: Python runs code from there with Claw's rights."
            yield Finding(ABOUT, "warning", text, f"unset {name}")
    if _is_there(OVERRIDES) and _is_there(OVERRIDDEN):
        text = f"{OVERRIDES} and {OVERRIDDEN} are both installed: at a start of Python one writes over the other."
        yield Finding(ABOUT, "warning", text, f"pip uninstall {OVERRIDDEN}")
    elif _is_there(OVERRIDES):
        text = f"{OVERRIDES} is imported as {OVERRIDDEN}, by a .pth of its own that is known (docs/doctor.md)."
        yield Finding(ABOUT, "ok", text)


def _is_there(package: str) -> bool:
    try:
        metadata.version(package)
    except metadata.PackageNotFoundError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_near(url: str) -> bool:
    """Return whether an address is on this machine."""
    host = urlsplit(url).hostname or ""
    return _is_loopback(host)
