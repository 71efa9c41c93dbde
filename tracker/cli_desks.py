"""`tracker user leave | address | hand-over | left`: what lies with people, from the command line of the machine with the database."""

from __future__ import annotations

import argparse
import json
import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any, TextIO

from tracker.config import Settings
from tracker.i18n import Translator

GOOD, REFUSED, WRONG_USAGE = 0, 1, 2


def add_verbs(verbs: Any) -> None:
    """Add the verbs to `tracker user`."""
    leave = verbs.add_parser(
        "leave", help="take a person off a project", description="Take a person off a project from today on.",
        epilog="Example: tracker user leave helper@example.org --project DEMO-001",
    )  # fmt: skip
    leave.add_argument("email")
    leave.add_argument("--project", metavar="CODE", required=True)
    leave.set_defaults(run=run_leave)
    address = verbs.add_parser(
        "address", help="give a person another e-mail address", epilog="Example: tracker user address old@example.org new@example.org",
        description="Give a person another address. She signs in with it from now on; her open sessions end, unsent mails go there.",
    )  # fmt: skip
    address.add_argument("email")
    address.add_argument("new_email", metavar="new-email")
    address.set_defaults(run=run_address)
    _add_hand_over(verbs)
    left = verbs.add_parser(
        "left", help="what still lies with people whose accounts are off", epilog="Example: tracker user left --json",
        description="List what still lies with people whose accounts are off. Nothing should: exit status 1 where something does.",
    )  # fmt: skip
    left.add_argument("--json", action="store_true")
    left.set_defaults(run=run_left)


def _add_hand_over(verbs: Any) -> None:
    over = verbs.add_parser(
        "hand-over", help="hand a project or a whole desk over in one step",
        description="Give everything that lies with one person to another: of one project with --project, else the whole desk.",
        epilog="Example: tracker user hand-over old@example.org new@example.org --reason 調任 --with-roles --switch-off --dry-run",
    )  # fmt: skip
    over.add_argument("email", help="who hands over")
    over.add_argument("to", help="who takes over")
    over.add_argument("--project", metavar="CODE", help="only this project: its investigator, assistant or officer in charge")
    over.add_argument("--letter", metavar="NUMBER", default="", help="the letter's number: needed for a principal investigator")
    over.add_argument("--reason", required=True)
    over.add_argument("--with-roles", action="store_true", help="her roles in programmes go along")
    over.add_argument("--switch-off", action="store_true", help="switch her account off in the same step")
    over.add_argument("--dry-run", action="store_true", help="only say what would happen")
    over.add_argument("--json", action="store_true")
    over.set_defaults(run=run_hand_over)


