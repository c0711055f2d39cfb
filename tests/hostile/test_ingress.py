"""Who the ingress of Home Assistant says that somebody is, Claw does not believe: it asks itself."""

from pathlib import Path

import pytest

from claw.channels.web.forwarded import Proxies
from tests.serving import serving

SAID = {
    "X-Remote-User-Id": "anna",
    "X-Remote-User-Name": "anna",
    "X-Remote-User-Display-Name": "Anna",
    "X-Hass-User-ID": "anna",
    "X-Hass-Is-Admin": "1",
    "X-Hass-Source": "core.ingress",
    "X-Ingress-Path": "/api/hassio_ingress/abc",
    "X-Forwarded-For": "192.168.1.20, 172.30.32.1",
    "X-Forwarded-Host": "claw.home",
    "X-Forwarded-Proto": "https",
}


@pytest.mark.parametrize("proxies", [(), ("127.0.0.1",)])
async def test_no_header_signs_anybody_in(tmp_path: Path, proxies: tuple[str, ...]) -> None:
    async with serving(tmp_path) as served:
        served.web._web.proxies = Proxies(proxies)
        for method, path in (("GET", "/api/house"), ("POST", "/api/messages"), ("POST", "/api/stop")):
            status, answer, _ = await served.ask(method, path, token=None, headers=SAID, json={"text": "stop"})
            assert (status, answer["error"]["kind"]) == (401, "unauthenticated"), path
        status, _, headers = await served.ask("GET", "/", token=None, headers=SAID)
        assert (status, headers["Location"]) == (303, "login")
