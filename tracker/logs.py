"""Where unexpected errors are written: a file in the home, never a screen. What a person sees is a reference to look up here."""

from __future__ import annotations

import logging
import uuid
from logging.handlers import RotatingFileHandler

from tracker.config import Settings


def log_to_home(settings: Settings) -> None:
    """Send the program's log to `log/milepost.log` in the home (5 files of 2 MB); nowhere while the folder is no home yet."""
    logger = logging.getLogger("tracker")
    logger.propagate = False
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()
    if not settings.home_file.is_file():
        logger.addHandler(logging.NullHandler())
        return
    folder = settings.home / "log"
    folder.mkdir(mode=0o700, exist_ok=True)
    handler = RotatingFileHandler(folder / "milepost.log", maxBytes=2_000_000, backupCount=4, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)


def report_unexpected(where: str) -> str:
    """Log the exception being handled with its traceback and return the reference under which it stands in the log."""
    reference = uuid.uuid4().hex[:8].upper()
    logging.getLogger("tracker").exception("%s: unexpected error %s", where, reference)
    return reference
