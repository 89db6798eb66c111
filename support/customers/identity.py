"""Knowing a customer: the site's signature, and whether contact details look right. Pure."""

import hashlib
import hmac
import re
import unicodedata

_EMAIL = re.compile(r"[^\s@<>,;:'\"()\[\]，。；：、]+@[^\s@<>,;:'\"()\[\]，。；：、]+\.[A-Za-z\u4e00-\u9fff]{2,}")
_PHONE = re.compile(r"\+?\d[\d\s().\-]{5,20}\d")


def signature(secret: str, external_id: str) -> str:
    """What the company's site must send to vouch for its user: HMAC-SHA256 of the id, in hex."""
    return hmac.new(secret.encode(), external_id.encode(), hashlib.sha256).hexdigest()


def vouched(secret: str, external_id: str, given: str) -> bool:
    """Whether the site really signed this id; never true while no secret is set."""
    return bool(secret) and hmac.compare_digest(signature(secret, external_id), given)


def contact_in(text: str) -> dict[str, str] | None:
    """The e-mail address or phone number in a text: {"email": ...} or {"phone": ...}; None when there is none.

    A phone number has 7 to 15 digits (the most that ITU-T E.164 allows).
    """
    plain = unicodedata.normalize("NFKC", text)
    email = _EMAIL.search(plain)
    if email:
        return {"email": email.group().rstrip(".").lower()}
    for phone in _PHONE.finditer(plain):
        digits = re.sub(r"\D", "", phone.group())
        if 7 <= len(digits) <= 15:
            return {"phone": ("+" if phone.group().startswith("+") else "") + digits}
    return None
