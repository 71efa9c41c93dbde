"""`tracker init`, `tracker serve`, `tracker backup`: one installation under `TRACKER_HOME`."""

from __future__ import annotations

import argparse
import ipaddress
import json
import os
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

from tracker.config import REAL_HOME, Settings
from tracker.i18n import Translator


def add_parser(subparsers: Any) -> None:
    """Add the three verbs."""
    init = subparsers.add_parser(
        "init",
        help="set up a new home",
        description="Set up TRACKER_HOME with an empty database and, if asked, its first administrator.",
        epilog="Example: TRACKER_HOME=~/milepost tracker init --admin you@example.org",
    )
    init.add_argument(
        "--admin", metavar="EMAIL", help="make this the first administrator; the password is asked for, or read from TRACKER_PASSWORD"
    )
    init.set_defaults(run=run_init)
    serve = subparsers.add_parser(
        "serve",
        help="run web and worker",
        description="Serve this home: the web pages and the worker.",
        epilog="Example: tracker serve --port 8501",
    )
    serve.add_argument("--port", type=int, default=8501)
    serve.add_argument("--address", default="127.0.0.1", help="address to listen on (default: this machine only)")
    serve.set_defaults(run=run_serve)
    backup = subparsers.add_parser(
        "backup",
        help="make a verified copy",
        description="Copy database and attachments into one file and verify the copy.",
        epilog="Example: tracker backup milepost-2026-11-21.zip",
    )
    backup.add_argument("file", type=Path, metavar="FILE")
    backup.add_argument("--verify", action="store_true", help="check an existing backup instead of making one")
    backup.set_defaults(run=run_backup)


def write_home_file(settings: Settings, **values: Any) -> None:
    """Write `home.json` so that a reader sees the old file or the new one, never a half."""
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = settings.home_file.with_suffix(f".{uuid.uuid4().hex}.tmp")
    with temporary.open("w", encoding="utf-8") as out:
        json.dump(values, out)
        out.flush()
        os.fsync(out.fileno())
    temporary.replace(settings.home_file)


def run_init(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """Set up a real home; run again, it only migrates."""
    from tracker.bootstrap import open_desk
    from tracker.cli_people import add_administrator, asked_password

    settings = Settings.from_env()
    if not os.environ.get("TRACKER_HOME"):
        settings = replace(settings, home=REAL_HOME)  # also beside a demo
    words = Translator(settings.default_language)
    if settings.is_demo:
        print(words.text("{home} is a demo home; set TRACKER_HOME to another folder.", home=str(settings.home)), file=err)
        return 2
    if settings.home.exists() and not settings.home.is_dir():
        print(words.text("{home} is not a folder.", home=str(settings.home)), file=err)
        return 2
    if settings.home_kind == "none":
        write_home_file(settings, kind="real")
    desk = open_desk(settings)
    try:
        print(words.text("The home is ready: {home}", home=str(settings.home)), file=out)
        if args.admin:
            return add_administrator(desk, args.admin, asked_password(args.admin, words), out, err)
        print(words.text("Next: tracker user add EMAIL --role administrator, then tracker serve"), file=out)
        return 0
    finally:
        desk.store.dispose()


def run_serve(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """Serve a home that was set up."""
    from tracker.serving import free_port, serve_forever

    settings = Settings.from_env()
    words = Translator(settings.default_language)
    refused = None
    if settings.home_kind == "none":
        refused = words.text("There is no home at {home}: run `tracker init` first.", home=str(settings.home))
    elif not 0 < args.port < 65_536:
        refused = words.text("{port} is not a port.", port=args.port)
    elif not free_port(args.address, args.port):
        refused = words.text("Port {port} is in use; choose another one with --port.", port=args.port)
    elif not _is_loopback(args.address) and not settings.tls:
        refused = words.text(
            "Listening beyond this machine without TLS would send passwords in the clear: "
            "set TRACKER_PUBLIC_URL=https://… and put a proxy with TLS in front."
        )
    if refused:
        print(refused, file=err)
        return 2
    public_url = os.environ.get("TRACKER_PUBLIC_URL") or f"http://{args.address}:{args.port}"
    print(words.text("Milepost: {url}  (stop with Ctrl-C)", url=public_url), file=out, flush=True)
    return serve_forever(args.address, args.port, settings.home, public_url)


def _is_loopback(address: str) -> bool:
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _secret_place(settings: Settings) -> str:
    return "TRACKER_SECRET_KEY" if settings.secret_key else str(settings.home / "secret.key")


def run_backup(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """Write a verified backup, or verify one. 0: good; 1: failed or damaged; 2: wrong usage."""
    settings = Settings.from_env()
    words = Translator(settings.default_language)
    if args.verify:
        return _verify(args.file, words, out, err)
    if settings.home_kind == "none":
        print(words.text("There is no home at {home}: run `tracker init` first.", home=str(settings.home)), file=err)
        return 2
    if args.file.exists():
        print(words.text("{file} exists already; a backup never overwrites one.", file=str(args.file)), file=err)
        return 2
    if not args.file.absolute().parent.is_dir():
        print(words.text("{home} is not a folder.", home=str(args.file.absolute().parent)), file=err)
        return 2
    return _back_up(settings, args.file, words, out, err)


def _back_up(settings: Settings, file: Path, words: Translator, out: TextIO, err: TextIO) -> int:
    from tracker.bootstrap import open_desk
    from tracker.exchange.backup import BackupFailed, make_backup
    from tracker.store.blobs import BlobDamaged, BlobMissing

    desk = open_desk(settings)
    try:
        manifest = make_backup(desk.store, desk.blobs, file, desk.clock.now(), settings.home_kind)
    except (BlobMissing, BlobDamaged) as lost:
        print(words.text("No backup was made: the attachment {sha256} is missing or damaged.", sha256=str(lost)), file=err)
        return 1
    except (BackupFailed, OSError) as failure:
        print(words.text("No backup was made: {reason}", reason=str(failure)), file=err)
        return 1
    finally:
        desk.store.dispose()
    said = words.text(
        "Verified backup: {file} ({events} events, {files} files, head {head}…)",
        file=str(file),
        events=manifest["events"],
        files=len(manifest["blobs"]),
        head=manifest["head"][:12],
    )
    print(said, file=out)
    print(words.text("The secret key is not inside: keep {file} in another place.", file=_secret_place(settings)), file=out)
    return 0


def _verify(file: Path, words: Translator, out: TextIO, err: TextIO) -> int:
    from tracker.exchange.backup import verify_backup

    try:
        found = verify_backup(file)
    except OSError as unreadable:
        print(f"{file}: {unreadable.strerror}", file=err)
        return 2
    for wrong in found:
        print(f"{file}: {wrong}", file=err)
    if not found:
        print(words.text("{file} is whole.", file=str(file)), file=out)
    return 1 if found else 0
