"""Handing a mail over to the server."""

from email.message import EmailMessage

import aiosmtplib

from storage.mail_settings import MailServer
from storage.masking import masked

# A server may look at a mail for long before it takes it, but stays below the term of a claim.
TIMEOUT_SECONDS = 60.0


class SendFailed(Exception):
    """The server did not take a mail.

    Attributes:
        for_good: Whether it will never take it.
    """

    def __init__(self, words: str, for_good: bool) -> None:
        super().__init__(words)
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
        raise SendFailed(_words("recipient refused", words), all(500 <= code < 600 for code in codes)) from None
    except aiosmtplib.SMTPDataError as refused:
        words = _words("mail refused", f"{refused.code} {refused.message}")
        raise SendFailed(words, 500 <= refused.code < 600) from None
    except aiosmtplib.SMTPAuthenticationError as refused:
        # The password is wrong, not the mail: it goes once somebody has set that right.
        raise SendFailed(f"sign-in refused: {refused.code}", for_good=False) from None
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        raise SendFailed(_words(type(error).__name__, str(error)), for_good=False) from None


def _words(what: str, said: str) -> str:
    return f"{what}: {masked(' '.join(said.split()))}"[:300]
