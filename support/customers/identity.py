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


# How far the site's clock may be from ours, in seconds, either way.
WINDOW_SECONDS = 300
_NONCE = re.compile(r"[A-Za-z0-9_-]{8,64}")


class SignatureRefused(Exception):
    """The site's word for a customer cannot be taken.

    Attributes:
        code: "signature" when it does not fit, "expired" when its time is too far off, "used" when it was used before.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def signature(secret: str, external_id: str, time: int, nonce: str) -> str:
    """What the company's site must send to vouch for its user: HMAC-SHA256 of "<id>.<time>.<nonce>", in hex.

    Args:
        time: When it was signed, in Unix seconds.
        nonce: 8 to 64 letters, digits, "_" or "-", made anew for each signature.
    """
    return hmac.new(secret.encode(), f"{external_id}.{time}.{nonce}".encode(), hashlib.sha256).hexdigest()


def check_signature(secret: str, external_id: str, time: int | None, nonce: str, given: str, moment: float) -> None:
    """See that the site really signed this id, and just now; nothing fits while no secret is set.

    Whether a signature was used before is known only where used ones are kept (see operations.py).

    Args:
        moment: The present, in Unix seconds.

    Raises:
        SignatureRefused: `signature` or `expired`.
    """
    if not secret or not external_id or time is None or not _NONCE.fullmatch(nonce):
        raise SignatureRefused("signature")
    # Whoever cannot sign learns nothing else.
    if not hmac.compare_digest(signature(secret, external_id, time, nonce).encode(), given.lower().encode()):
        raise SignatureRefused("signature")
    if abs(moment - time) > WINDOW_SECONDS:
        raise SignatureRefused("expired")


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
