"""`tracker audit verify | anchor`: whether the history is whole, and what to keep elsewhere to prove it later."""

from __future__ import annotations

import argparse
import json
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from tracker.config import Settings


def add_parser(subparsers: Any) -> None:
    """Add `audit` with its verbs."""
    group = subparsers.add_parser("audit", help="check the audit chain", description="The append-only history of this home.")
    verbs = group.add_subparsers(dest="verb", required=True, metavar="VERB")
    verify = verbs.add_parser(
        "verify",
        help="find any edit, deletion or reordering, and any receipt that does not hold",
        epilog="Example: tracker audit verify --anchor kept/anchor.json --json",
    )
    verify.add_argument("--anchor", type=Path, metavar="FILE", help="an anchor written earlier: finds a cut tail and a re-hashed chain too")
    verify.add_argument("--json", action="store_true")
    verify.set_defaults(run=run_verify)
    anchor = verbs.add_parser("anchor", help="print the head of the chain", epilog="Example: tracker audit anchor > /elsewhere/anchor.json")
    anchor.set_defaults(run=run_anchor)


def run_verify(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """0: whole, receipts included; 1: something was found; 2: wrong usage."""
    from tracker.store import audit
    from tracker.store.audit import Anchor
    from tracker.store.receipt_check import broken_receipts

    kept = None
    if args.anchor:
        try:
            given = json.loads(args.anchor.read_text("utf-8"))
            kept = Anchor(int(given["n"]), str(given["head"]), datetime.fromisoformat(given["at"]))
        except (OSError, ValueError, KeyError, TypeError) as wrong:
            print(f"{args.anchor} is not an anchor: {wrong}", file=err)
            return 2
    desk = _desk(err)
    if desk is None:
        return 2
    with desk.store.read() as conn:
        receipts = broken_receipts(conn)
        findings = audit.verify(conn, kept) + [audit.Finding(one.seq, one.code, one.detail) for one in receipts]
        n, head = audit.head(conn)
    desk.store.dispose()
    if args.json:
        listed = [{"seq": found.seq, "code": found.code, "detail": found.detail} for found in findings]
        numbers = [one.receipt_number for one in receipts]
        said = {"events": n, "head": head, "whole": not findings, "findings": listed, "receipts": numbers}
        print(json.dumps(said, ensure_ascii=False), file=out)
    else:
        for found in findings:
            print(f"event {found.seq}: {found.code}: {found.detail}", file=out)
        print(f"{n} events, head {head[:16]}…: " + ("whole" if not findings else f"{len(findings)} findings"), file=out)
    return 1 if findings else 0


def run_anchor(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """Print the anchor as JSON."""
    from tracker.clock import SystemClock
    from tracker.store import audit
    from tracker.store.types import instant_text

    desk = _desk(err)
    if desk is None:
        return 2
    with desk.store.read() as conn:
        kept = audit.anchor(conn, SystemClock().now())
    desk.store.dispose()
    print(json.dumps({"n": kept.n, "head": kept.head, "at": instant_text(kept.at)}), file=out)
    return 0


def _desk(err: TextIO):
    from tracker.bootstrap import open_desk

    settings = Settings.from_env()
    if settings.home_kind == "none":
        print(f"There is no home at {settings.home}.", file=err)
        return None
    return open_desk(settings)
