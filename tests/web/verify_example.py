"""Checking a webhook's signature: the very lines that docs/api.md shows to receivers."""

import hashlib
import hmac
import time


def is_from_huilu(secret: str, header: str, body: bytes, tolerance: int = 300) -> bool:
    """Whether a call was signed with the secret, over these very bytes, within the last minutes."""
    parts = dict(part.split("=", 1) for part in header.split(",") if "=" in part)
    if not parts.get("t", "").isdigit() or abs(time.time() - int(parts["t"])) > tolerance:
        return False
    expected = hmac.new(secret.encode(), parts["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, parts.get("v1", ""))
