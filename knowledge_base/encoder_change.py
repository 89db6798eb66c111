"""Taking up another encoder while the app serves: until it works, whatever worked last is searched with."""

import json
import logging
import os
import tempfile
from dataclasses import asdict
from pathlib import Path
from threading import Thread

from knowledge_base.encoder_setting import BUILT_IN, NO_ENCODER, EncoderSetting, EncoderUnusable
from knowledge_base.encoders import Encoder, load_encoder
from knowledge_base.service import KnowledgeBase

_log = logging.getLogger(__name__)


class EncoderChange:
    """Which encoder is in use, which one was chosen, and why that is not the same.

    What worked last is kept in the file `encoder.json`. A chosen encoder that is another one is loaded beside it, all
    phrasings are encoded, and then it takes over; when anything of that fails, the old one stays.

    Args:
        home: The folder that holds `encoder.json`.

    Attributes:
        refused: Why the chosen encoder is not used; empty while it is, or may yet be.
        changing: Whether the chosen encoder is being taken up now.
    """

    def __init__(self, home: Path, chosen: EncoderSetting) -> None:
        self._file = home / "encoder.json"
        self._chosen = chosen
        self._in_use = chosen
        self._ended = False
        self.refused = ""
        self.changing = False

    @property
    def chosen(self) -> str:
        """What the setting says."""
        return str(self._chosen)

    @property
    def in_use(self) -> str:
        """What the setting said when what is searched with now was chosen."""
        return str(self._in_use)

    def first(self) -> Encoder:
        """The encoder to start with, loaded: what worked last, at the very first start the built-in one."""
        start = self._start()
        try:
            encoder = load_encoder(start)
            encoder.prepare()
        except EncoderUnusable as reason:
            self._in_use = EncoderSetting()
            if start == self._chosen:
                self._refuse(reason)
            else:
                _log.error("The encoder that worked last cannot be used any more: %s", reason)
            return load_encoder(self._in_use)
        self._in_use = start
        return encoder

    def load(self, knowledge_base: KnowledgeBase) -> None:
        """Build the first index; with the built-in encoder where the one that was loaded turns out not to work."""
        try:
            knowledge_base.load()
        except EncoderUnusable as reason:
            self._in_use = EncoderSetting()
            self._refuse(reason)
            knowledge_base.change_encoder(load_encoder(self._in_use))
        if self._in_use == self._chosen:
            self._remember()

    def begin(self, knowledge_base: KnowledgeBase) -> Thread | None:
        """Take up the chosen encoder in a thread of its own; None when there is nothing to do."""
        if self.refused or self._in_use == self._chosen:
            return None
        self.changing = True
        # A thread that ends with the process: nothing is lost when it does, and encoding may take long.
        thread = Thread(target=self.change, args=(knowledge_base,), name="encoder-change", daemon=True)
        thread.start()
        return thread

    def change(self, knowledge_base: KnowledgeBase) -> bool:
        """Take up the chosen encoder; returns whether it is in use now."""
        self.changing = True
        _log.info("The encoder %s is being taken up; until then %s stays in use.", self._chosen, self._in_use)
        try:
            knowledge_base.change_encoder(load_encoder(self._chosen))
        # Whatever a model fails with, customers are served with the old one.
        except Exception as reason:
            self._refuse(reason)
            return False
        finally:
            self.changing = False
        self._in_use = self._chosen
        self._remember()
        _log.info("The encoder %s is in use.", self._chosen)
        return True

    def end(self) -> None:
        """The app ends: what fails from here on fails because of that."""
        self._ended = True

    def _start(self) -> EncoderSetting:
        last = self._remembered()
        # Words alone need no time, so that nothing has to bridge it.
        if self._chosen == last or self._chosen.encoder.strip() == NO_ENCODER:
            return self._chosen
        if last is None and self._chosen.encoder.strip() in ("", BUILT_IN):
            return self._chosen
        return last or EncoderSetting()

    def _refuse(self, reason: Exception) -> None:
        if self._ended:
            return
        lines = str(reason).strip().splitlines()
        told = lines[0] if lines else ""
        self.refused = told if isinstance(reason, EncoderUnusable) else f"{type(reason).__name__}: {told}"
        _log.error("HUILU_ENCODER cannot be followed, and the encoder in use is: %s. %s", self._in_use, self.refused)

    def _remembered(self) -> EncoderSetting | None:
        try:
            return EncoderSetting(**json.loads(self._file.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError):
            _log.warning("%s cannot be read; the built-in encoder is taken for what worked last.", self._file)
            return None

    def _remember(self) -> None:
        if self._remembered() == self._chosen:
            return
        try:
            handle, temporary = tempfile.mkstemp(dir=self._file.parent, suffix=".part")
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(asdict(self._chosen), file, ensure_ascii=False)
            os.replace(temporary, self._file)
        except OSError as failure:
            _log.warning("What encoder worked cannot be kept in %s: %s", self._file, failure)
