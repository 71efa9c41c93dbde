"""`tracker init`, `tracker serve`, `tracker backup`: one installation under `TRACKER_HOME`."""

from __future__ import annotations

import argparse
import getpass
import ipaddress
import json
import os
import uuid
from pathlib import Path
from typing import Any, TextIO

from tracker.config import Settings


def add_parser(subparsers: Any) -> None:
    """Add the three verbs."""
    init = subparsers.add_parser(
        "init", help="set up a new home", description="Set up TRACKER_HOME with an empty database and, if asked, its first administrator.",
        epilog="Example: TRACKER_HOME=~/milepost tracker init --admin you@example.org",
    )  # fmt: skip
    init.add_argument("--admin", metavar="EMAIL", help="make this the first administrator; the password is asked for, or read from TRACKER_PASSWORD")
    init.set_defaults(run=run_init)
    serve = subparsers.add_parser("serve", help="run web and worker", description="Serve this home: the web pages and the worker.",
                                  epilog="Example: tracker serve --port 8501")  # fmt: skip
    serve.add_argument("--port", type=int, default=8501)
    serve.add_argument("--address", default="127.0.0.1", help="address to listen on (default: this machine only)")
    serve.set_defaults(run=run_serve)
    backup = subparsers.add_parser("backup", help="make a verified copy", description="Copy database and attachments into one file and verify the copy.",
                                   epilog="Example: tracker backup milepost-2026-11-21.zip")  # fmt: skip
    backup.add_argument("file", type=Path, metavar="FILE")
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
    from tracker.cli_people import add_administrator

    settings = Settings.from_env()
    if settings.is_demo:
        print(f"{settings.home} is a demo home; set TRACKER_HOME to another folder.", file=err)
        return 2
    if settings.home_kind == "none":
        write_home_file(settings, kind="real")
    desk = open_desk(settings)
    try:
        print(f"Home ready: {settings.home}", file=out)
        if args.admin:
            password = os.environ.get("TRACKER_PASSWORD") or getpass.getpass(f"Password for {args.admin}: ")
            return add_administrator(desk, args.admin, password, out, err)
        print("Next: tracker user add --admin EMAIL, then tracker serve", file=out)
        return 0
    finally:
        desk.store.dispose()


def run_serve(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """Serve a home that was set up."""
    from tracker.serving import free_port, serve_forever

    settings = Settings.from_env()
    if settings.home_kind == "none":
        print(f"There is no home at {settings.home} yet: run `tracker init` (or `tracker demo`) first.", file=err)
        return 2
    if not free_port(args.address, args.port):
        print(f"Port {args.port} on {args.address} is in use; choose another with --port.", file=err)
        return 2
    if not _is_loopback(args.address) and not settings.tls:
        print("Listening beyond this machine without TLS would send passwords in the clear: set TRACKER_PUBLIC_URL=https://… and put a "
              "proxy with TLS in front.", file=err)  # fmt: skip
        return 2
    public_url = os.environ.get("TRACKER_PUBLIC_URL") or f"http://{args.address}:{args.port}"
    print(f"Milepost: {public_url}  (stop with Ctrl-C)", file=out, flush=True)
    return serve_forever(args.address, args.port, settings.home, public_url)


def _is_loopback(address: str) -> bool:
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def run_backup(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """Write a verified backup."""
    from tracker.bootstrap import open_desk
    from tracker.exchange.backup import BackupFailed, make_backup

    settings = Settings.from_env()
    if settings.home_kind == "none":
        print(f"There is no home at {settings.home}.", file=err)
        return 2
    if args.file.exists():
        print(f"{args.file} exists already; a backup never overwrites one.", file=err)
        return 2
    desk = open_desk(settings)
    try:
        manifest = make_backup(desk.store, desk.blobs, args.file, desk.clock.now())
    except (BackupFailed, OSError) as failure:
        print(f"No backup was made: {failure}", file=err)
        return 1
    finally:
        desk.store.dispose()
    print(f"Verified backup: {args.file} ({manifest['events']} events, {len(manifest['blobs'])} files, head {manifest['head'][:12]}…)", file=out)
    return 0
