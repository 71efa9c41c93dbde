"""Settings, read once from the environment at the edge."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).resolve().parents[1]
REAL_HOME = ROOT / "data" / "var" / "home"
DEMO_HOME = ROOT / "data" / "var" / "demo"


class WeakSecret(ValueError):
    """The installation's secret is too short to protect anything; the text says what to do."""


def data_dir() -> Path:
    """The folder with programmes, calendars, catalogues and samples (`data/`, or `TRACKER_DATA_DIR`)."""
    return Path(os.environ.get("TRACKER_DATA_DIR") or ROOT / "data").resolve()


def pages_dir() -> Path:
    """The folder with the screens."""
    return ROOT / "pages"


def _default_home() -> Path:
    """So that after `tracker demo` every other command speaks of the demo, until a real home is set up."""
    only_a_demo = (DEMO_HOME / "home.json").exists() and not (REAL_HOME / "home.json").exists()
    return DEMO_HOME if only_a_demo else REAL_HOME


HomeKind = Literal["real", "demo", "none"]


@dataclass(frozen=True)
class Settings:
    """Where this installation keeps its data and how it reaches the outside.

    `home` is `TRACKER_HOME`; without it `data/var/home`, or the demo's `data/var/demo` where that is the only one set up.
    `database_url` is `TRACKER_DATABASE_URL`, or None for the SQLite file in the home;
    `smtp_url` is `smtp://user:password@host:port` (or `smtps://`), or None: then mail goes to the local outbox page only.
    `ping_url` is asked once a minute while all is well (the outside alarm), `metrics_token` opens `/metrics` from elsewhere; None: off.
    `secret_key` signs links and seals what is secret in the database; None: the file `secret.key` in the home.
    """

    home: Path
    database_url: str | None = None
    smtp_url: str | None = None
    mail_from: str = "milepost@example.invalid"
    public_url: str = "http://127.0.0.1:8501"
    tls: bool = False
    default_language: str = "zh_TW"
    secret_key: str | None = field(default=None, repr=False)
    ping_url: str | None = field(default=None, repr=False)
    metrics_token: str | None = field(default=None, repr=False)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read `TRACKER_*` variables."""
        env = os.environ if environ is None else environ
        home = Path(env.get("TRACKER_HOME") or _default_home()).expanduser().resolve()
        public_url = env.get("TRACKER_PUBLIC_URL", "http://127.0.0.1:8501").rstrip("/")
        return cls(
            home=home,
            database_url=env.get("TRACKER_DATABASE_URL") or None,
            smtp_url=env.get("TRACKER_SMTP_URL") or None,
            mail_from=env.get("TRACKER_MAIL_FROM", "milepost@example.invalid"),
            public_url=public_url,
            tls=public_url.startswith("https://"),
            default_language=env.get("TRACKER_LANGUAGE", "zh_TW"),
            secret_key=env.get("TRACKER_SECRET_KEY") or None,
            ping_url=env.get("TRACKER_PING_URL") or None,
            metrics_token=env.get("TRACKER_METRICS_TOKEN") or None,
        )

    @property
    def home_file(self) -> Path:
        """The marker that says what kind of home this is."""
        return self.home / "home.json"

    @property
    def database(self) -> str | Path:
        """What `Store.open` is given."""
        return self.database_url or self.home / "milepost.sqlite3"

    @property
    def blobs(self) -> Path:
        """Where attachments are stored by SHA-256."""
        return self.home / "blobs"

    @property
    def home_kind(self) -> HomeKind:
        """`demo`, `real`, or `none` where nothing was set up yet."""
        if not self.home_file.exists():
            return "none"
        return "demo" if json.loads(self.home_file.read_text("utf-8")).get("kind") == "demo" else "real"

    @property
    def is_demo(self) -> bool:
        """Whether the standing clock and `--now` are allowed here."""
        return self.home_kind == "demo"
