"""`tracker user add | join | list`, and the verbs of `cli_desks`: accounts from the command line of the machine with the database."""

from __future__ import annotations

import argparse
import getpass
import json
import os
import uuid
from dataclasses import dataclass
from typing import Any, TextIO

from tracker import cli_desks
from tracker.config import Settings
from tracker.i18n import LANGUAGES, Translator

GOOD, REFUSED, WRONG_USAGE = 0, 1, 2
_IN_PROGRAMME = ("officer", "chief", "reviewer")


def add_parser(subparsers: Any) -> None:
    """Add `user` with its verbs."""
    group = subparsers.add_parser("user", help="add people", description="People of this home.",
                                  epilog="Example: tracker user add auditor@example.org --role auditor --temporary")  # fmt: skip
    verbs = group.add_subparsers(dest="verb", required=True, metavar="VERB")
    add = verbs.add_parser(
        "add", help="add a person, or give one who came with an import a password or a role",
        description="Add a person. The password is asked for, or read from TRACKER_PASSWORD; --temporary makes one and prints it once.",
        epilog="Example: tracker user add officer@example.org --name 王小明 --role officer --programme most-109-clinical-ai --temporary",
    )  # fmt: skip
    add.add_argument("email")
    add.add_argument("--name", default="")
    add.add_argument("--language", choices=LANGUAGES, default="zh_TW")
    add.add_argument("--role", choices=("administrator", "auditor", *_IN_PROGRAMME))
    add.add_argument("--programme", metavar="CODE", help="for an officer, a chief or a reviewer")
    add.add_argument("--temporary", action="store_true", help="make a temporary password and print it")
    add.set_defaults(run=run_add)
    join = verbs.add_parser(
        "join", help="put a person on a project", description="Put a person who is here already on a project, from today.",
        epilog="Example: tracker user join helper@example.org --project DEMO-001 --role assistant",
    )  # fmt: skip
    join.add_argument("email")
    join.add_argument("--project", metavar="CODE", required=True)
    join.add_argument("--role", choices=("pi", "co_pi", "assistant"), required=True)
    join.add_argument("--party", choices=("academic", "company"), default="academic")
    join.set_defaults(run=run_join)
    cli_desks.add_verbs(verbs)
    listing = verbs.add_parser("list", help="who there is", epilog="Example: tracker user list --json")
    listing.add_argument("--json", action="store_true")
    listing.set_defaults(run=run_list)


@dataclass(frozen=True)
class _Wanted:
    """What is asked for; `password` None: make a temporary one."""

    email: str
    name: str
    language: str
    password: str | None
    role: str | None
    programme: str | None


def add_administrator(desk, email: str, password: str, out: TextIO, err: TextIO) -> int:
    """Make the first administrator of a new home."""
    return _add(desk, _Wanted(email, email.split("@")[0], "zh_TW", password, "administrator", None), out, err)


