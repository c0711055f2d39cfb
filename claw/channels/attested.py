"""Whether what a browser brings was signed by a passkey, for this page, about this challenge: pure.

The one file that imports the package for it, which costs a fifth of a second: it is loaded with the first passkey, by
``claw/channels/signing.py``.
Whatever a stranger sends ends in one sentence, whichever part of it was no such thing.
"""

from collections.abc import Mapping
from typing import NamedTuple

from cryptography.exceptions import UnsupportedAlgorithm
from webauthn.authentication.verify_authentication_response import verify_authentication_response
from webauthn.helpers import (
    base64url_to_bytes,
    parse_attestation_object,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import AttestationFormat
from webauthn.registration.verify_registration_response import verify_registration_response

from claw.base.action import Json
from claw.base.errors import Refused
from claw.channels.passkeys import to_text

ALGORITHMS = (
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
)
"""What phones, keys and Windows sign with."""

LONGEST_KEY = 1_024
LONGEST_ID = 1_023
"""Bytes: more the standard does not know."""

_ODD = (WebAuthnException, UnsupportedAlgorithm, ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What the package raises where something of what a stranger sent is no such thing."""

_NOT_VALID = "that is no valid signature of a passkey for this page"


class Made(NamedTuple):
    """A new key: its id (base64url), the public half (COSE) and the first figure of its counter."""

    id: str
    key: bytes
    counter: int


class Signature(NamedTuple):
    """A signature that holds: by which key, the figure that it told, and all three parts of it for the log."""

    id: str
    counter: int
    parts: Mapping[str, str]


def challenge_of(credential: Mapping[str, Json]) -> bytes:
    """Return the challenge that ``credential`` says it is about; raises Refused for what says nothing."""
    try:
        data = credential["response"]["clientDataJSON"]
        return parse_client_data_json(base64url_to_bytes(data)).challenge
    except _ODD:
        raise Refused(_NOT_VALID) from None


def made(credential: Mapping[str, Json], challenge: bytes, site: str, origin: str) -> Made:
    """Return the key that a browser has just made on the page ``origin``; raises Refused for anything else.

    Who built the device is not asked for: a browser that says so all the same is believed only where that is signed
    with the new key itself.
    """
    try:
        parsed = parse_registration_credential_json(dict(credential))
        kind = parse_attestation_object(parsed.response.attestation_object).fmt
        if kind not in {AttestationFormat.NONE, AttestationFormat.PACKED}:
            raise Refused("this passkey came with a maker's certificate, which nobody asked for")
        found = verify_registration_response(
            credential=parsed,
            expected_challenge=challenge,
            expected_rp_id=site,
            expected_origin=origin,
            require_user_verification=True,
            supported_pub_key_algs=list(ALGORITHMS),
        )
    except _ODD:
        raise Refused("that is no new passkey for this page") from None
    if len(found.credential_public_key) > LONGEST_KEY or len(found.credential_id) > LONGEST_ID:
        raise Refused("this passkey is too large to be one")
    return Made(to_text(found.credential_id), found.credential_public_key, found.sign_count)


def signature(
    credential: Mapping[str, Json], challenge: bytes, site: str, origin: str, key: bytes, handle: str
) -> Signature:
    """Return the signature that a browser brings; raises Refused unless ``key`` made it, here, with its person there.

    That the person was there, and proved it to the device, is part of what is signed.  The counter is the caller's to
    look at: what it means is known only of a signature that holds.
    """
    try:
        parsed = parse_authentication_credential_json(dict(credential))
        response = parsed.response
        if response.user_handle is not None and to_text(response.user_handle) != handle:
            raise Refused(_NOT_VALID)
        found = verify_authentication_response(
            credential=parsed,
            expected_challenge=challenge,
            expected_rp_id=site,
            expected_origin=origin,
            credential_public_key=key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except _ODD:
        raise Refused(_NOT_VALID) from None
    parts = {
        "client_data": to_text(response.client_data_json),
        "authenticator_data": to_text(response.authenticator_data),
        "signature": to_text(response.signature),
    }
    return Signature(to_text(found.credential_id), found.new_sign_count, parts)
