"""Knowing a customer: the site's signature, and whether contact details look right. Pure."""

import hashlib
import hmac
import re
import unicodedata

# The part before the @ in plain letters only: in Chinese nothing parts it from the words before.
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,}")
# Case and order numbers begin with letters ("T-1001234").
_PHONE = re.compile(r"(?<![A-Za-z]-)(?<!\d)\+?\d[\d\s().\-]{5,20}\d(?!\d)")
# Long numbers are also found on orders, parcels and invoices.
_OTHER_NUMBER = re.compile(
    r"order|parcel|tracking|invoice|订单|訂單|单号|單號|包裹|快递|發票|发票|统一编号|統一編號", re.IGNORECASE
)


def signature(secret: str, external_id: str) -> str:
    """What the company's site must send to vouch for its user: HMAC-SHA256 of the id, in hex."""
    return hmac.new(secret.encode(), external_id.encode(), hashlib.sha256).hexdigest()


def vouched(secret: str, external_id: str, given: str) -> bool:
    """Whether the site really signed this id; never true while no secret is set."""
    return bool(secret) and hmac.compare_digest(signature(secret, external_id), given)


def contact_in(text: str) -> dict[str, str] | None:
    """The e-mail address and phone number in a text: {"email": ..., "phone": ...}; None when there is neither.

    A phone number has 7 to 15 digits (the most that ITU-T E.164 allows).
    """
    plain = unicodedata.normalize("NFKC", text)
    found = {}
    email = _EMAIL.search(plain)
    if email:
        found["email"] = email.group().rstrip(".").lower()
        plain = plain.replace(email.group(), " ")
    if not _OTHER_NUMBER.search(plain):
        for phone in _PHONE.finditer(plain):
            digits = re.sub(r"\D", "", phone.group())
            if 7 <= len(digits) <= 15:
                found["phone"] = ("+" if phone.group().startswith("+") else "") + digits
                break
    return found or None
