"""The certificate: read whole or not at all, kept from others, and taken anew while the daemon runs."""

import asyncio
import contextlib
import ssl
from pathlib import Path

import pytest

from claw.base.config_listen import TlsConfig
from claw.base.errors import Broken
from claw.channels.web.tls import Encryption
from tests.certificates import certificate_in


async def serial(encryption: Encryption, trusted: Path) -> int:
    """Return the serial number of the certificate that a client is shown."""
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=encryption.context)
    async with server:
        client = ssl.create_default_context(cafile=trusted)
        port = server.sockets[0].getsockname()[1]
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=client, server_hostname="localhost")
        shown = int(writer.get_extra_info("peercert")["serialNumber"], 16)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    return shown


async def test_a_changed_certificate_is_used_without_a_restart_and_a_bad_one_is_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config = certificate_in(tmp_path, 1)
    encryption = Encryption(config)
    assert await serial(encryption, config.certificate) == 1
    encryption.look()
    assert caplog.records == []
    good = config.certificate.read_bytes()
    config.certificate.write_text("half a certificate", encoding="utf-8")
    encryption.look()
    assert "not used" in caplog.text
    (tmp_path / "good.pem").write_bytes(good)
    assert await serial(encryption, tmp_path / "good.pem") == 1
    config.key.unlink()
    encryption.look()
    certificate_in(tmp_path, 2)
    encryption.look()
    assert await serial(encryption, config.certificate) == 2


def test_what_cannot_be_used_ends_the_start_with_a_reason(tmp_path: Path) -> None:
    good = certificate_in(tmp_path / "good")
    other = certificate_in(tmp_path / "other")
    closed = certificate_in(tmp_path / "closed", password=b"secret")
    for config in (
        TlsConfig(certificate=good.certificate, key=tmp_path / "none"),
        TlsConfig(certificate=tmp_path / "none", key=good.key),
        TlsConfig(certificate=good.certificate, key=other.key),
        TlsConfig(certificate=good.key, key=good.key),
        closed,
    ):
        with pytest.raises(Broken, match="cannot be used"):
            Encryption(config)


def test_a_key_that_anybody_can_read_is_none(tmp_path: Path) -> None:
    config = certificate_in(tmp_path)
    config.key.chmod(0o644)
    with pytest.raises(Broken, match="chmod 600"):
        Encryption(config)
    config.key.chmod(0o640)
    assert Encryption(config).context.minimum_version == ssl.TLSVersion.TLSv1_2
