# ruff: noqa: E501  (one service is one line)
"""What becomes of the same thing done twice, typed by hand: the form is pressed again, each time under a new key.

Two letters for a form that knows the version it was made from: pressed once more as it stood (the browser's back button, another
window), and as the page draws it after the first time (a second click, Enter again, a reload). One letter for a form without a version.

    =  nothing is written, and it is answered as if it had been    x  it is refused, and nothing is written
    +  it is done a second time: why that makes sense is said beside it

Rows are those of the authorisation table, whose first role that may does it; `changed` replaces some of the arguments where the table's
own would change nothing at first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from tests.cast import at
from tests.integration.services.authorisation_table import _CLOSED, _as_previewed, _confirmed_table
from tests.integration.services.authorisation_world import DAY, Place, World, as_role
from tracker.domain.alert_policy import Policy, PolicySet
from tracker.services import chat_channels
from tracker.services.audit_limits import Limits
from tracker.services.checkpoints import CheckpointEntry
from tracker.services.sessions import new_session
from tracker.store import tables as t

Arguments = Callable[[World, Place], dict[str, Any]]


@dataclass(frozen=True)
class Twice:
    """`letters` as above. `changed` for both times, `redrawn` for what the page shows after the first beside the version; `why` of a +."""

    letters: str
    changed: Arguments = lambda w, p: {}
    redrawn: Arguments = lambda w, p: {}
    why: str = ""

    @property
    def expected(self) -> str:
        return self.letters.replace(" ", "")


def _other_policy(w: World, p: Place) -> dict[str, Any]:
    return {"policies": PolicySet(Policy(("T-7", "due", "+7")))}


def _checkpoint(w: World, p: Place) -> dict[str, Any]:
    return {"checkpoints": (CheckpointEntry("Z9", "新查核點", Decimal(10), "件", Decimal(1), date(2026, 12, 31)),)}


def _hosts_now(w: World, p: Place) -> dict[str, Any]:
    return {"seen": chat_channels.channel_list(as_role(w, "admin")).hosts}


def _nobody_in_charge(w: World, p: Place) -> dict[str, Any]:
    empty = t.project.update().where(t.project.c.id == p.project).values(officer_id=None)
    w.cast.desk.store.write_quiet(at(DAY), lambda tx: tx.conn.execute(empty))
    return {}


def _another_session(w: World, p: Place) -> dict[str, Any]:
    w.cast.desk.store.write_quiet(at(DAY), lambda tx: new_session(tx, w.cast.person("pi").id, at=at(DAY)))
    return {}


TWICE: dict[str, Twice] = {
    # Alerts: what holds them back, their words, their courses, where they go
    "silence_changes.make_silence-own": Twice("x"),
    "silence_changes.make_silence-own-pause": Twice("x"),
    "silence_changes.change_end-own": Twice("x ="),
    "silence_changes.change_end-own-pause": Twice("x ="),
    "silence_changes.lift_silence-own": Twice("x x"),
    "silence_changes.lift_silence-own-pause": Twice("x x"),
    "mass_holds.set_thresholds-installation": Twice("="),
    "mass_holds.release-installation": Twice("x x"),
    "mass_holds.drop-installation": Twice("x x"),
    "audit_limits.set_audit_limits-installation": Twice("=", lambda w, p: {"limits": Limits(late_minutes=30)}),
    "ladders.edit_ladder-own": Twice("x =", _other_policy),
    "ladders.reset_ladder-own": Twice("= ="),
    "signal_courses.edit_course-installation": Twice("x x"),
    "alert_templates.edit_template-installation": Twice("x x"),
    "chat_channels.add_channel-installation": Twice("x"),
    "chat_channels.change_channel-installation": Twice("x ="),
    "chat_channels.switch_channel-installation": Twice("x ="),
    "chat_channels.remove_channel-installation": Twice("x x"),
    "chat_channels.try_channel-installation": Twice("="),
    "chat_hosts.set_hosts-installation": Twice("x =", redrawn=_hosts_now),
    "institution_contacts.add_contact-own": Twice("x"),
    "institution_contacts.change_contact-own": Twice("x ="),
    "institution_contacts.switch_contact-own": Twice("x ="),
    "alert_choices.choose_alerts-installation": Twice("x =", lambda w, p: {"digest_hour": 9}),
    "alert_choices.stop_digests-installation": Twice("="),
    "alert_acts.acknowledge-installation": Twice("="),
    "alert_acts.take_back_alert-installation": Twice("x"),
    "inbox.mark_read-installation": Twice("="),
    "notices.mark_notices_read-installation": Twice("="),
    "calendar_feeds.make_feed-installation": Twice("+", why="one address for the telephone, one for the desk; while one is shown the page has no button"),
    "delivery_acts.cancel_deliveries-installation": Twice("x"),
    "delivery_acts.retry_deliveries-installation": Twice("x"),
    "delivery_list.retry_delivery-installation": Twice("x"),
    "working_days.put_table_in_force-installation": Twice("x x", redrawn=_confirmed_table),
    "closures.enter_closures-installation": Twice("x x", redrawn=lambda w, p: _as_previewed(w, closures=_CLOSED)),
    "restores.put_back-installation": Twice("+", why="an operator's act, recorded each time: the hold is the same, and nothing else is touched again"),
    # Reports and their review
    "report_drafts.open_report-own": Twice("="),
    "report_submission.submit_report-own": Twice("x x"),
    "report_withdrawal.withdraw-own": Twice("x x"),
    "report_review.record_verdict-own": Twice("="),
    "review_decisions.accept_report-own": Twice("x x"),
    "review_decisions.return_report-own": Twice("x x"),
    "review_decisions.reset_report-own": Twice("x x"),
    "review_tasks.recommend-own": Twice("x x"),
    "review_tasks.give_task-own": Twice("x x"),
    "review_tasks.skip_seat-own": Twice("x x"),
    "review_comments.save_comment-own": Twice("="),
    "review_comments.withdraw_comment-own": Twice("x x"),
    "interest_conflicts.declare_conflict-own": Twice("="),
    "interest_conflicts.withdraw_conflict-own": Twice("="),
    "documents.store_document-own-letter": Twice("+", why="the same letter may belong to two things; a form of the page keeps a file once"),
    "discharge.record_discharge-own": Twice("="),
    "evaluations.record_evaluation-own": Twice("x ="),
    "evaluations.decide-own": Twice("x x"),
    # Days
    "obligation_changes.extend-own": Twice("x x"),
    "obligation_changes.waive-own": Twice("x x"),
    "anchors.confirm_anchor-foreign": Twice("="),
    "document_dates.enter_document_date-own": Twice("x"),
    "document_dates.withdraw_document_date-own": Twice("x"),
    "project_changes.extend_project-own": Twice("x x"),
    "project_changes.correct_end-own": Twice("x x"),
    "conditions.set_aside-foreign": Twice("x x"),
    # Approvals, outcomes
    "approvals.add_approval-own": Twice("x"),
    "approvals.record_proof-own": Twice("x ="),
    "approvals.record_approval-own": Twice("x ="),
    "approval_reviews.accept_approval-own": Twice("x x"),
    "approval_reviews.return_approval-own": Twice("x x"),
    "approval_reviews.grant_exception-foreign": Twice("x x"),
    "outcomes.record_outcome-own": Twice("x"),
    "outcomes.edit_outcome-own": Twice("x ="),
    "outcomes.withdraw_outcome-own": Twice("x x"),
    "outcomes.check_outcome-own": Twice("x ="),
    "outcomes.withdraw_nil-own": Twice("x"),
    "checkpoints.plan_checkpoints-own": Twice("x", _checkpoint),
    # Data calls, meetings, action items
    "data_calls.issue_call-own": Twice("x"),
    "data_call_changes.move_call-own": Twice("x x"),
    "data_call_changes.end_call-own": Twice("x x"),
    "data_call_changes.add_projects-own": Twice("x"),
    "data_call_changes.nudge-own": Twice("="),
    "meetings.plan_meeting-own": Twice("x"),
    "meetings.edit_meeting-own": Twice("x ="),
    "meetings.reschedule_meeting-own": Twice("x x"),
    "meetings.cancel_meeting-own": Twice("x x"),
    "meetings.mark_held-own": Twice("x x"),
    "meetings.record_minutes-own": Twice("x ="),
    "meeting_conclusions.conclude-own": Twice("x x"),
    "action_life.say_done-own": Twice("x x"),
    "action_life.close_item-own": Twice("x x"),
    "action_life.send_back-own": Twice("x x"),
    "action_life.drop_item-own": Twice("x x"),
    "action_life.move_due-own": Twice("x x"),
    "action_life.give_item-own": Twice("x =", lambda w, p: {"owner_id": w.cast.person("pi").id}),
    # People
    "delegations.grant_delegation-own": Twice("="),
    "delegations.revoke_delegation-own": Twice("x"),
    "memberships.add_assistant-own": Twice("x"),
    "memberships.take_off-own": Twice("x"),
    "memberships.add_membership-installation": Twice("="),
    "memberships.end_membership-installation": Twice("x"),
    "hand_overs.hand_over-own": Twice("x"),
    "hand_overs.hand_over-installation-action-item-moves": Twice("x"),
    "hand_overs.hand_over-installation-with-roles": Twice("x"),
    "project_officer.assign_officer-own": Twice("x =", _nobody_in_charge),
    "people.add_person-installation": Twice("x"),
    "people.new_temporary_password-installation": Twice("+", why="whoever lost the one shown makes another; the newest is the one that holds and is shown"),
    "people.set_password-installation": Twice("+", why="a password is never compared with the one before"),
    "people.set_active-installation": Twice("x ="),
    "people.grant_role-installation": Twice("x"),
    "people.revoke_role-installation": Twice("x"),
    "people.change_address-installation": Twice("x x"),
    "absences.record_absence-installation": Twice("x"),
    "absences.cancel_absence-installation": Twice("x"),
    "accounts.set_language-installation": Twice("="),
    "sessions.sign_out-installation": Twice("="),
    "sessions.end_other_sessions-installation": Twice("=", _another_session),
    "projects.enter_project-installation": Twice("x"),
    "project_import.import_projects-installation": Twice("x"),
}  # fmt: skip

#: Services that the world has nothing for, and the test that does them twice.
ELSEWHERE: dict[str, str] = {
    "accounts.set_own_password": "the present password is another one after the first time",
    "alert_acts.delegate_alert": "test_asking_the_same_colleague_again_writes_and_tells_nothing",
    "alert_acts.snooze": "test_putting_off_to_the_same_day_again_writes_nothing",
    "alert_templates.take_back_template": "test_what_was_taken_back_is_not_taken_back_again",
    "calendar_feeds.revoke_feed": "test_a_calendar_that_was_revoked_is_not_revoked_again",
    "closures.withdraw_closures": "test_a_closure_is_entered_once_and_withdrawn_once",
    "delivery_acts.send_again": "test_a_copy_that_waits_or_has_just_gone_is_not_made_again",
    "obligation_changes.reinstate": "test_what_was_skipped_is_not_skipped_nor_reinstated_twice",
    "obligation_changes.skip": "test_what_was_skipped_is_not_skipped_nor_reinstated_twice",
    "outcomes.declare_nil": "test_a_year_without_outcomes_is_declared_once",
    "project_changes.close_project": "closed already: test_project_changes",
    "report_corrections.abandon_correction": "test_a_correction_is_opened_once_and_abandoned_once",
    "report_corrections.open_correction": "test_a_correction_is_opened_once_and_abandoned_once",
    "signal_courses.take_back_course": "test_what_was_taken_back_is_not_taken_back_again",
    "working_days.withdraw_table": "test_a_table_is_withdrawn_once",
}
