"""Handing a mail over to the server."""

import logging
from email.message import EmailMessage

import aiosmtplib

from storage.mail_settings import MailServer
from storage.masking import masked
from support.mail.troubles import MAIL, RECIPIENT, SERVER, SIGN_IN, connection_trouble, kept_trouble

logger = logging.getLogger(__name__)

# A server may look at a mail for long before it takes it, but stays below the term of a claim.
TIMEOUT_SECONDS = 60.0


class SendFailed(Exception):
    """The server did not take a mail. As a text it is the trouble as it is kept (see troubles.py).

    Attributes:
        for_good: Whether it will never take it.
    """

    def __init__(self, trouble: str, for_good: bool) -> None:
        super().__init__(trouble)
        self.for_good = for_good


async def send(server: MailServer, mail: EmailMessage) -> None:
    """Hand a mail over.

    Raises:
        SendFailed: With what the server said, without addresses.
    """
    try:
        await aiosmtplib.send(
            mail,
            hostname=server.host,
            port=server.port,
            username=server.user or None,
            password=server.password or None,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            timeout=TIMEOUT_SECONDS,
        )
    except aiosmtplib.SMTPRecipientsRefused as refused:
        codes = [each.code for each in refused.recipients]
        words = "; ".join(f"{each.code} {each.message}" for each in refused.recipients)
        raise SendFailed(kept_trouble(RECIPIENT, words), all(500 <= code < 600 for code in codes)) from None
    except aiosmtplib.SMTPDataError as refused:
        trouble = kept_trouble(MAIL, f"{refused.code} {refused.message}")
        raise SendFailed(trouble, 500 <= refused.code < 600) from None
    except aiosmtplib.SMTPAuthenticationError as refused:
        # The password is wrong, not the mail: it goes once somebody has set that right.
        raise SendFailed(kept_trouble(SIGN_IN, str(refused.code)), for_good=False) from None
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        code = connection_trouble(error)
        logger.warning("no mail server", extra={"fields": {"said": masked(f"{type(error).__name__}: {error}")}})
        raise SendFailed(kept_trouble(code, str(error) if code == SERVER else ""), for_good=False) from None
