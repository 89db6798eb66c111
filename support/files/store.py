"""Where the bytes of files lie: one file each in a folder, under the id of its row."""

import logging
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from support.files.rules import MEGABYTE, FileRefused, check_disk

logger = logging.getLogger(__name__)


class FileStore:
    """A folder of files by id. Nobody else on the machine may look into it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, file_id: str) -> Path:
        """Where a file's bytes lie, whether or not they are there."""
        return self._folder / file_id[:2] / file_id

    def write(self, file_id: str, content: bytes) -> None:
        """Keep the bytes of a file; complete or not at all.

        Raises:
            FileRefused: `no_room` when the disk is nearly full.
        """
        path = self.path(file_id)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._check_disk(len(content))
        unfinished = path.with_suffix(".part")
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)

    def _check_disk(self, size: int) -> None:
        free = shutil.disk_usage(self._folder).free
        try:
            check_disk(free, size)
        except FileRefused:
            logger.warning("A file was refused: only %d MB are free on the disk.", free // MEGABYTE)
            raise

    def delete(self, file_ids: Iterable[str]) -> None:
        """Remove files; one that is gone already is no error."""
        for file_id in file_ids:
            self.path(file_id).unlink(missing_ok=True)

    def ids(self) -> Iterable[str]:
        """Every file that lies there, whether or not a row still tells of it."""
        return (path.name for path in self._folder.glob("??/*") if path.is_file())

    def ids_written(self, since: float, before: float) -> list[str]:
        """Every file last written between two moments (Unix seconds), those left unfinished included."""
        found = []
        for path in self._folder.glob("??/*"):
            try:
                written = path.stat().st_mtime
            # Somebody removed it meanwhile.
            except FileNotFoundError:
                continue
            if since <= written < before:
                found.append(path.name)
        return found
