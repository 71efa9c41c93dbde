"""The installation's one secret: what signs the links in mails and seals what may not lie readable in the database.

It comes from `TRACKER_SECRET_KEY` (several machines share it) or from `secret.key` in the home, made at the first need and
readable by its owner only. It is never in the database, so a stolen copy of the database opens nothing; who loses it has to
enter the chat channels again, and links in mails already sent stop working.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from tracker.config import WeakSecret

SHORTEST = 32
"""Characters that a secret given by hand must have."""


class Unreadable(Exception):
    """Sealed with another secret, or damaged."""


@dataclass(frozen=True)
class Secrets:
    """Keys for single purposes, worked out from the one secret; `repr` shows nothing of it."""

    _master: bytes

    def __repr__(self) -> str:
        return "Secrets(…)"

    def key_for(self, purpose: str) -> bytes:
        """32 bytes for this purpose alone: from one key nobody gets to another."""
        return hmac.new(self._master, purpose.encode(), hashlib.sha256).digest()

    def seal(self, text: str) -> str:
        """The text, encrypted and signed (Fernet)."""
        return self._fernet().encrypt(text.encode()).decode()

    def unseal(self, sealed: str) -> str:
        """The inverse of `seal`. Raises Unreadable."""
        try:
            return self._fernet().decrypt(sealed.encode()).decode()
        except (InvalidToken, UnicodeError) as failed:
            raise Unreadable("it was sealed with another secret, or damaged") from failed

    def _fernet(self) -> Fernet:
        return Fernet(base64.urlsafe_b64encode(self.key_for("seal")))


def secrets_of(home: Path, given: str | None = None) -> Secrets:
    """The secret of an installation: the one `given`, else the file in `home`, which is made where there is none.

    Raises WeakSecret where the given one or what the file holds is too short (an emptied file would give a key that everybody can work
    out), OSError where the file cannot be read or made.
    """
    if given is not None:
        if len(given) < SHORTEST:
            raise WeakSecret(f"TRACKER_SECRET_KEY needs at least {SHORTEST} characters")
        return Secrets(hashlib.sha256(given.encode()).digest())
    path = home / "secret.key"
    if not path.exists():
        _make(path)
    kept = path.read_bytes().strip()
    if len(kept) < SHORTEST:
        raise WeakSecret(f"{path.name} holds no secret any more: put its copy back, or remove it so that a new one is made")
    return Secrets(hashlib.sha256(kept).digest())


def _make(path: Path) -> None:
    """Make the file whole or not at all: of several processes that start together, all read the one that was first."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secrets.token_urlsafe(48).encode())
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    except OSError:  # a file system without links: the last one wins, before anybody has used it
        os.replace(draft, path)
        return
    draft.unlink()
