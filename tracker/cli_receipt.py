"""`tracker receipt verify`: whether a receipt is genuine, by its number, its hash, or the file of the receipt itself."""

from __future__ import annotations

import argparse
import json
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from tracker.config import Settings
from tracker.domain.report_checks import is_receipt_number

GOOD, NOT_GOOD, WRONG_USAGE = 0, 1, 2
_NUMBER = re.compile(rb"MP-[0-9]{7}-[0-9]{6,}-[0-9]{2,}-[A-Z]")
_HASH = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
LARGEST_FILE = 50 * 1024 * 1024


def add_parser(subparsers: Any) -> None:
    """Add `receipt` with its verb."""
    group = subparsers.add_parser("receipt", help="check receipts", description="Receipts of what was handed in.")
    verbs = group.add_subparsers(dest="verb", required=True, metavar="VERB")
    verify = verbs.add_parser(
        "verify",
        help="whether a receipt is genuine and its version unchanged",
        description="Exit status: 0 genuine, 1 not genuine or changed, 2 wrong usage.",
        epilog="Example: tracker receipt verify MP-1150901-000123-01-K --file receipt.pdf --json",
    )
    verify.add_argument("number", metavar="NUMBER", help="the number on the receipt")
    verify.add_argument("--sha", metavar="HEX", default="", help="the SHA-256 on the receipt")
    verify.add_argument("--file", type=Path, metavar="FILE", help="the receipt as a PDF, or a JSON file with its sha256")
    verify.add_argument("--json", action="store_true")
    verify.set_defaults(run=run_verify)


def run_verify(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """0: genuine; 1: not, or what is stored changed; 2: wrong usage."""
    from tracker.bootstrap import open_desk
    from tracker.services.errors import Invalid
    from tracker.services.receipts import check_receipt
    from tracker.services.viewer import SYSTEM

    settings = Settings.from_env()
    if settings.home_kind == "none":
        print(f"There is no home at {settings.home}.", file=err)
        return WRONG_USAGE
    sha, number = args.sha, args.number.strip().upper()
    if not is_receipt_number(number):
        print(f"{args.number} is no receipt number.", file=err)
        return WRONG_USAGE
    if args.file is not None:
        sha, wrong = _from_file(args.file, number, sha)
        if wrong:
            print(wrong, file=err)
            return WRONG_USAGE
    desk = open_desk(settings)
    try:
        found = check_receipt(desk.context(SYSTEM), number=number, sha256=sha)
    except Invalid as problem:
        print(str(problem), file=err)
        return WRONG_USAGE
    finally:
        desk.store.dispose()
    _say(found, args.json, out)
    return GOOD if found.is_good else NOT_GOOD


def _say(found: Any, as_object: bool, out: TextIO) -> None:
    from tracker.store.types import instant_text

    if as_object:
        said = {
            "number": found.number, "verdict": found.verdict.value, "good": found.is_good, "project": found.project_code or None,
            "version": found.version, "sha256": found.sha256 or None, "submitted_at": instant_text(found.at) if found.at else None,
            "withdrawn_at": instant_text(found.withdrawn_at) if found.withdrawn_at else None, "details": list(found.details),
        }  # fmt: skip
        print(json.dumps(said, ensure_ascii=False), file=out)
        return
    parts = [f"{found.number}: {found.verdict.value}"]
    if found.project_code:
        parts.append(f"{found.project_code}, version {found.version}, received {instant_text(found.at)}")
    if found.withdrawn_at:
        parts.append(f"withdrawn {instant_text(found.withdrawn_at)}")
    print("; ".join([*parts, *found.details]), file=out)


def _from_file(path: Path, number: str, sha: str) -> tuple[str, str]:
    """The hash that a receipt's file names, and what is wrong with the file ("" where nothing is)."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            return sha, f"{path} is too large to be a receipt."
        content = path.read_bytes()
    except OSError as error:
        return sha, f"{path} cannot be read: {error.strerror}"
    numbers, hashes = set(), set()
    for part in _texts(content):
        numbers |= {found.decode() for found in _NUMBER.findall(part)}
        hashes |= {found.decode() for found in _HASH.findall(part)}
    if numbers and number not in numbers:
        return sha, f"{path} is the receipt {', '.join(sorted(numbers))}, not {number}."
    if len(hashes) != 1:
        return sha, f"{path} names {'no hash' if not hashes else 'more than one hash'}: give the hash on it with --sha."
    named = hashes.pop()
    if sha and sha.strip().lower() != named:
        return sha, f"{path} names another hash than --sha."
    return named, ""


def _texts(content: bytes) -> Iterator[bytes]:
    """The file as it is, and the packed parts of a PDF unpacked; UTF-16 read as its Latin half."""
    yield content
    yield content.replace(b"\0", b"")
    if content.startswith(b"%PDF"):
        for packed in _STREAM.findall(content):
            try:
                yield zlib.decompressobj().decompress(packed, LARGEST_FILE)
            except zlib.error:
                continue
