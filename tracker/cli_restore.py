"""`tracker restore`: a backup becomes a new home, with its mails held back until an administrator has looked."""

from __future__ import annotations

import argparse
import os
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from tracker.config import Settings, WeakSecret
from tracker.i18n import Translator

GOOD, REFUSED, WRONG_USAGE = 0, 1, 2
_Say = Callable[..., str]


def add_parser(subparsers: Any) -> None:
    """Add the verb."""
    restore = subparsers.add_parser(
        "restore",
        help="put a backup back as a new home",
        description="Put a backup into a new home, checked whole. No mail leaves it before an administrator has looked at what would go.",
        epilog="Example: tracker restore milepost-2026-11-21.zip --to /srv/milepost-restored --secret-key kept/secret.key",
    )
    restore.add_argument("file", type=Path, nargs="?", metavar="FILE", help="a file that `tracker backup` wrote")
    restore.add_argument("--to", type=Path, metavar="HOME", help="a folder that does not exist yet, or is empty")
    restore.add_argument("--secret-key", type=Path, metavar="FILE", help="the copy of secret.key that was kept apart")
    restore.add_argument(
        "--by-other-means", metavar="T",
        help="no file: the database of this home was put back by pg_restore or a snapshot as it was at T (an instant with its zone)",
    )  # fmt: skip
    restore.set_defaults(run=run_restore, logs_to_home=False)  # a log would make the new home a folder that is not empty


def run_restore(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """0: restored; 1: the file is no good; 2: wrong usage. Nothing was changed but where it says 0."""
    settings = Settings.from_env()
    say = Translator(settings.default_language).text
    if args.by_other_means is not None:
        return _by_other_means(args, settings, say, out, err)
    refused = _wrong_usage(args, settings, say)
    if refused:
        print(refused, file=err)
        return WRONG_USAGE
    return _restore(args, settings, say, out, err)


def _wrong_usage(args: argparse.Namespace, settings: Settings, say: _Say) -> str:
    from tracker.exchange.restore import is_free

    if args.file is None or args.to is None:
        return say("Name the backup and the new home: tracker restore FILE --to HOME")
    if settings.database_url:
        return say(
            "TRACKER_DATABASE_URL is set, and a backup file holds a SQLite database: unset it, or put a PostgreSQL back with pg_restore "
            "and then run tracker restore --by-other-means T."
        )
    if not args.file.is_file():
        return say("{file} is not there.", file=str(args.file))
    if not is_free(args.to.absolute()):
        return say("{home} must be a new or empty folder inside one that exists; nothing is ever restored over a home.", home=str(args.to))
    return ""


def _restore(args: argparse.Namespace, settings: Settings, say: _Say, out: TextIO, err: TextIO) -> int:
    from tracker.exchange.restore import NotRestored, left_over, put_in_place, throw_away, unpack_beside

    home = args.to.absolute()
    for folder in left_over(home):
        print(say("{folder} is left over from a restore that was broken off: remove it.", folder=str(folder)), file=err)
    side = None
    try:
        side, manifest = unpack_beside(args.file, home)
        _take_secret(args.secret_key, side)
        done = _finish(replace(settings, home=side), manifest)
        put_in_place(side, home)
    except NotRestored as refused:
        for reason in refused.reasons:
            print(f"{args.file}: {reason}", file=err)
    except WeakSecret as weak:
        print(f"{args.secret_key or 'TRACKER_SECRET_KEY'}: {weak}", file=err)
    except OSError as failed:
        print(say("Nothing was restored: {reason}", reason=f"{failed.filename or args.file}: {failed.strerror}"), file=err)
    else:
        _tell(args, settings, manifest, done, say, out)
        return GOOD
    finally:
        if side is not None and side.exists():
            throw_away(side)
    return REFUSED


def _take_secret(kept: Path | None, side: Path) -> None:
    """Put the kept key into the new home, for its owner only. Raises WeakSecret where it holds none."""
    from tracker.store.secrets import secrets_of

    if kept is None:
        return
    target = side / "secret.key"
    with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(kept.read_bytes())
    secrets_of(side)


def _finish(settings: Settings, manifest: dict[str, Any]) -> Any:
    """Bring the schema to this program, hold back what would leave, end the sessions, and mark the folder as a home."""
    from tracker.bootstrap import open_desk
    from tracker.cli_home import write_home_file
    from tracker.services.restores import put_back
    from tracker.services.viewer import SYSTEM

    desk = open_desk(settings)
    try:
        made_at, content = datetime.fromisoformat(manifest["at"]), manifest["database_sha256"]
        had_key = settings.secret_key is not None or (settings.home / "secret.key").exists()
        done = put_back(
            replace(desk.context(SYSTEM), secrets=desk.secrets if had_key else None), made_at=made_at, content=content, key=uuid.uuid4().hex
        )
    finally:
        desk.store.dispose()
    write_home_file(settings, kind="real")
    return done


def _by_other_means(args: argparse.Namespace, settings: Settings, say: _Say, out: TextIO, err: TextIO) -> int:
    from tracker.bootstrap import open_desk
    from tracker.services.restores import put_back
    from tracker.services.viewer import SYSTEM

    try:
        made_at = datetime.fromisoformat(args.by_other_means)
    except ValueError:
        made_at = None
    if made_at is None or made_at.tzinfo is None or args.file is not None or args.to is not None:
        print(say("--by-other-means takes the instant of the copy with its zone, as 2026-11-21T03:00+08:00, and nothing else."), file=err)
        return WRONG_USAGE
    if settings.home_kind != "real":
        print(say("There is no home at {home}: run `tracker init` first.", home=str(settings.home)), file=err)
        return WRONG_USAGE
    desk = open_desk(settings)
    try:
        done = put_back(desk.context(SYSTEM), made_at=made_at, key=uuid.uuid4().hex)
    finally:
        desk.store.dispose()
    _held(done, say, out)
    return GOOD


def _tell(args: argparse.Namespace, settings: Settings, manifest: dict[str, Any], done: Any, say: _Say, out: TextIO) -> None:
    counts = {"events": manifest["events"], "files": len(manifest["blobs"])}
    print(
        say("Restored: {home}, as it was at {at} ({events} events, {files} files)", home=str(args.to), at=manifest["at"], **counts),
        file=out,
    )
    _held(done, say, out)
    old = "What was taken back after that moment holds again: passwords, accounts, rights, addresses of calendar feeds. Look through them."
    print(say(old), file=out)
    if done.sealed and (args.secret_key or settings.secret_key):
        print(say("This secret key is not the one of the backup: {n} chat channels ask for their address again.", n=done.sealed), file=out)
    elif not args.secret_key and not settings.secret_key:
        lost = (
            "Without secret.key a new one is made: {n} chat channels ask for their address again, and the links in mails already sent "
            "stop working. To keep them, restore again with --secret-key."
        )
        print(say(lost, n=done.sealed), file=out)
    print(say("Next: TRACKER_HOME={home} tracker audit verify --anchor FILE, then tracker serve", home=str(args.to)), file=out)


def _held(done: Any, say: _Say, out: TextIO) -> None:
    held = (
        "{n} mails that waited then are held back, and no reminder leaves before an administrator has looked: page Alerts and deliveries, "
        "or tracker alerts hold. {sessions} people or browsers have to sign in again."
    )
    print(say(held, n=done.held, sessions=done.signed_out), file=out)
