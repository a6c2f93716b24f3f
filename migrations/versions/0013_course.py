"""The course of a case: notices, stops, filings, extensions, closings; effects of law."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
KINDS_BEFORE = (
    "collected", "received", "accepted", "reviewed", "handed_off", "leg_received", "leg_returned", "recalled", "taken", "assigned", "decided",
    "certified", "delivered", "finished", "archived", "corrected",
)  # fmt: skip
KINDS = (
    "collected", "received", "noticed", "notice_opened", "supplemented", "supplement_judged", "accepted", "turned_away", "not_accepted",
    "filed", "filing_returned", "filing_passed", "reviewed", "stopped", "stop_ended", "extended", "urgent_opened", "urgent_ended",
    "put_on_hold", "hold_ended", "handed_off", "leg_received", "leg_returned", "recalled", "taken", "assigned", "decided", "certified",
    "delivered", "finished", "archived", "lapsed", "withdrawn", "terminated", "forwarded", "voided", "agent_named", "agent_ended",
    "party_told", "party_heard", "hearing_asked", "hearing_set", "hearing_held", "site_checked", "corrected",
)  # fmt: skip
STATES_BEFORE = ("collected", "received", "accepted", "under_review", "decided", "certified", "delivered", "archived")
STATES = (
    "collected", "received", "noticed", "not_accepted", "accepted", "under_review", "stopped", "decided", "certified", "delivered", "archived",
    "closed",
)  # fmt: skip
CLOSED_AS = (
    "no_licence_needed", "not_ours", "not_accepted", "not_supplemented", "withdrawn", "terminated", "forwarded", "void",
)  # fmt: skip
DAYS = (
    "law_on", "law_closes_on", "stopped_from", "stopped_until", "supplement_due_on", "undertaking_due_on", "urgent_until", "held_on",
)  # fmt: skip


def _one_of(column: str, codes: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(code) for code in codes)})"


def _known(table: str, column: str, codes: tuple[str, ...]) -> None:
    with op.batch_alter_table(table, schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f(f"ck_{table}_{column}_known"), type_="check")
        batch_op.create_check_constraint(batch_op.f(f"ck_{table}_{column}_known"), _one_of(column, codes))


def upgrade() -> None:
    _known("case_event", "kind", KINDS)
    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_case_state_known"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_case_state_known"), _one_of("state", STATES))
        batch_op.add_column(sa.Column("closed_as", sa.String(length=20), nullable=True))
        for name in DAYS:
            batch_op.add_column(sa.Column(name, sa.Date(), nullable=True))
        batch_op.create_check_constraint(batch_op.f("ck_case_closed_as_known"), _one_of("closed_as", CLOSED_AS))
        batch_op.create_check_constraint(batch_op.f("ck_case_closed_as_length"), 'length("closed_as") <= 20')
        batch_op.create_index("ix_case_law", ["county_id", "law_on"], unique=False)
    op.create_table(
        "filing",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("window_id", sa.Integer(), nullable=False),
        sa.Column("filed_at", MOMENT, nullable=False),
        sa.Column("silent_on", sa.Date(), nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("on_the_spot", sa.Boolean(), nullable=False),
        sa.Column("passed_at", MOMENT, nullable=True),
        sa.Column("by_silence", sa.Boolean(), nullable=False),
        sa.Column("returned_at", MOMENT, nullable=True),
        sa.Column("overtaken_at", MOMENT, nullable=True),
        sa.Column("effective_at", MOMENT, nullable=True),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(_one_of("kind", ("not_accept", "refuse", "late")), name=op.f("ck_filing_kind_known")),
        sa.CheckConstraint('length("kind") <= 20', name=op.f("ck_filing_kind_length")),
        sa.ForeignKeyConstraint(["county_id", "case_id"], ["case.county_id", "case.id"], name=op.f("fk_filing_county_id_case_id")),
        sa.ForeignKeyConstraint(["county_id", "body_id"], ["body.county_id", "body.id"], name=op.f("fk_filing_county_id_body_id")),
        sa.ForeignKeyConstraint(["county_id", "window_id"], ["window.county_id", "window.id"], name=op.f("fk_filing_county_id_window_id")),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_filing_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filing")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_filing_county_id_id")),
        sa.UniqueConstraint("case_id", "seq", name=op.f("uq_filing_case_id_seq")),
    )
    with op.batch_alter_table("filing", schema=None) as batch_op:
        batch_op.create_index("ix_filing_county", ["county_id", "id"], unique=False)
    op.create_table(
        "case_stop",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("window_id", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(length=20), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint('length("cause") <= 20', name=op.f("ck_case_stop_cause_length")),
        sa.ForeignKeyConstraint(["county_id", "case_id"], ["case.county_id", "case.id"], name=op.f("fk_case_stop_county_id_case_id")),
        sa.ForeignKeyConstraint(["county_id", "window_id"], ["window.county_id", "window.id"], name=op.f("fk_case_stop_county_id_window_id")),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_case_stop_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_stop")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_case_stop_county_id_id")),
        sa.UniqueConstraint("case_id", "seq", name=op.f("uq_case_stop_case_id_seq")),
    )
    with op.batch_alter_table("case_stop", schema=None) as batch_op:
        batch_op.create_index("ix_case_stop_window", ["window_id", "first_on"], unique=False)
    _say_when_law_speaks()


def _say_when_law_speaks() -> None:
    """Open cases that wait for acceptance: silence accepts them on the day after their clock ends, where the item is a licence (C-3)."""
    case = sa.table("case", *(sa.column(name) for name in ("id", "state", "version_id")), sa.column("acceptance_due_on", sa.Date), sa.column("law_on", sa.Date))
    version = sa.table("item_version", sa.column("id"), sa.column("type_code"))
    licences = sa.select(version.c.id).where(version.c.type_code == "01")
    next_day = sa.text("date(acceptance_due_on, '+1 day')") if op.get_bind().dialect.name == "sqlite" else sa.text("acceptance_due_on + 1")
    waiting = (case.c.state == "received") & case.c.acceptance_due_on.is_not(None) & case.c.version_id.in_(licences)
    op.execute(case.update().where(waiting).values(law_on=next_day))


def downgrade() -> None:
    op.drop_table("case_stop")
    op.drop_table("filing")
    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.drop_index("ix_case_law")
        batch_op.drop_constraint(batch_op.f("ck_case_closed_as_length"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_case_closed_as_known"), type_="check")
        for name in reversed(DAYS):
            batch_op.drop_column(name)
        batch_op.drop_column("closed_as")
        batch_op.drop_constraint(batch_op.f("ck_case_state_known"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_case_state_known"), _one_of("state", STATES_BEFORE))
    _known("case_event", "kind", KINDS_BEFORE)
