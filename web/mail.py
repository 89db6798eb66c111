"""The post office of the app: sends what is due, fetches what came, and knows how both went lately."""

import asyncio
import io
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from functools import partial

from storage.base import now
from storage.engine import Database
from storage.mail_settings import MailServer
from storage.masking import masked
from storage.settings import Settings
from support.files.preparing import Prepared, prepared
from support.files.rules import FileRefused
from support.files.store import FileStore
from support.mail import delivery, inbox
from support.mail.delivery import Work
from support.mail.inbox import Taken
from support.mail.mailing import Mailing, mailing_of
from support.mail.queries import next_due
from support.mail.reading import Attachment, Incoming, read_mail
from support.mail.receiving import Fetched, MailboxFailure, fetch_unseen, mark_seen
from support.mail.sending import SendFailed, send
from support.mail.troubles import NO_ADDRESS, UNEXPECTED, connection_trouble
from support.mail.writing import written
from web.hub import Hub

logger = logging.getLogger(__name__)

# Mails of one look; whoever waits longer is served in the next.
MOST_AT_ONCE = 20
# After so many failures a mail that cannot be taken in stays on the server, unseen, and no longer holds up the others.
MOST_TROUBLE = 3


@dataclass
class Health:
    """How one direction went lately; `error` is the trouble as it is kept, empty while all is well."""

    last_success: datetime | None = None
    last_error: datetime | None = None
    error: str = ""

    def went_well(self) -> None:
        """It worked just now."""
        self.last_success, self.error = now(), ""

    def failed(self, trouble: str) -> None:
        """It did not work just now."""
        self.last_error, self.error = now(), trouble