def run_leave(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """0: off the project; 1: refused; 2: no home."""

    def work(ctx: Any, words: Translator) -> int:
        from tracker.services import directory, memberships
        from tracker.services.errors import NotFound

        found, _ = directory.people_list(ctx, search=args.email)
        mine = [m for row in found if row.email == args.email.lower() for m in row.memberships if m.project_code == args.project]
        if not mine:
            raise NotFound("{email} is not on {project}.", email=args.email, project=args.project)
        for one in mine:
            memberships.end_membership(ctx, membership_id=one.membership_id, key=uuid.uuid4().hex)
        print(words.text("{email} is not on {project} any more.", email=args.email, project=args.project), file=out)
        return GOOD

    return on_desk(work, err)


def run_address(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """0: changed; 1: refused; 2: no home."""

    def work(ctx: Any, words: Translator) -> int:
        from tracker.services import directory, people

        person_id = people.person_id_of(ctx, args.email)
        row = next(row for row in directory.people_list(ctx, search=args.email)[0] if row.person_id == person_id)
        moved = people.change_address(
            ctx, person_id=person_id, email=args.new_email, expected_version=row.version, key=uuid.uuid4().hex
        )  # fmt: skip
        said = "{email} signs in with {new} from now on; {n} unsent mails go there."
        print(words.text(said, email=args.email, new=args.new_email, n=moved.mails), file=out)
        if moved.again:
            again = "What was given up for the old address and still holds goes to the new one in one mail: {n}."
            print(words.text(again, n=moved.again), file=out)
        return GOOD

    return on_desk(work, err)


def run_hand_over(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """0: done (or said, with --dry-run); 1: refused; 2: no home."""

    def work(ctx: Any, words: Translator) -> int:
        from tracker.services import hand_overs, people
        from tracker.services.projects import project_header

        project_id = project_header(ctx, args.project).project_id if args.project else None
        order = hand_overs.Order(
            people.person_id_of(ctx, args.email), people.person_id_of(ctx, args.to), project_id, args.letter, args.reason,
            args.with_roles, args.switch_off,
        )  # fmt: skip
        plan = hand_overs.preview_hand_over(ctx, order)
        done = None if args.dry_run else hand_overs.hand_over(ctx, order, key=uuid.uuid4().hex)
        _say(plan, done, words, out, as_json=args.json)
        return GOOD

    return on_desk(work, err)


def _say(plan: Any, done: Any, words: Translator, out: TextIO, *, as_json: bool) -> None:
    from tracker.services.assignments import KIND_MSGIDS

    lines = [
        {
            "kind": words.text(KIND_MSGIDS[move.held.kind]) if not as_json else move.held.kind,
            "project": move.held.code,
            "becomes": move.becomes,
            "why": words.text(move.why) if move.why else "",
        }
        for move in plan.moves
    ]
    if as_json:
        print(json.dumps({"done": done is not None, "things": lines}, ensure_ascii=False), file=out)
        return
    for line in lines:
        print("\t".join([line["becomes"], line["kind"], line["project"], line["why"]]).rstrip(), file=out)
    counts = Counter(line["becomes"] for line in lines)
    said = "Nothing was done yet: {moves} would go over, {ends} would end, {stays} would stay."
    if done is not None:
        said = "Done: {moves} went over, {ends} ended, {stays} stayed."
    print(words.text(said, moves=counts["moves"], ends=counts["ends"], stays=counts["stays"]), file=out)


def run_left(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """0: nothing; 1: something lies with somebody whose account is off; 2: no home."""

    def work(ctx: Any, words: Translator) -> int:
        from tracker.services.assignments import KIND_MSGIDS, left_behind

        found = left_behind(ctx)
        if args.json:
            print(json.dumps([{"name": one.name, **dict(one.counts)} for one in found], ensure_ascii=False), file=out)
        for one in () if args.json else found:
            print(f"{one.name}\t" + ", ".join(f"{words.text(KIND_MSGIDS[kind])} {n}" for kind, n in one.counts), file=out)
        if not found and not args.json:
            print(words.text("Nothing lies with anybody whose account is off."), file=out)
        return REFUSED if found else GOOD

    return on_desk(work, err)


def on_desk(work: Callable[[Any, Translator], int], err: TextIO) -> int:
    """Open the home, work as the machine's owner, and say plainly what a service refuses."""
    from tracker.bootstrap import open_desk
    from tracker.services.errors import Invalid, ServiceError
    from tracker.services.viewer import SYSTEM

    settings = Settings.from_env()
    words = Translator(settings.default_language)
    if settings.home_kind == "none":
        print(words.text("There is no home at {home}: run `tracker init` first.", home=str(settings.home)), file=err)
        return WRONG_USAGE
    desk = open_desk(settings)
    try:
        return work(desk.context(SYSTEM), words)
    except Invalid as invalid:
        for problem in invalid.problems:
            print(f"{problem.field}: {words.text(problem.msgid, **problem.params)}", file=err)
        return REFUSED
    except ServiceError as refused:
        print(words.text(refused.msgid, **refused.params), file=err)
        return REFUSED
    finally:
        desk.store.dispose()
