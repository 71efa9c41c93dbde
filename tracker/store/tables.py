"""Every table of the system of record, in the words of the architecture. One schema for SQLite and PostgreSQL.

Conventions: civil dates end in `_on`, instants in `_at`; money is whole New Taiwan dollars; quantities are decimals kept as text;
`version` is raised by one at every edit and checked by the writer; `*_json` holds JSON text.
"""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, MetaData, Table, Text, UniqueConstraint, text

from tracker.store.types import BigId, CivilDate, DecimalText, Instant, JsonText, make_strict

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column:
    return Column("id", BigId, primary_key=True, autoincrement=True)


def _ref(name: str, target: str, *, nullable: bool = False, index: bool = False) -> Column:
    return Column(name, BigId, ForeignKey(target), nullable=nullable, index=index)


def _one_of(column: str, *values: str) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


def _version() -> Column:
    return Column("version", Integer, nullable=False, server_default="1")


# --- Installation -------------------------------------------------------------------------------------------------------

setting = Table("setting", metadata, Column("key", Text, primary_key=True), Column("value_json", JsonText, nullable=False))

# --- People and what they may do ------------------------------------------------------------------------------------------

person = Table(
    "person",
    metadata,
    _id(),
    Column("email", Text, nullable=False, unique=True),  # lower case, NFC
    Column("name", Text, nullable=False),
    Column("language", Text, nullable=False, server_default="zh_TW"),
    Column("password_hash", Text),  # argon2; null: cannot sign in yet
    Column("active", Boolean(create_constraint=False), nullable=False),
    Column("created_at", Instant, nullable=False),
    _version(),
    _one_of("language", "zh_TW", "en"),
)