def run_add(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """0: added; 1: refused; 2: wrong usage."""
    from tracker.bootstrap import open_desk

    settings = Settings.from_env()
    words = Translator(settings.default_language)
    if settings.home_kind == "none":
        print(words.text("There is no home at {home}: run `tracker init` first.", home=str(settings.home)), file=err)
        return WRONG_USAGE
    if (args.role in _IN_PROGRAMME) != bool(args.programme):
        print(words.text("--programme goes with --role officer, chief or reviewer, and they need it."), file=err)
        return WRONG_USAGE
    password = None if args.temporary else asked_password(args.email, words)
    desk = open_desk(settings)
    try:
        name = args.name or args.email.split("@")[0]
        return _add(desk, _Wanted(args.email, name, args.language, password, args.role, args.programme), out, err)
    finally:
        desk.store.dispose()


def run_join(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """0: on the project (also when repeated on the same day); 1: no such person or project; 2: no home."""
    from tracker.bootstrap import open_desk
    from tracker.services import memberships, people
    from tracker.services.errors import ServiceError
    from tracker.services.projects import project_header
    from tracker.services.viewer import SYSTEM, Role

    settings = Settings.from_env()
    words = Translator(settings.default_language)
    if settings.home_kind == "none":
        print(words.text("There is no home at {home}: run `tracker init` first.", home=str(settings.home)), file=err)
        return WRONG_USAGE
    desk = open_desk(settings)
    ctx = desk.context(SYSTEM)
    try:
        person_id, project_id = people.person_id_of(ctx, args.email), project_header(ctx, args.project).project_id
        side = {"role": Role(args.role), "party": args.party, "from_on": ctx.today}
        memberships.add_membership(ctx, project_id=project_id, person_id=person_id, **side, key=uuid.uuid4().hex)
    except ServiceError as refused:
        print(words.text(refused.msgid, **refused.params), file=err)
        return REFUSED
    finally:
        desk.store.dispose()
    print(words.text("{email} is on {project} from today.", email=args.email, project=args.project), file=out)
    return GOOD


def asked_password(email: str, words: Translator) -> str:
    """From TRACKER_PASSWORD, or typed unseen."""
    return os.environ.get("TRACKER_PASSWORD") or getpass.getpass(words.text("Password for {email}: ", email=email))


def _add(desk, wanted: _Wanted, out: TextIO, err: TextIO) -> int:
    from tracker.services.errors import Invalid, ServiceError

    words = Translator(desk.settings.default_language)
    try:
        existed, temporary = _entered(desk, wanted)
    except Invalid as invalid:
        for problem in invalid.problems:
            print(f"{problem.field}: {words.text(problem.msgid, **problem.params)}", file=err)
        return REFUSED
    except ServiceError as refused:
        print(words.text(refused.msgid, **refused.params), file=err)
        return REFUSED
    done = "{email} was here already; password and role are set." if existed else "Added {email}."
    print(words.text(done, email=wanted.email), file=out)
    if temporary:
        print(words.text("Temporary password, shown once: {password}", password=temporary), file=out)
    return GOOD


def _entered(desk, wanted: _Wanted) -> tuple[bool, str | None]:
    """Add the person, or find her, and give her password and role. Returns whether she was there, and a temporary password."""
    from tracker.services import people
    from tracker.services.errors import NotFound
    from tracker.services.programmes import programme_id_of
    from tracker.services.viewer import SYSTEM, Role

    ctx = desk.context(SYSTEM)
    programme_id = programme_id_of(ctx, wanted.programme) if wanted.programme else None
    temporary = None
    try:
        person_id, existed = people.person_id_of(ctx, wanted.email), True
    except NotFound:
        added = people.add_person(
            ctx, email=wanted.email, name=wanted.name, language=wanted.language, password=wanted.password, key=uuid.uuid4().hex
        )
        person_id, existed, temporary = added.person_id, False, added.temporary_password
    if existed and wanted.password is not None:
        people.set_password(ctx, person_id=person_id, password=wanted.password, key=uuid.uuid4().hex)
    elif existed:
        temporary = people.new_temporary_password(ctx, person_id=person_id, key=uuid.uuid4().hex).temporary_password
    if wanted.role and not _has(ctx, wanted.email, wanted.role, programme_id):
        people.grant_role(ctx, person_id=person_id, role=Role(wanted.role), programme_id=programme_id, key=uuid.uuid4().hex)
    return existed, temporary


def _has(ctx, email: str, role: str, programme_id: int | None) -> bool:
    from tracker.services.directory import people_list

    found, _ = people_list(ctx, search=email)
    return any(
        grant.role == role and grant.programme_id == programme_id for row in found if row.email == email.lower() for grant in row.grants
    )


def run_list(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """List everyone with her roles."""
    from tracker.bootstrap import open_desk
    from tracker.services.directory import people_list
    from tracker.services.viewer import SYSTEM

    settings = Settings.from_env()
    if settings.home_kind == "none":
        print(
            Translator(settings.default_language).text("There is no home at {home}: run `tracker init` first.", home=str(settings.home)),
            file=err,
        )
        return WRONG_USAGE
    desk = open_desk(settings)
    try:
        everyone, _ = people_list(desk.context(SYSTEM), limit=1_000_000)
    finally:
        desk.store.dispose()
    rows = [
        {"email": row.email, "name": row.name, "active": row.active, "can_sign_in": row.can_sign_in,
         "roles": sorted({str(grant.role) for grant in row.grants} | {str(member.role) for member in row.memberships})}
        for row in everyone
    ]  # fmt: skip
    if args.json:
        print(json.dumps(rows, ensure_ascii=False), file=out)
    else:
        for row in rows:
            print(f"{row['email']}\t{row['name']}\t{', '.join(row['roles'])}", file=out)
    return GOOD
