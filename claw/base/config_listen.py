"""What a person may configure about the web page: where it listens, how it is encrypted, who may pass requests on."""

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

PORT = 8321


def _address(written: str) -> str:
    try:
        return str(ip_address(written))
    except ValueError:
        raise ValueError(f"found {written!r}, expected an address such as 192.168.1.10") from None


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TlsConfig(_Strict):
    """The certificate and key with which the page is served encrypted: files in PEM form."""

    certificate: Path
    key: Path


class ListenConfig(_Strict):
    """Where the web page listens, and the further names (``Host`` headers) it answers to.

    Headers that say for whom a request is passed on (``X-Forwarded-For``, ``X-Forwarded-Proto``, ``X-Forwarded-Host``,
    ``X-Ingress-Path``) count only from the addresses of ``proxies``.
    """

    host: str = "127.0.0.1"
    port: int = Field(default=PORT, ge=0, le=65535)
    names: tuple[str, ...] = ()
    tls: TlsConfig | None = None
    proxies: tuple[Annotated[str, AfterValidator(_address)], ...] = Field(default=(), max_length=20)

    def placed(self, base: Path) -> "ListenConfig":
        """Return the same with its paths taken from the folder ``base``."""
        tls = self.tls
        if tls is None:
            return self
        return self.model_copy(update={"tls": TlsConfig(certificate=base / tls.certificate, key=base / tls.key)})
