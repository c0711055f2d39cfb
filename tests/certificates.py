"""Certificates for localhost, made where a test needs one."""

from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from claw.base.clock import SystemClock
from claw.base.config_listen import TlsConfig


def certificate_in(folder: Path, serial: int = 1, password: bytes = b"") -> TlsConfig:
    """Write a certificate for localhost and its key, which only its owner can read, into ``folder``."""
    folder.mkdir(exist_ok=True)
    config = TlsConfig(certificate=folder / "certificate.pem", key=folder / "key.pem")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = SystemClock().now()
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    config.certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    closed = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    raw = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, closed)
    config.key.write_bytes(raw)
    config.key.chmod(0o600)
    return config
