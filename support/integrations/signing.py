"""The signature of a call: its receiver knows that it comes from here, was not changed, and is not old. Pure."""

import hashlib
import hmac
import secrets

PREFIX = "whsec_"


def new_secret() -> str:
    """A secret for a webhook; its prefix lets scanners of code find one that was left lying about."""
    return PREFIX + secrets.token_urlsafe(32)


def signature_header(secret: str, moment: int, body: bytes) -> str:
    """What stands in `Huilu-Signature`.

    Args:
        moment: When the call is made, in Unix seconds.
    """
    signed = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={signed}"