class PostOffice:
    """Everything that runs beside the requests for mail.

    Without an SMTP server, in a demo of this machine's own, mails are kept here and count as sent: the demo's page
    shows them.
    """

    def __init__(self, settings: Settings, database: Database, files: FileStore, hub: Hub) -> None:
        self.settings = settings.mail
        self.stays_here = settings.mail_stays_here
        self.sending, self.receiving = Health(), Health()
        self._database = database
        self._files = files
        self._hub = hub
        self._trouble: Counter[str] = Counter()

    @property
    def sends(self) -> bool:
        """Whether mail goes anywhere."""
        return self.stays_here or self.settings.smtp is not None

    @property
    def fetches(self) -> bool:
        """Whether a server is asked for mail."""
        return self.settings.imap is not None

    async def send_due(self, at: datetime | None = None) -> int:
        """Send what is due; how many mails were taken by the server.

        Args:
            at: The moment that counts as now.
        """
        sent = 0
        for _ in range(MOST_AT_ONCE if self.sends else 0):
            # Looked at first: a unit of work that writes would count as one, and disturb those who wait for a pause.
            moment = at or now()
            if await self._database.read(partial(next_due, at=moment)) is None:
                break
            work = await self._database.write(partial(delivery.claim, at=moment))
            if work is None:
                break
            sent += await self._send(work, moment)
        return sent

    async def fetch(self) -> int:
        """Take in what lies on the server; how many mails that were."""
        server, taken = self.settings.imap, 0
        while server is not None:
            try:
                found = await self._fetch(server)
                done = [each.uid for each in found if await self._taken(each.uid, each.raw)]
                # Only now: what was not kept must be found again.
                await asyncio.to_thread(mark_seen, server, done)
            except (OSError, MailboxFailure) as error:
                failure = isinstance(error, MailboxFailure)
                self.receiving.failed(str(error) if failure else connection_trouble(error))
                logger.warning("mail not fetched", extra={"fields": {"said": connection_words(error)}})
                return taken
            taken += len(done)
            if not done:
                self.receiving.went_well()
                return taken
        return taken

    async def take(self, raw: bytes) -> Taken:
        """Take in one mail, as it came over the wire."""
        mail = await asyncio.to_thread(read_mail, raw)
        attached, left_out = await self._prepared(mail)
        for each in attached:
            await asyncio.to_thread(self._files.write, each.id, each.content)
        try:
            work = partial(inbox.take_in, mail=mail, attached=attached, left_out=left_out)
            taken = await self._database.write(work)
        except Exception:
            await asyncio.to_thread(self._files.delete, [each.id for each in attached])
            raise
        await asyncio.to_thread(self._files.delete, [each.id for each in attached if each.id not in taken.used])
        self.receiving.went_well()
        if taken.ticket is not None:
            await self._tell(taken.ticket.conversation_id)
        return taken

    async def _send(self, work: Work, at: datetime) -> bool:
        failed = await self._failure(work)
        if failed is None:
            self.sending.went_well()
            await self._database.write(partial(delivery.note_sent, work=work))
        else:
            self.sending.failed(str(failed))
            logger.warning("mail not sent", extra={"fields": {"attempt": work.attempts, "said": str(failed)}})
            note = partial(delivery.note_failed, work=work, error=str(failed), for_good=failed.for_good, at=at)
            await self._database.write(note)
        if work.conversation_id is not None:
            await self._tell(work.conversation_id)
        return failed is None

    async def _failure(self, work: Work) -> SendFailed | None:
        """Hand a mail over; why that did not work, or None when it did."""
        try:
            await self._hand_over(work)
        except SendFailed as failed:
            return failed
        except Exception:
            # Nobody thought of this one. It is noted as well, so that one mail never holds up the others.
            logger.exception("A mail could not be handed over.")
            return SendFailed(UNEXPECTED, for_good=False)
        return None

    async def _hand_over(self, work: Work) -> None:
        mailing = await self._database.read(mailing_of)
        if self.stays_here or mailing is None:
            return
        assert self.settings.smtp is not None
        try:
            mail = written(work.letter, mailing.name, mailing.address)
        except (ValueError, MessageError):
            raise SendFailed(NO_ADDRESS, for_good=True) from None
        await send(self.settings.smtp, mail)

    async def _fetch(self, server: MailServer) -> Sequence[Fetched]:
        given_up = frozenset(uid for uid, times in self._trouble.items() if times >= MOST_TROUBLE)
        return await asyncio.to_thread(fetch_unseen, server, given_up)

    async def _taken(self, uid: str, raw: bytes) -> bool:
        if not raw:
            # Not counted, a few of them would keep every other mail from being fetched.
            self._trouble[uid] += 1
            return False
        try:
            taken = await self.take(raw)
        except Exception:
            self._trouble[uid] += 1
            logger.exception("A mail could not be taken in; it stays on the server.")
            return False
        logger.info("mail taken in", extra={"fields": {"outcome": taken.outcome or "known"}})
        return True

    async def _prepared(self, mail: Incoming) -> tuple[list[Prepared], list[str]]:
        """The attachments that can be kept, and the names of the others."""
        kept, left_out = [], []
        for each in mail.attachments:
            file = await _kept(each)
            if file is None:
                left_out.append(each.name)
            else:
                kept.append(file)
        return kept, left_out

    async def _tell(self, conversation_id: str) -> None:
        await self._hub.conversation_changed(conversation_id)
        await self._hub.queue_moved()


async def _kept(attachment: Attachment) -> Prepared | None:
    try:
        return await prepared(attachment.name, io.BytesIO(attachment.content))
    except FileRefused:
        return None


def mailing_for(
    settings: Settings, demo_sender: tuple[str, str], customer_here: Callable[[str], bool]
) -> Mailing | None:
    """How mail is written with these settings; None when none is sent.

    Args:
        demo_sender: Name and address that mails of the demo come from, where none are set.
    """
    if settings.mail.smtp is None and not settings.mail_stays_here:
        return None
    name, address = (settings.mail.name, settings.mail.address) if settings.mail.address else demo_sender
    answers = settings.mail.imap is not None or settings.mail_stays_here
    return Mailing(name, address, answers, settings.public_url, customer_here)


def connection_words(error: Exception) -> str:
    """What went wrong with a server, without addresses and passwords."""
    return masked(f"{type(error).__name__}: {' '.join(str(error).split())}")[:300]
