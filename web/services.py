"""The parts of the app that routes work with, made once at start."""

import asyncio
from dataclasses import dataclass, field

from knowledge_base.encoder_change import EncoderChange
from knowledge_base.service import KnowledgeBase
from storage.engine import Database
from storage.purging import Purge
from storage.settings import Settings
from support.files.store import FileStore
from support.turns.rasa import RasaClient
from support.turns.runner import TurnRunner
from web.chat.limits import Limits
from web.chat.open_streams import OpenStreams
from web.chat.tokens import TrustedTokens
from web.hub import Hub
from web.mail import PostOffice
from web.onlookers import Onlookers
from web.solved_cases import SolvedCases
from web.typing import Typing

# Conversations being opened wait here and not in the line of the database's writer, where they would hold up everybody.
OPENING_AT_ONCE = 2


@dataclass(frozen=True)
class Services:
    """Everything a route may need; handed to routes as the dependency `services`."""

    settings: Settings
    database: Database
    knowledge_base: KnowledgeBase
    rasa: RasaClient
    runner: TurnRunner
    hub: Hub
    encoder: EncoderChange
    files: FileStore
    purge: Purge
    limits: Limits
    solved_cases: SolvedCases
    post: PostOffice
    streams: OpenStreams = field(default_factory=OpenStreams)
    tokens: TrustedTokens = field(default_factory=TrustedTokens)
    onlookers: Onlookers = field(default_factory=Onlookers)
    typing: Typing = field(default_factory=Typing)
    opening: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(OPENING_AT_ONCE))