# Staff roles. administrator and auditor stand for the whole installation (programme_id null); officer, chief and reviewer for one
# programme. A reviewer of a programme may be given work in it; what she sees is only what a review task gives her.
role_grant = Table(
    "role_grant",
    metadata,
    _id(),
    _ref("person_id", "person.id", index=True),
    Column("role", Text, nullable=False),
    _ref("programme_id", "programme.id", nullable=True, index=True),
    Column("granted_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    _one_of("role", "administrator", "auditor", "officer", "chief", "reviewer"),
)

# A person on a project, and on whose side of a two-party project she stands.
membership = Table(
    "membership",
    metadata,
    _id(),
    _ref("project_id", "project.id", index=True),
    _ref("person_id", "person.id", index=True),
    Column("role", Text, nullable=False),
    Column("party", Text, nullable=False),
    Column("from_on", CivilDate, nullable=False),
    Column("until_on", CivilDate),  # last day of the membership, null: open
    _one_of("role", "pi", "co_pi", "assistant"),
    _one_of("party", "academic", "company"),
)

# What a principal investigator lets a colleague do, by area and until a day; the newest one in force replaces the colleague's usual right.
delegation = Table(
    "delegation",
    metadata,
    _id(),
    _ref("project_id", "project.id", index=True),
    _ref("grantor_id", "person.id"),
    _ref("grantee_id", "person.id", index=True),
    Column("area", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("from_on", CivilDate, nullable=False),
    Column("until_on", CivilDate),  # last day, null: until revoked
    Column("granted_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    _ref("revoked_by", "person.id", nullable=True),
    _one_of("area", "reports", "approvals", "outcomes"),
    _one_of("level", "view", "edit", "submit"),
)

# Days on which somebody of the office or of a panel is away, and who stands in.
absence = Table(
    "absence",
    metadata,
    _id(),
    _ref("person_id", "person.id", index=True),
    Column("from_on", CivilDate, nullable=False),
    Column("until_on", CivilDate, nullable=False),  # last day away
    _ref("cover_id", "person.id", nullable=True, index=True),
    _ref("recorded_by", "person.id"),
    Column("recorded_at", Instant, nullable=False),
    Column("cancelled_at", Instant),
    CheckConstraint("until_on >= from_on", name="days_in_order"),
)

# One step by which everything somebody had went to somebody else.
hand_over = Table(
    "hand_over",
    metadata,
    _id(),
    _ref("from_person_id", "person.id", index=True),
    _ref("to_person_id", "person.id"),
    _ref("project_id", "project.id", nullable=True, index=True),  # null: a whole desk
    Column("reason", Text, nullable=False, server_default=""),
    Column("moved_json", JsonText, nullable=False),  # {what: [ids]}
    _ref("done_by", "person.id", nullable=True),
    Column("done_at", Instant, nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("token_hash", Text, primary_key=True),  # SHA-256 of the cookie's token
    Column("sid", Text, nullable=False, unique=True),  # public handle given to st.user; opens nothing by itself
    _ref("person_id", "person.id", index=True),
    Column("created_at", Instant, nullable=False),
    Column("last_seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Column("revoked_why", Text),
    Column("user_agent", Text, nullable=False, server_default=""),
)

sign_in_attempt = Table(
    "sign_in_attempt",
    metadata,
    _id(),
    Column("account", Text, nullable=False),  # SHA-256 of the address that was tried
    Column("origin", Text, nullable=False),  # SHA-256 of the network address
    Column("at", Instant, nullable=False),
    Column("succeeded", Boolean(create_constraint=False), nullable=False),
    Index("ix_sign_in_attempt_account_at", "account", "at"),
    Index("ix_sign_in_attempt_origin_at", "origin", "at"),
)

# --- Programmes and projects ----------------------------------------------------------------------------------------------

programme = Table(
    "programme",
    metadata,
    _id(),
    Column("code", Text, nullable=False, unique=True),
    Column("title_zh", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("authority_zh", Text, nullable=False),
    Column("authority_en", Text, nullable=False),
    Column("ladder_json", JsonText),  # the alert ladder where the office changed it; null: the pack's own
    _version(),
)

# The text a project was signed under, kept whole: a later edit of the file changes no signed project.
programme_version = Table(
    "programme_version",
    metadata,
    _id(),
    _ref("programme_id", "programme.id"),
    Column("label", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("resolved_text", Text, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    UniqueConstraint("programme_id", "sha256"),
)

project = Table(
    "project",
    metadata,
    _id(),
    Column("code", Text, nullable=False, unique=True),
    _ref("programme_id", "programme.id", index=True),
    _ref("programme_version_id", "programme_version.id"),
    Column("title_zh", Text, nullable=False),
    Column("title_en", Text, nullable=False, server_default=""),
    Column("organisation", Text, nullable=False),
    Column("county", Text),  # county of the receiving office, for its closures
    Column("start_on", CivilDate, nullable=False),
    Column("end_on", CivilDate, nullable=False),  # in force, extensions included
    Column("original_end_on", CivilDate, nullable=False),
    Column("status", Text, nullable=False, server_default="active"),
    _ref("officer_id", "person.id", nullable=True, index=True),
    Column("entered_on", CivilDate, nullable=False),  # stages that passed before this day are never mailed
    _version(),
    _one_of("status", "active", "closed", "terminated"),
)

# applied_on, signed_on, notified_on: days that rules count from.
project_fact = Table(
    "project_fact",
    metadata,
    _id(),
    _ref("project_id", "project.id", index=True),
    Column("name", Text, nullable=False),
    Column("value_on", CivilDate, nullable=False),
    Column("confirmed", Boolean(create_constraint=False), nullable=False),  # an officer confirmed it with a letter
    Column("letter_number", Text),
    _ref("document_id", "document.id", nullable=True),
    _ref("recorded_by", "person.id", nullable=True),
    Column("recorded_at", Instant, nullable=False),
    Column("superseded_at", Instant),
    _one_of("name", "applied_on", "signed_on", "notified_on"),
)

project_year = Table(
    "project_year",
    metadata,
    _id(),
    _ref("project_id", "project.id"),
    Column("number", Integer, nullable=False),
    Column("start_on", CivilDate, nullable=False),
    Column("end_on", CivilDate, nullable=False),
    Column("approved_amount", BigId),  # NT$; null: not yet approved
    UniqueConstraint("project_id", "number"),
)

document = Table(
    "document",
    metadata,
    _id(),
    _ref("project_id", "project.id", nullable=True, index=True),
    _ref("programme_id", "programme.id", nullable=True, index=True),
    Column("sha256", Text, nullable=False),
    Column("filename", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("purpose", Text, nullable=False),
    _ref("uploaded_by", "person.id", nullable=True),
    Column("uploaded_at", Instant, nullable=False),
)

#: The condition of the index of that name; a query uses the index only when it says exactly this.
UNDISCHARGED = "discharged_by = 'external' AND discharged_on IS NULL"

# --- Obligations -----------------------------------------------------------------------------------------------------------

obligation = Table(
    "obligation",
    metadata,
    _id(),
    Column("key", Text, nullable=False, unique=True),  # "<project code>/<rule>/<period>", the id that scripts see
    _ref("project_id", "project.id"),
    _ref("programme_id", "programme.id"),
    _ref("parent_id", "obligation.id", nullable=True),  # a reply belongs to the report it answers for
    Column("rule", Text, nullable=False),
    Column("rule_version", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("duty", Boolean(create_constraint=False), nullable=False),
    Column("period_label", Text, nullable=False),
    Column("period_start_on", CivilDate),
    Column("period_end_on", CivilDate),
    Column("project_year", Integer),
    Column("date_status", Text, nullable=False),
    Column("nominal_on", CivilDate),
    Column("due_on", CivilDate),
    Column("file_by_on", CivilDate),
    Column("file_by_time", Text),
    Column("confidence", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("clause", Text, nullable=False),
    Column("title_zh", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("because_json", JsonText, nullable=False),  # [{"zh": …, "en": …}]
    Column("calendar_version", Text),
    Column("provisional", Boolean(create_constraint=False), nullable=False),
    Column("discharged_by", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("first_submitted_on", CivilDate),  # lateness is judged on this day (Taipei), whatever a return does later
    Column("first_submitted_at", Instant),
    Column("accepted_at", Instant),
    Column("discharged_on", CivilDate),  # the funder's own receipt, where handing in here does not discharge
    Column("next_look_on", CivilDate),  # first day on which a further alert stage may be owed; null: none
    Column("waits_since_at", Instant),  # since when it waits for the office
    Column("letter_number", Text),  # of the official date, where one was entered
    Column("origin", Text, nullable=False, server_default="rule"),  # who made it: only rows of a rule are planned and re-planned
    Column("opens_on", CivilDate),  # first day on which it can be handed in; null: always
    Column("grace_until_on", CivilDate),  # last day of a grace that the programme states; never moves due_on
    Column("office_due_on", CivilDate),  # by when the office has promised to answer what waits for it
    _version(),
    _one_of("origin", "rule", "reply", "approval", "call", "meeting", "action"),
    _one_of("date_status", "dated", "on_notice", "not_stated"),
    _one_of("confidence", "stated", "derived", "assumed", "contract", "official"),
    _one_of("basis", "call", "setting", "contract", "official"),
    _one_of("discharged_by", "milepost", "external"),
    _one_of("status", "open", "submitted", "returned", "accepted", "waived", "closed"),
    Index("ix_obligation_project_id_file_by_on", "project_id", "status", "file_by_on"),
    Index("ix_obligation_due", "status", "due_on", "programme_id", "duty", "kind", "confidence", "waits_since_at", "discharged_on"),
    Index("ix_obligation_look", "next_look_on", "status"),
    Index("ix_obligation_programme_id_status", "programme_id", "status", "kind", "duty", "due_on"),
    Index("ix_obligation_parent_id", "parent_id"),
    # Handed in here, not yet at the funder: few among very many, so the index holds only what is still to be discharged.
    Index(
        "ix_obligation_undischarged",
        "status",
        "due_on",
        "programme_id",
        "duty",
        "kind",
        "confidence",
        sqlite_where=text(UNDISCHARGED),
        postgresql_where=text(UNDISCHARGED),
    ),
)

# A date from a document: dates a quarter, fills a contract schedule, or overrides a computed date. The newest not withdrawn is in force.
document_date = Table(
    "document_date",
    metadata,
    _id(),
    _ref("programme_id", "programme.id"),
    _ref("project_id", "project.id", nullable=True, index=True),  # null: for every project of the programme
    Column("kind", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("period_label", Text, nullable=False),
    Column("given_on", CivilDate),  # the date itself, or …
    Column("direction", Text),  # … a rule: after | before
    Column("anchor", Text),  # named anchor (project_end, period_end, signed_on …)
    Column("months", Integer),
    Column("days", Integer),
    Column("title_zh", Text, nullable=False, server_default=""),
    Column("title_en", Text, nullable=False, server_default=""),
    Column("clause", Text, nullable=False, server_default=""),
    Column("letter_number", Text, nullable=False, server_default=""),
    Column("contract_page", Text, nullable=False, server_default=""),
    Column("basis", Text, nullable=False),
    _ref("document_id", "document.id", nullable=True),
    _ref("recorded_by", "person.id", nullable=True),
    Column("recorded_at", Instant, nullable=False),
    Column("withdrawn_at", Instant),
    Column("withdrawn_reason", Text, nullable=False, server_default=""),
    _one_of("basis", "official", "contract"),
    CheckConstraint("(given_on IS NOT NULL) <> (direction IS NOT NULL)", name="date_or_rule"),
)

# A later day, a waiver or a skip of one obligation: what stood before stays readable.
obligation_change = Table(
    "obligation_change",
    metadata,
    _id(),
    _ref("obligation_id", "obligation.id", index=True),
    _ref("project_id", "project.id", index=True),
    Column("kind", Text, nullable=False),
    Column("old_due_on", CivilDate),
    Column("new_due_on", CivilDate),
    Column("reason", Text, nullable=False),
    Column("letter_number", Text, nullable=False, server_default=""),
    _ref("document_id", "document.id", nullable=True),
    Column("owed_days", Integer),  # days by which the office's own delay is made good, where that is the reason
    _ref("decided_by", "person.id"),
    Column("decided_at", Instant, nullable=False),
    _one_of("kind", "extend", "waive", "skip", "reinstate"),
)

# The funder's own receipt for what was handed in on its site.
discharge_receipt = Table(
    "discharge_receipt",
    metadata,
    _id(),
    _ref("obligation_id", "obligation.id", index=True),
    Column("received_on", CivilDate, nullable=False),
    Column("receipt_number", Text, nullable=False),
    _ref("document_id", "document.id"),
    _ref("recorded_by", "person.id", nullable=True),
    Column("recorded_at", Instant, nullable=False),
)

# --- Reports and their review ------------------------------------------------------------------------------------------------

# A form as it stood when somebody wrote on it. The same content is one row, whatever it is called.
report_form = Table(
    "report_form",
    metadata,
    _id(),
    _ref("programme_id", "programme.id", nullable=True, index=True),
    Column("code", Text, nullable=False),
    Column("label", Text, nullable=False),  # the version's name as people read it
    Column("sha256", Text, nullable=False, unique=True),
    Column("definition_json", JsonText, nullable=False),
    Column("recorded_at", Instant, nullable=False),
)

report = Table(
    "report",
    metadata,
    _id(),
    Column("obligation_id", BigId, ForeignKey("obligation.id"), nullable=False, unique=True),
    _ref("project_id", "project.id", index=True),
    _ref("form_id", "report_form.id"),
    Column("status", Text, nullable=False),
    Column("reopened_json", JsonText),  # section ids the officer reopened; null: all are open
    Column("accepted_version", Integer),  # the version in force; a correction replaces it only when it is accepted in its turn
    Column("correction_reason", Text, nullable=False, server_default=""),  # why an accepted report is being corrected
    Column("created_at", Instant, nullable=False),
    _version(),
    _one_of("status", "draft", "submitted", "returned", "accepted", "correcting"),
)

# One row a field, so that two people writing different fields never collide.
report_draft_field = Table(
    "report_draft_field",
    metadata,
    Column("report_id", BigId, ForeignKey("report.id"), primary_key=True),
    Column("field", Text, primary_key=True),
    Column("value_json", JsonText, nullable=False),
    Column("rev", Integer, nullable=False),
    _ref("author_id", "person.id"),
    Column("saved_at", Instant, nullable=False),
)

# What an overtaken save would have lost: kept until the report is accepted.
report_draft_lost = Table(
    "report_draft_lost",
    metadata,
    _id(),
    _ref("report_id", "report.id", index=True),
    Column("field", Text, nullable=False),
    Column("value_json", JsonText, nullable=False),
    _ref("author_id", "person.id"),
    Column("saved_at", Instant, nullable=False),
)

# Who has a report open, and where in it: worth nothing a minute later.
report_presence = Table(
    "report_presence",
    metadata,
    Column("report_id", BigId, ForeignKey("report.id"), primary_key=True),
    Column("person_id", BigId, ForeignKey("person.id"), primary_key=True),
    Column("section", Text, nullable=False),
    Column("seen_at", Instant, nullable=False),
)

# Submitted versions never change (a trigger refuses it).
report_version = Table(
    "report_version",
    metadata,
    _id(),
    _ref("report_id", "report.id"),
    Column("number", Integer, nullable=False),
    Column("form_version", Text, nullable=False),
    Column("content_json", JsonText, nullable=False),
    Column("content_sha256", Text, nullable=False),
    Column("receipt_number", Text, nullable=False, unique=True),
    _ref("submitted_by", "person.id"),
    Column("submitted_at", Instant, nullable=False),
    Column("late_reason", Text, nullable=False, server_default=""),
    Column("kind", Text, nullable=False, server_default="first"),
    Column("reason", Text, nullable=False, server_default=""),  # of a correction
    _ref("on_behalf_of", "person.id", nullable=True),  # the principal investigator, where somebody she let do it handed in
    UniqueConstraint("report_id", "number"),
    _one_of("kind", "first", "again", "answer", "correction"),
)

# Taken back by its writer before anybody read it; the version itself stays.
report_withdrawal = Table(
    "report_withdrawal",
    metadata,
    _id(),
    Column("report_version_id", BigId, ForeignKey("report_version.id"), nullable=False, unique=True),
    Column("reason", Text, nullable=False, server_default=""),
    _ref("withdrawn_by", "person.id"),
    Column("withdrawn_at", Instant, nullable=False),
)

# The way of one submitted version through the office, by the steps that were in force when it came in.
review_round = Table(
    "review_round",
    metadata,
    _id(),
    Column("report_version_id", BigId, ForeignKey("report_version.id"), nullable=False, unique=True),
    _ref("report_id", "report.id", index=True),
    _ref("project_id", "project.id", index=True),
    _ref("programme_id", "programme.id", index=True),
    Column("flow_json", JsonText, nullable=False),
    Column("stage", Integer, nullable=False),  # the stage that is being worked on, from 1
    Column("state", Text, nullable=False),
    Column("office_due_on", CivilDate),  # by when the office has promised to answer; null: it promised nothing
    Column("opened_at", Instant, nullable=False),
    Column("first_read_at", Instant),  # from here on the writer cannot take it back
    _ref("first_read_by", "person.id", nullable=True),
    Column("closed_at", Instant),
    _version(),
    _one_of("state", "open", "accepted", "returned", "withdrawn"),
)

review_task = Table(
    "review_task",
    metadata,
    _id(),
    _ref("review_round_id", "review_round.id", index=True),
    _ref("report_id", "report.id", index=True),
    _ref("project_id", "project.id"),
    _ref("programme_id", "programme.id"),
    Column("stage", Integer, nullable=False),
    Column("step", Text, nullable=False),
    Column("role", Text, nullable=False),
    _ref("assignee_id", "person.id", nullable=True),  # null: whoever has the role in the programme
    Column("state", Text, nullable=False),
    Column("due_on", CivilDate),
    Column("opened_at", Instant),
    Column("done_at", Instant),
    _ref("done_by", "person.id", nullable=True),
    _ref("on_behalf_of", "person.id", nullable=True),  # who was away
    Column("recommendation", Text),
    Column("scores_json", JsonText),
    Column("remark", Text, nullable=False, server_default=""),
    Column("ended_why", Text, nullable=False, server_default=""),  # of an exclusion, a replacement or a skip
    _version(),
    _one_of("role", "officer", "chief", "reviewer"),
    _one_of("state", "waiting", "open", "done", "excluded", "replaced", "skipped"),
    _one_of("recommendation", "accept", "return"),
    Index("ix_review_task_assignee_id", "assignee_id", "state"),
    Index("ix_review_task_programme_id", "programme_id", "state", "role"),
    Index("ix_review_task_project_id", "project_id"),
)

# A remark on one field (or on a section where `field` is ""); the writer sees it once it is sent with a return.
review_comment = Table(
    "review_comment",
    metadata,
    _id(),
    _ref("report_id", "report.id", index=True),
    _ref("report_version_id", "report_version.id", index=True),
    _ref("review_task_id", "review_task.id", nullable=True),
    Column("section", Text, nullable=False),
    Column("field", Text, nullable=False, server_default=""),
    Column("body", Text, nullable=False),
    _ref("author_id", "person.id"),
    Column("state", Text, nullable=False),
    Column("written_at", Instant, nullable=False),
    Column("sent_at", Instant),
    _version(),
    _one_of("state", "draft", "kept", "sent", "withdrawn"),
)

# Who may not judge whom.
interest_conflict = Table(
    "interest_conflict",
    metadata,
    _id(),
    _ref("person_id", "person.id", index=True),
    _ref("project_id", "project.id", index=True),
    Column("reason", Text, nullable=False),
    _ref("declared_by", "person.id"),
    Column("declared_at", Instant, nullable=False),
    Column("withdrawn_at", Instant),
)

review = Table(
    "review",
    metadata,
    _id(),
    _ref("report_version_id", "report_version.id", index=True),
    _ref("review_round_id", "review_round.id", nullable=True),
    Column("outcome", Text, nullable=False),
    Column("comments_json", JsonText, nullable=False),  # {section id: comment}
    Column("reopened_json", JsonText, nullable=False),  # [section id]
    Column("reply_by_on", CivilDate),
    _ref("reviewer_id", "person.id"),
    Column("reviewed_at", Instant, nullable=False),
    _one_of("outcome", "accept", "return", "reset"),
)

checkpoint = Table(
    "checkpoint",
    metadata,
    _id(),
    _ref("project_id", "project.id"),
    Column("code", Text, nullable=False),
    Column("project_year", Integer),
    Column("title_zh", Text, nullable=False),
    Column("title_en", Text, nullable=False, server_default=""),
    Column("target", DecimalText, nullable=False),
    Column("unit", Text, nullable=False),
    Column("weight", DecimalText, nullable=False),
    Column("planned_on", CivilDate, nullable=False),
    Column("success_test", Text, nullable=False, server_default=""),
    Column("evidence_wanted", Text, nullable=False, server_default=""),
    _version(),
    UniqueConstraint("project_id", "code"),
)

# What the PI claims in one submitted version.
checkpoint_claim = Table(
    "checkpoint_claim",
    metadata,
    _id(),
    _ref("report_version_id", "report_version.id", index=True),
    _ref("checkpoint_id", "checkpoint.id", index=True),
    Column("actual", DecimalText, nullable=False),
    _ref("evidence_document_id", "document.id", nullable=True),
    Column("note", Text, nullable=False, server_default=""),
    UniqueConstraint("report_version_id", "checkpoint_id"),
)

# What the officer says of it; the newest counts.
checkpoint_verdict = Table(
    "checkpoint_verdict",
    metadata,
    _id(),
    _ref("checkpoint_id", "checkpoint.id", index=True),
    Column("verdict", Text, nullable=False),
    Column("actual", DecimalText, nullable=False),
    Column("remark", Text, nullable=False, server_default=""),
    _ref("officer_id", "person.id"),
    Column("given_at", Instant, nullable=False),
    _one_of("verdict", "met", "partly_met", "not_met"),
)

indicator = Table(
    "indicator",
    metadata,
    _id(),
    _ref("project_id", "project.id", index=True),
    Column("code", Text, nullable=False),
    Column("title_zh", Text, nullable=False),
    Column("title_en", Text, nullable=False, server_default=""),
    Column("unit", Text, nullable=False),
    Column("baseline", DecimalText, nullable=False),
    Column("target", DecimalText, nullable=False),
    Column("counting", Text, nullable=False),
    Column("good", Text, nullable=False),
    _version(),
    _one_of("counting", "cumulative", "incremental"),
    _one_of("good", "up", "down"),
    UniqueConstraint("project_id", "code"),
)

measurement = Table(
    "measurement",
    metadata,
    _id(),
    _ref("report_version_id", "report_version.id", index=True),
    _ref("indicator_id", "indicator.id", index=True),
    Column("actual", DecimalText, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    UniqueConstraint("report_version_id", "indicator_id"),
)

# --- Evaluation and decision -----------------------------------------------------------------------------------------------

evaluation = Table(
    "evaluation",
    metadata,
    _id(),
    _ref("project_id", "project.id", index=True),
    Column("project_year", Integer, nullable=False),
    Column("held_on", CivilDate, nullable=False),
    Column("scores_json", JsonText, nullable=False),  # [{"criterion": …, "score": …, "out_of": …, "weight": …}]
    Column("remarks", Text, nullable=False),
    _ref("recorded_by", "person.id"),
    Column("recorded_at", Instant, nullable=False),
    _version(),
    UniqueConstraint("project_id", "project_year"),
)

decision = Table(
    "decision",
    metadata,
    _id(),
    Column("evaluation_id", BigId, ForeignKey("evaluation.id"), nullable=False, unique=True),
    _ref("project_id", "project.id", index=True),
    Column("course", Text, nullable=False),
    Column("decided_on", CivilDate, nullable=False),
    Column("letter_number", Text, nullable=False),
    Column("clause", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("consequences_json", JsonText, nullable=False),  # [{"zh": …, "en": …}] as shown before it was confirmed
    _ref("document_id", "document.id", nullable=True),
    _ref("recorded_by", "person.id"),
    Column("recorded_at", Instant, nullable=False),
    _one_of("course", "continue", "terminate"),
)

decision_effect = Table(
    "decision_effect",
    metadata,
    _id(),
    _ref("decision_id", "decision.id", index=True),
    Column("kind", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("amount", BigId),  # NT$ cut; only for a cut
    Column("project_year", Integer),
    _one_of("kind", "change_content", "change_members", "merge_teams", "cut"),
)

# --- Calls, meetings, action items, outcomes ---------------------------------------------------------------------------------

# One notice that asks one project, a selection or a whole programme for something, with a form of its own.
data_call = Table(
    "data_call",
    metadata,
    _id(),
    _ref("programme_id", "programme.id", index=True),
    _ref("form_id", "report_form.id"),
    Column("label", Text, nullable=False),  # short name in the obligations' keys, one a programme
    Column("title_zh", Text, nullable=False),
    Column("title_en", Text, nullable=False, server_default=""),
    Column("letter_number", Text, nullable=False),
    _ref("document_id", "document.id", nullable=True),
    Column("due_on", CivilDate, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    Column("selection_json", JsonText, nullable=False),  # how its projects were chosen
    _ref("issued_by", "person.id"),
    Column("issued_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("closed_how", Text),
    Column("closed_why", Text, nullable=False, server_default=""),
    _ref("closed_by", "person.id", nullable=True),
    Column("history_json", JsonText, nullable=False, server_default="[]"),  # [{"on", "old", "new", "letter", "why"}] of the due day
    _version(),
    UniqueConstraint("programme_id", "label"),
    _one_of("closed_how", "closed", "cancelled"),
)

data_call_project = Table(
    "data_call_project",
    metadata,
    Column("data_call_id", BigId, ForeignKey("data_call.id"), primary_key=True),
    Column("project_id", BigId, ForeignKey("project.id"), primary_key=True),
    Column("obligation_id", BigId, ForeignKey("obligation.id"), nullable=False, unique=True),
    Index("ix_data_call_project_project_id", "project_id"),
)

# A call that is being put together: one a person and programme, gone when it is issued.
data_call_draft = Table(
    "data_call_draft",
    metadata,
    Column("person_id", BigId, ForeignKey("person.id"), primary_key=True),
    Column("programme_id", BigId, ForeignKey("programme.id"), primary_key=True),
    Column("entry_json", JsonText, nullable=False),
    Column("saved_at", Instant, nullable=False),
    _version(),
    Index("ix_data_call_draft_programme_id", "programme_id"),
)

meeting = Table(
    "meeting",
    metadata,
    _id(),
    _ref("programme_id", "programme.id", index=True),
    Column("label", Text, nullable=False),  # short name in the obligations' keys, one a programme
    Column("kind", Text, nullable=False),
    Column("title_zh", Text, nullable=False),
    Column("title_en", Text, nullable=False, server_default=""),
    Column("held_on", CivilDate, nullable=False),
    Column("starts_at", Text),  # "14:00", Taipei
    Column("place", Text, nullable=False, server_default=""),
    Column("letter_number", Text, nullable=False, server_default=""),
    _ref("notice_document_id", "document.id", nullable=True),
    Column("preparation", Text, nullable=False, server_default=""),  # what each project owes for it; "": nothing
    Column("prepare_by_on", CivilDate),
    Column("minutes", Text, nullable=False, server_default=""),
    _ref("minutes_document_id", "document.id", nullable=True),
    Column("state", Text, nullable=False),
    Column("state_why", Text, nullable=False, server_default=""),
    Column("history_json", JsonText, nullable=False, server_default="[]"),  # [{"on", "what", "old", "new", "why"}], oldest first
    _ref("recorded_by", "person.id"),
    Column("recorded_at", Instant, nullable=False),
    _version(),
    UniqueConstraint("programme_id", "label"),
    _one_of("kind", "presentation", "data_upload", "inspection", "discussion", "other"),
    _one_of("state", "planned", "held", "cancelled"),
)

meeting_project = Table(
    "meeting_project",
    metadata,
    Column("meeting_id", BigId, ForeignKey("meeting.id"), primary_key=True),
    Column("project_id", BigId, ForeignKey("project.id"), primary_key=True),
    Column("obligation_id", BigId, ForeignKey("obligation.id"), unique=True),  # null: nothing is owed for it
    Index("ix_meeting_project_project_id", "project_id"),
)

# A conclusion that somebody has to act on: from a meeting, a condition of an acceptance, or by itself. It stays until it is closed.
action_item = Table(
    "action_item",
    metadata,
    _id(),
    _ref("project_id", "project.id", index=True),
    _ref("programme_id", "programme.id", index=True),
    _ref("meeting_id", "meeting.id", nullable=True, index=True),
    _ref("review_id", "review.id", nullable=True, index=True),  # the acceptance whose condition it is
    _ref("obligation_id", "obligation.id", nullable=True, index=True),  # where the project owes it; null: the office does
    Column("number", Integer, nullable=False),  # within the project, from 1
    Column("body", Text, nullable=False),
    Column("side", Text, nullable=False),
    _ref("owner_id", "person.id", nullable=True, index=True),
    Column("due_on", CivilDate, nullable=False),
    Column("state", Text, nullable=False),
    Column("done_note", Text, nullable=False, server_default=""),  # what the owner says was done
    _ref("done_document_id", "document.id", nullable=True),
    _ref("done_by", "person.id", nullable=True),
    Column("done_at", Instant),
    Column("closed_note", Text, nullable=False, server_default=""),
    _ref("closed_by", "person.id", nullable=True),
    Column("closed_at", Instant),
    Column("sort", Text, nullable=False, server_default="conclusion"),
    Column("history_json", JsonText, nullable=False, server_default="[]"),  # [{"on", "what", "old", "new", "why"}], oldest first
    _ref("recorded_by", "person.id"),
    Column("recorded_at", Instant, nullable=False),
    _version(),
    UniqueConstraint("project_id", "number"),
    _one_of("sort", "preparation", "conclusion", "condition"),
    _one_of("side", "project", "office"),
    _one_of("state", "open", "done", "closed", "dropped"),
)

# What a report said of an action item.
action_item_progress = Table(
    "action_item_progress",
    metadata,
    _id(),
    _ref("report_version_id", "report_version.id", index=True),
    _ref("action_item_id", "action_item.id", index=True),
    Column("claimed", Text, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    _one_of("claimed", "open", "done"),
    UniqueConstraint("report_version_id", "action_item_id"),
)

outcome = Table(
    "outcome",
    metadata,
    _id(),
    _ref("project_id", "project.id", index=True),
    _ref("programme_id", "programme.id", index=True),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("people", Text, nullable=False, server_default=""),  # authors or inventors, as printed
    Column("venue", Text, nullable=False, server_default=""),  # journal, office, partner
    Column("stage", Text, nullable=False),  # submitted, published, granted …: by kind
    Column("identifier_kind", Text, nullable=False, server_default=""),
    Column("identifier", Text, nullable=False, server_default=""),  # canonical DOI, patent or licence number
    Column("occurred_on", CivilDate),
    Column("acknowledges_funder", Text, nullable=False),
    Column("acknowledges_project", Text, nullable=False),
    Column("acknowledgement", Text, nullable=False, server_default=""),  # the words as printed
    _ref("document_id", "document.id", nullable=True),
    Column("note", Text, nullable=False, server_default=""),
    _ref("recorded_by", "person.id", nullable=True),
    Column("recorded_at", Instant, nullable=False),
    Column("checked", Text, nullable=False, server_default="unchecked"),
    Column("checked_note", Text, nullable=False, server_default=""),
    _ref("checked_by", "person.id", nullable=True),
    Column("checked_at", Instant),
    Column("withdrawn_at", Instant),
    Column("withdrawn_why", Text, nullable=False, server_default=""),
    _version(),
    _one_of("kind", "paper", "patent", "licence", "product", "field_trial", "other"),
    _one_of("acknowledges_funder", "yes", "no", "not_applicable"),
    _one_of("acknowledges_project", "yes", "no", "not_applicable"),
    _one_of("checked", "unchecked", "found_good", "found_wanting"),
)

# "Nothing to report" for one year is an answer, not a silence.
outcome_nil_return = Table(
    "outcome_nil_return",
    metadata,
    _id(),
    _ref("project_id", "project.id", index=True),
    Column("year", Integer, nullable=False),  # civil year
    _ref("declared_by", "person.id"),
    Column("declared_at", Instant, nullable=False),
    Column("withdrawn_at", Instant),
)

# --- Approvals ---------------------------------------------------------------------------------------------------------------

approval = Table(
    "approval",
    metadata,
    _id(),
    _ref("project_id", "project.id", index=True),
    _ref("obligation_id", "obligation.id", nullable=True, index=True),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("board", Text, nullable=False, server_default=""),
    _ref("proof_document_id", "document.id", nullable=True),
    Column("proof_submitted_on", CivilDate),
    _ref("approval_document_id", "document.id", nullable=True),
    Column("approval_number", Text, nullable=False, server_default=""),
    Column("approved_on", CivilDate),
    Column("expires_on", CivilDate),
    Column("exception_reason", Text, nullable=False, server_default=""),
    Column("exception_letter", Text, nullable=False, server_default=""),
    _version(),
    _one_of("kind", "irb", "iacuc", "biosafety", "field_trial", "bsl2"),
    Index("ix_approval_expires_on", "expires_on"),
)

# --- Alerts ------------------------------------------------------------------------------------------------------------------

# A policy as it stood when an alert was raised by it: the same content is one row.
alert_policy = Table(
    "alert_policy",
    metadata,
    _id(),
    Column("sha256", Text, nullable=False, unique=True),
    Column("policy_json", JsonText, nullable=False),
    Column("recorded_at", Instant, nullable=False),
)

alert = Table(
    "alert",
    metadata,
    _id(),
    _ref("obligation_id", "obligation.id"),
    Column("due_on", CivilDate, nullable=False),
    Column("stage", Text, nullable=False),
    Column("stage_on", CivilDate, nullable=False),  # the day the stage fell on
    Column("state", Text, nullable=False),
    Column("recipients_json", JsonText, nullable=False),  # [{"person_id", "email", "role"}] as it stood when raised
    _ref("policy_id", "alert_policy.id", nullable=True),  # the policy by which it was raised; null: raised before policies were kept
    Column("raised_at", Instant, nullable=False),  # when it was recorded, in any state
    Column("unheard_at", Instant),  # a reader was gone when her mail was to go: from then on a look sees whether anybody heard of it
    UniqueConstraint("obligation_id", "due_on", "stage"),
    _one_of("state", "raised", "superseded", "cancelled"),
    Index("ix_alert_raised_at", "raised_at"),
    Index("ix_alert_unheard", "unheard_at", sqlite_where=text("unheard_at IS NOT NULL"), postgresql_where=text("unheard_at IS NOT NULL")),
)

outbox = Table(
    "outbox",
    metadata,
    _id(),
    Column("dedup_key", Text, nullable=False, unique=True),
    _ref("alert_id", "alert.id", nullable=True, index=True),
    _ref("notice_id", "notice.id", nullable=True, index=True),
    _ref("person_id", "person.id", nullable=True, index=True),
    _ref("contact_id", "institution_contact.id", nullable=True, index=True),  # told at an institution, without an account
    _ref("chat_channel_id", "chat_channel.id", nullable=True, index=True),
    Column("sort", Text, nullable=False, server_default="one"),  # one thing, the digest of a day, a copy sent again by hand, a trial
    Column("digest_on", CivilDate),  # the recipient's local day; what it tells points here (inbox_item, notice: outbox_id)
    _ref("resent_of_id", "outbox.id", nullable=True),
    Column("waits_for", Text, nullable=False, server_default=""),  # why it goes out no earlier: quiet hours, a silence, the brake
    _ref("silence_id", "silence.id", nullable=True, index=True),
    _ref("mass_hold_id", "mass_hold.id", nullable=True, index=True),
    _ref("cancelled_by", "person.id", nullable=True),
    Column("cancel_reason", Text, nullable=False, server_default=""),
    Column("channel", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("payload_json", JsonText, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("available_at", Instant, nullable=False),
    Column("lease_owner", Text),
    Column("lease_until_at", Instant),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("last_error", Text, nullable=False, server_default=""),
    Column("sent_at", Instant),
    Column("created_at", Instant, nullable=False),
    _one_of("channel", "mail", "chat"),
    _one_of("sort", "one", "digest", "again", "snoozed", "trial"),
    _one_of("waits_for", "", "quiet", "day_off", "silence"),
    _one_of("status", "pending", "held", "sending", "sent", "failed", "cancelled"),
    Index("ix_outbox_due", "status", "available_at"),
    Index("ix_outbox_sent_at", "sent_at", sqlite_where=text("sent_at IS NOT NULL"), postgresql_where=text("sent_at IS NOT NULL")),
)

# The in-app inbox: written in the transaction that raises the alert, so it needs no delivery. What is told to a contact at an institution
# is a line here too, without a person: she has no inbox, but what of her mails fell away must be known as of any other.
inbox_item = Table(
    "inbox_item",
    metadata,
    _id(),
    _ref("person_id", "person.id", nullable=True),
    _ref("alert_id", "alert.id", index=True),
    Column("placed_at", Instant, nullable=False),
    Column("read_at", Instant),
    _ref("outbox_id", "outbox.id", nullable=True, index=True),  # the mail that tells of it: its own, or the digest of a day
    Column("acknowledged_at", Instant),
    Column("acknowledged_via", Text, nullable=False, server_default=""),
    Column("snoozed_until_on", CivilDate),
    Column("left_out", Text, nullable=False, server_default=""),  # why the mail did not tell of it, where it fell away before
    _ref("contact_id", "institution_contact.id", nullable=True),
    _one_of("acknowledged_via", "", "screen", "mail"),
    UniqueConstraint("person_id", "alert_id"),
    UniqueConstraint("contact_id", "alert_id"),
)

# Something that happened and that a person is told of once: a receipt, a withdrawal, another date. No ladder, no repetition.
notice = Table(
    "notice",
    metadata,
    _id(),
    _ref("person_id", "person.id", index=True),
    _ref("project_id", "project.id", nullable=True, index=True),  # none: about herself, as a hand-over
    _ref("programme_id", "programme.id", nullable=True),
    _ref("obligation_id", "obligation.id", nullable=True, index=True),
    _ref("report_version_id", "report_version.id", nullable=True),
    Column("kind", Text, nullable=False),
    Column("role", Text, nullable=False),  # in which role she is told
    Column("params_json", JsonText, nullable=False),  # what the words need beside the rows themselves
    Column("placed_at", Instant, nullable=False),
    Column("read_at", Instant),
    _ref("signal_id", "signal.id", nullable=True, index=True),
    Column("dedup_key", Text, unique=True),  # of what she is told only once, whether by a mail of its own or in a digest
)

# A notice that is told in the digest of a day and has no mail of its own.
digest_notice = Table(
    "digest_notice",
    metadata,
    Column("notice_id", BigId, ForeignKey("notice.id"), primary_key=True, autoincrement=False),
    _ref("outbox_id", "outbox.id", index=True),
    Column("left_out", Text, nullable=False, server_default=""),
)

# Somebody at an institution who is told when its projects stay silent; she has no account and gets no link that opens anything.
institution_contact = Table(
    "institution_contact",
    metadata,
    _id(),
    _ref("programme_id", "programme.id", nullable=True, index=True),  # none: for every programme
    Column("organisation", Text, nullable=False, index=True),  # as projects spell it
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("language", Text, nullable=False, server_default="zh_TW"),
    Column("active", Boolean(create_constraint=False), nullable=False, server_default=text("true")),
    _ref("entered_by", "person.id", nullable=True),
    Column("entered_at", Instant, nullable=False),
    _version(),
)

# How a person wants to be told; without a row the defaults of `tracker.domain.quiet` hold.
alert_choice = Table(
    "alert_choice",
    metadata,
    Column("person_id", BigId, ForeignKey("person.id"), primary_key=True, autoincrement=False),
    Column("digest", Boolean(create_constraint=False), nullable=False, server_default=text("true")),  # false: only in the inbox
    Column("digest_hour", Integer, nullable=False, server_default="8"),
    Column("quiet_from", Integer, nullable=False, server_default="20"),  # hours of the day in her zone
    Column("quiet_until", Integer, nullable=False, server_default="8"),
    Column("rest_on_days_off", Boolean(create_constraint=False), nullable=False, server_default=text("false")),
    Column("time_zone", Text, nullable=False, server_default="Asia/Taipei"),
    _version(),
)

# The office's own words for one sort of message; the newest that was not taken back is in force, a programme's before the general one.
alert_template = Table(
    "alert_template",
    metadata,
    _id(),
    _ref("programme_id", "programme.id", nullable=True, index=True),
    Column("sort", Text, nullable=False),
    Column("kind", Text, nullable=False, server_default=""),  # of obligation; empty: of every kind
    Column("subject_zh", Text, nullable=False),
    Column("subject_en", Text, nullable=False),
    Column("opening_zh", Text, nullable=False),
    Column("opening_en", Text, nullable=False),
    Column("chat_zh", Text, nullable=False, server_default=""),  # empty: the office's channels are told the built-in words
    Column("chat_en", Text, nullable=False, server_default=""),
    _ref("edited_by", "person.id", nullable=True),
    Column("edited_at", Instant, nullable=False),
    Column("taken_back_at", Instant),
    _ref("taken_back_by", "person.id", nullable=True),
    Index("ix_alert_template_sort", "sort", "kind", "taken_back_at"),
)

# What is wrong beyond a date: raised once for each step, settled when it no longer holds.
signal = Table(
    "signal",
    metadata,
    _id(),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),  # what it is about, as a key: "report:17"
    Column("since_on", CivilDate, nullable=False),  # a new series begins where this changes
    Column("stage", Text, nullable=False),
    _ref("project_id", "project.id", nullable=True, index=True),
    _ref("programme_id", "programme.id", nullable=True, index=True),
    _ref("obligation_id", "obligation.id", nullable=True, index=True),
    _ref("person_id", "person.id", nullable=True),
    Column("state", Text, nullable=False),
    Column("params_json", JsonText, nullable=False),
    Column("recipients_json", JsonText, nullable=False),
    Column("raised_at", Instant, nullable=False),
    Column("settled_at", Instant),
    UniqueConstraint("kind", "subject", "since_on", "stage"),
    _one_of("state", "raised", "superseded", "settled"),
    Index("ix_signal_state_kind", "state", "kind"),
)

# The course of a condition as an administrator set it; the shipped files hold where there is none. Nothing is overwritten.
signal_course = Table(
    "signal_course",
    metadata,
    _id(),
    Column("kind", Text, nullable=False),
    _ref("programme_id", "programme.id", nullable=True, index=True),  # none: in every programme without a course of its own
    Column("course_json", JsonText, nullable=False),
    Column("reason", Text, nullable=False),
    _ref("edited_by", "person.id", nullable=True),
    Column("edited_at", Instant, nullable=False),
    Column("taken_back_at", Instant),
    _ref("taken_back_by", "person.id", nullable=True),
    Column("back_reason", Text, nullable=False, server_default=""),
    Index("ix_signal_course_kind", "kind", "taken_back_at"),
)

# A silence holds mails back until its end; a pause is the silence of one project. What is null matches everything.
silence = Table(
    "silence",
    metadata,
    _id(),
    Column("kind", Text, nullable=False),
    _ref("programme_id", "programme.id", nullable=True, index=True),
    _ref("project_id", "project.id", nullable=True, index=True),
    Column("obligation_kind", Text),
    Column("stage", Text),
    Column("role", Text),
    _ref("person_id", "person.id", nullable=True),
    Column("reason", Text, nullable=False),
    _ref("created_by", "person.id", nullable=True),
    Column("created_at", Instant, nullable=False),
    Column("from_at", Instant, nullable=False),
    Column("until_at", Instant, nullable=False),
    Column("lifted_at", Instant),
    _ref("lifted_by", "person.id", nullable=True),
    Column("lift_reason", Text, nullable=False, server_default=""),
    _version(),
    _one_of("kind", "silence", "pause"),
    Index("ix_silence_until_at", "until_at"),
)

# So much at once that somebody should look first: raised and in the inboxes, but no mail leaves before an administrator lets it.
mass_hold = Table(
    "mass_hold",
    metadata,
    _id(),
    Column("about", Text, nullable=False, server_default="alerts"),  # signals are raised only when somebody let them go
    Column("why", Text, nullable=False),
    Column("owed", Integer, nullable=False),  # obligations due for a look; signals: steps that would be told
    Column("among", Integer, nullable=False),  # of so many that are still on a ladder; signals: projects under way
    Column("parts_json", JsonText, nullable=False, server_default="[]"),  # signals: how many of which condition and programme
    Column("held_at", Instant, nullable=False),
    Column("since_at", Instant),  # restore: the moment of the copy; what was mailed after it is not known here
    Column("weighed_at", Instant),  # the look is through and it was really that much; null: it still goes on
    Column("decision", Text, nullable=False, server_default=""),
    Column("decided_at", Instant),
    _ref("decided_by", "person.id", nullable=True),
    Column("reason", Text, nullable=False, server_default=""),
    Column("done_at", Instant),  # signals: the watch that acts on the decision is through
    _version(),
    _one_of("about", "alerts", "signals"),
    _one_of("why", "mass", "clock", "restore"),
    _one_of("decision", "", "released", "dropped"),
)

chat_channel = Table(
    "chat_channel",
    metadata,
    _id(),
    _ref("programme_id", "programme.id", nullable=True, index=True),  # none: about every programme
    Column("name", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("sealed_url", Text, nullable=False),  # encrypted with the installation's own key, which is not in the database
    Column("host", Text, nullable=False),
    Column("masked", Text, nullable=False),  # what may be shown of it
    Column("language", Text, nullable=False, server_default="zh_TW"),
    Column("active", Boolean(create_constraint=False), nullable=False, server_default=text("true")),
    _ref("entered_by", "person.id", nullable=True),
    Column("entered_at", Instant, nullable=False),
    Column("broken_at", Instant),  # since when it takes nothing: a message was given up, and none was taken since
    Column("broken_error", Text, nullable=False, server_default=""),
    _version(),
    _one_of("service", "line", "teams", "slack", "webhook"),
)

# Who was asked to see to one obligation instead of the person that was told.
alert_delegation = Table(
    "alert_delegation",
    metadata,
    _id(),
    _ref("obligation_id", "obligation.id", index=True),
    _ref("from_person_id", "person.id"),
    _ref("to_person_id", "person.id"),
    Column("given_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Index("ix_alert_delegation_to_person_id", "to_person_id", "ended_at"),
)

calendar_feed = Table(
    "calendar_feed",
    metadata,
    _id(),
    _ref("person_id", "person.id", index=True),  # by whose rights it is read
    Column("scope", Text, nullable=False),
    _ref("project_id", "project.id", nullable=True),
    _ref("programme_id", "programme.id", nullable=True),
    Column("token_sha256", Text, nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Column("last_read_at", Instant),
    _one_of("scope", "person", "project", "programme"),
)

# What the feeds last said of an obligation, so that a change raises its SEQUENCE and what is gone is cancelled and not left out.
calendar_entry = Table(
    "calendar_entry",
    metadata,
    Column("obligation_id", BigId, ForeignKey("obligation.id"), primary_key=True, autoincrement=False),
    Column("sequence", Integer, nullable=False, server_default="0"),
    Column("fingerprint", Text, nullable=False),
    Column("day_on", CivilDate, nullable=False),  # the day it was last shown on, for a cancellation once it has none
    Column("changed_at", Instant, nullable=False),
)

# Official tables of working days that were brought in here; the newest in force for a year replaces the one that was shipped.
calendar_table = Table(
    "calendar_table",
    metadata,
    _id(),
    Column("year", Integer, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("filename", Text, nullable=False),
    Column("encoding", Text, nullable=False),
    Column("days_json", JsonText, nullable=False),
    Column("source", Text, nullable=False),
    _ref("imported_by", "person.id", nullable=True),
    Column("imported_at", Instant, nullable=False),
    Column("withdrawn_at", Instant),
    _ref("withdrawn_by", "person.id", nullable=True),
    Column("withdraw_reason", Text, nullable=False, server_default=""),
    Index("ix_calendar_table_year", "year", "withdrawn_at"),
)

# A county's offices were closed (typhoon): entered here, beside the closures that were shipped.
calendar_closure = Table(
    "calendar_closure",
    metadata,
    _id(),
    Column("county", Text, nullable=False),
    Column("closed_on", CivilDate, nullable=False),
    Column("source", Text, nullable=False),
    _ref("entered_by", "person.id", nullable=True),
    Column("entered_at", Instant, nullable=False),
    Column("withdrawn_at", Instant),
    _ref("withdrawn_by", "person.id", nullable=True),
    Column("withdraw_reason", Text, nullable=False, server_default=""),
    Index("ix_calendar_closure_closed_on", "closed_on", "county"),
)

# A day that moved because the working days did: what stood before stays readable.
date_move = Table(
    "date_move",
    metadata,
    _id(),
    _ref("obligation_id", "obligation.id", index=True),
    _ref("project_id", "project.id", index=True),
    Column("old_due_on", CivilDate),
    Column("new_due_on", CivilDate),
    Column("old_file_by_on", CivilDate),
    Column("new_file_by_on", CivilDate),
    Column("old_calendar", Text),
    Column("new_calendar", Text, nullable=False),
    Column("moved_at", Instant, nullable=False),
)

# Work of once a day, whichever worker does it: the row is the claim and the result.
daily_run = Table(
    "daily_run",
    metadata,
    Column("name", Text, primary_key=True),
    Column("day_on", CivilDate, primary_key=True),
    Column("begun_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("result_json", JsonText),
)

# What the daily audit of the alerts found wrong; open until a later audit no longer finds it.
alert_finding = Table(
    "alert_finding",
    metadata,
    _id(),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    _ref("obligation_id", "obligation.id", nullable=True, index=True),
    Column("detail_json", JsonText, nullable=False),
    Column("found_at", Instant, nullable=False),
    Column("settled_at", Instant),
    Index("ix_alert_finding_open", "settled_at", "kind", "subject"),
)

heartbeat = Table(
    "heartbeat",
    metadata,
    Column("name", Text, primary_key=True),
    Column("host", Text, primary_key=True),
    Column("last_look_at", Instant, nullable=False),  # by the machine's clock, also in a demo
    Column("last_ok_at", Instant),
    Column("last_error", Text, nullable=False, server_default=""),
    Column("counts_json", JsonText, nullable=False),
)

# --- How writing is kept honest -------------------------------------------------------------------------------------------------

event = Table(
    "event",
    metadata,
    Column("seq", BigId, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    _ref("actor_id", "person.id", nullable=True),  # null: the system itself
    _ref("on_behalf_of", "person.id", nullable=True),
    Column("action", Text, nullable=False),
    Column("object_type", Text, nullable=False),
    Column("object_id", Text, nullable=False),
    Column("payload_json", Text, nullable=False),  # the exact text that was hashed; ids and hashes only, no personal text
    Column("prev", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Index("ix_event_object", "object_type", "object_id"),
)

revision = Table("revision", metadata, Column("topic", Text, primary_key=True), Column("n", BigId, nullable=False))

idempotency = Table(
    "idempotency",
    metadata,
    Column("key", Text, primary_key=True),
    Column("actor_id", BigId),
    Column("action", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("result_json", JsonText, nullable=False),
    Column("at", Instant, nullable=False),
)

make_strict(metadata)  # after the last table
