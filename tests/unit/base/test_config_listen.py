from pathlib import Path

import pytest
from pydantic import ValidationError

from claw.base.config_listen import ListenConfig, TlsConfig


def test_only_this_machine_is_listened_to_and_nobody_passes_anything_on() -> None:
    listen = ListenConfig()
    assert (listen.host, listen.tls, listen.proxies) == ("127.0.0.1", None, ())
    assert listen.placed(Path("/etc/claw")) is listen


def test_certificates_lie_beside_the_configuration() -> None:
    listen = ListenConfig(tls=TlsConfig(certificate=Path("cert.pem"), key=Path("/keys/key.pem"))).placed(
        Path("/etc/claw")
    )
    assert listen.tls == TlsConfig(certificate=Path("/etc/claw/cert.pem"), key=Path("/keys/key.pem"))


@pytest.mark.parametrize("proxy", ["*", "proxy.local", "10.0.0.0/8", ""])
def test_a_proxy_is_one_address(proxy: str) -> None:
    with pytest.raises(ValidationError):
        ListenConfig(proxies=(proxy,))
