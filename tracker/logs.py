"""Where unexpected errors are written: a file in the home, never a screen. What a person sees is a reference to look up here."""

from __future__ import annotations

import logging
import re
import uuid
from logging.handlers import RotatingFileHandler

from tracker.config import Settings

#: Addresses that open something by themselves: what follows is a key, and keys belong into no log.
_TOKENS = re.compile(r"(/(?:act|calendar)/)[^\s\"?#]+")

#: Lines of a database error that quote data. The store shortens its errors itself (`quiet_errors`); this is for whatever goes round it.
_QUOTES = re.compile(r"^(\s*(?:DETAIL|CONTEXT):|\[parameters:).*$", re.MULTILINE)


class HidesTokens(logging.Filter):
    """Takes the keys out of addresses, in the text of a record and in its arguments."""

    def filter(self, record: logging.LogRecord) -> bool:
        """True always: a record is changed, never dropped."""
        record.msg = _hidden(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(_hidden(one) for one in record.args)
        elif isinstance(record.args, dict):
            record.args = {name: _hidden(value) for name, value in record.args.items()}
        return True


class _WithoutKeys(logging.Formatter):
    """The same for the whole text, tracebacks too: an error's own words may name the address that was asked for, or quote a row."""

    def format(self, record: logging.LogRecord) -> str:
        return _QUOTES.sub(r"\1 …", str(_hidden(super().format(record))))


def hide_tokens() -> None:
    """Let the server's own logs (who asked for which address) show no key of a link or a calendar."""
    for name in ("uvicorn.access", "uvicorn.error", "uvicorn.asgi"):
        logger = logging.getLogger(name)
        if not any(isinstance(one, HidesTokens) for one in logger.filters):
            logger.addFilter(HidesTokens())


def _hidden(value: object) -> object:
    return _TOKENS.sub(r"\1…", value) if isinstance(value, str) else value


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
    handler.setFormatter(_WithoutKeys("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)


def report_unexpected(where: str) -> str:
    """Log the exception being handled with its traceback and return the reference under which it stands in the log."""
    reference = uuid.uuid4().hex[:8].upper()
    logging.getLogger("tracker").exception("%s: unexpected error %s", where, reference)
    return reference
