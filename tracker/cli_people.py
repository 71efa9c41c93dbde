"""`tracker user add | list`: accounts from the command line of the machine that keeps the database."""

from __future__ import annotations

import argparse
import getpass
import os
import uuid
from typing import Any, TextIO

from tracker.config import Settings
from tracker.i18n import LANGUAGES, Translator


def add_parser(subparsers: Any) -> None:
    """Add `user` with its verbs."""
    group = subparsers.add_parser("user", help="add people", description="People of this home.")
    verbs = group.add_subparsers(dest="verb", required=True, metavar="VERB")
    add = verbs.add_parser(
        "add", help="add a person, or set the password of one who came with an import",
        description="Add a person. The password is asked for, or read from TRACKER_PASSWORD; --temporary makes one and prints it once.",
        epilog="Example: tracker user add officer@example.org --name 王小明 --role officer --programme most-109-clinical-ai --temporary",
    )  # fmt: skip
    add.add_argument("email")
    add.add_argument("--name", default="")
    add.add_argument("--language", choices=LANGUAGES, default="zh_TW")
    add.add_argument("--role", choices=("administrator", "auditor", "officer", "chief"))
    add.add_argument("--programme", metavar="CODE", help="for an officer or a chief")
    add.add_argument("--temporary", action="store_true", help="make a temporary password and print it")
    add.set_defaults(run=run_add)


def add_administrator(desk, email: str, password: str, out: TextIO, err: TextIO) -> int:
    """Make the first administrator of a new home."""
    return _add(desk, email=email, name=email.split("@")[0], language="zh_TW", password=password, role="administrator", programme=None, out=out, err=err)


def run_add(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """0: added; 1: refused; 2: wrong usage."""
    from tracker.bootstrap import open_desk

    settings = Settings.from_env()
    if settings.home_kind == "none":
        print(f"There is no home at {settings.home}: run `tracker init` first.", file=err)
        return 2
    if (args.role in ("officer", "chief")) != bool(args.programme):
        print("--programme goes with --role officer or chief, and they need it.", file=err)
        return 2
    password = None if args.temporary else os.environ.get("TRACKER_PASSWORD") or getpass.getpass(f"Password for {args.email}: ")
    desk = open_desk(settings)
    try:
        return _add(desk, email=args.email, name=args.name or args.email.split("@")[0], language=args.language, password=password, role=args.role,
                    programme=args.programme, out=out, err=err)  # fmt: skip
    finally:
        desk.store.dispose()


def _add(desk, *, email, name, language, password, role, programme, out: TextIO, err: TextIO) -> int:
    from tracker.services.errors import Invalid, ServiceError
    from tracker.services.people import add_person, grant_role
    from tracker.services.programmes import programme_id_of
    from tracker.services.viewer import SYSTEM, Role

    ctx = desk.context(SYSTEM)
    words = Translator(desk.settings.default_language)
    try:
        programme_id = programme_id_of(ctx, programme) if programme else None
        added = add_person(ctx, email=email, name=name, language=language, password=password, key=uuid.uuid4().hex)
        if role:
            grant_role(ctx, person_id=added.person_id, role=Role(role), programme_id=programme_id, key=uuid.uuid4().hex)
    except Invalid as invalid:
        for problem in invalid.problems:
            print(f"{problem.field}: {words.text(problem.msgid, **problem.params)}", file=err)
        return 1
    except ServiceError as refused:
        print(words.text(refused.msgid, **refused.params), file=err)
        return 1
    print(f"Added {email}" + (f" as {role}" if role else ""), file=out)
    if added.temporary_password:
        print(f"Temporary password, shown once: {added.temporary_password}", file=out)
    return 0
