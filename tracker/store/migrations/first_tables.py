"""The tables of revision 0001 as they stood: frozen, and read by migrations only. Queries use `tracker.store.tables`."""

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

# Staff roles. administrator and auditor stand for the whole installation (programme_id null); officer and chief for one programme.
role_grant = Table(
    "role_grant",
    metadata,
    _id(),
    _ref("person_id", "person.id", index=True),
    Column("role", Text, nullable=False),
    _ref("programme_id", "programme.id", nullable=True, index=True),
    Column("granted_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    _one_of("role", "administrator", "auditor", "officer", "chief"),
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
    _one_of("role", "pi", "assistant"),
    _one_of("party", "academic", "company"),
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
    _version(),
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

report = Table(
    "report",
    metadata,
    _id(),
    Column("obligation_id", BigId, ForeignKey("obligation.id"), nullable=False, unique=True),
    _ref("project_id", "project.id", index=True),
    Column("status", Text, nullable=False),
    Column("reopened_json", JsonText),  # section ids the officer reopened; null: all are open
    Column("created_at", Instant, nullable=False),
    _version(),
    _one_of("status", "draft", "submitted", "returned", "accepted"),
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
    UniqueConstraint("report_id", "number"),
)

review = Table(
    "review",
    metadata,
    _id(),
    _ref("report_version_id", "report_version.id", index=True),
    Column("outcome", Text, nullable=False),
    Column("comments_json", JsonText, nullable=False),  # {section id: comment}
    Column("reopened_json", JsonText, nullable=False),  # [section id]
    Column("reply_by_on", CivilDate),
    _ref("reviewer_id", "person.id"),
    Column("reviewed_at", Instant, nullable=False),
    _one_of("outcome", "accept", "return"),
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
    Column("raised_at", Instant, nullable=False),  # when it was recorded, in any state
    UniqueConstraint("obligation_id", "due_on", "stage"),
    _one_of("state", "raised", "superseded", "cancelled"),
)

outbox = Table(
    "outbox",
    metadata,
    _id(),
    Column("dedup_key", Text, nullable=False, unique=True),
    _ref("alert_id", "alert.id", nullable=True, index=True),
    _ref("person_id", "person.id", nullable=True, index=True),
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
    _one_of("channel", "mail"),
    _one_of("status", "pending", "sending", "sent", "failed", "cancelled"),
    Index("ix_outbox_due", "status", "available_at"),
)

# The in-app inbox: written in the transaction that raises the alert, so it needs no delivery.
inbox_item = Table(
    "inbox_item",
    metadata,
    _id(),
    _ref("person_id", "person.id"),
    _ref("alert_id", "alert.id"),
    Column("placed_at", Instant, nullable=False),
    Column("read_at", Instant),
    UniqueConstraint("person_id", "alert_id"),
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
