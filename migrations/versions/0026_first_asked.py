"""Inquiries, the "could not get it done" window, visits and tickets."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def _of_county(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f(f"fk_{table}_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("county_id", "id", name=op.f(f"uq_{table}_county_id_id")),
    ]


def _refers(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["county_id", column], [f"{other}.county_id", f"{other}.id"], name=op.f(f"fk_{table}_county_id_{column}")
    )


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def _length(table: str, column: str, most: int) -> sa.CheckConstraint:
    return sa.CheckConstraint(f'length("{column}") <= {most}', name=op.f(f"ck_{table}_{column}_length"))


def _known(table: str, column: str, *codes: str) -> sa.CheckConstraint:
    known = ", ".join(f"'{code}'" for code in codes)
    return sa.CheckConstraint(f"{column} IN ({known})", name=op.f(f"ck_{table}_{column}_known"))


def upgrade() -> None:
    op.create_table(
        "inquiry",
        sa.Column("window_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("with_window_id", sa.Integer(), nullable=False),
        sa.Column("with_id", sa.Integer(), nullable=True),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("asked", sa.String(length=500), nullable=False),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        *_of_county("inquiry"),
        _unique("inquiry", "case_id"),
        _known("inquiry", "state", "open", "answered", "became_case"),
        sa.CheckConstraint("(state = 'open') = (ended_on IS NULL)", name=op.f("ck_inquiry_ended_with_its_day")),
        sa.CheckConstraint("state <> 'became_case' OR case_id IS NOT NULL", name=op.f("ck_inquiry_became_a_case")),
        _length("inquiry", "asked", 500),
        _length("inquiry", "state", 12),
        _refers("inquiry", "window_id", "window"),
        _refers("inquiry", "with_window_id", "window"),
        _refers("inquiry", "with_id", "account"),
        _refers("inquiry", "item_id", "item"),
        _refers("inquiry", "by_id", "account"),
        _refers("inquiry", "case_id", "case"),
    )
    op.create_index("ix_inquiry_due", "inquiry", ["county_id", "state", "due_on", "id"])
    op.create_index("ix_inquiry_state", "inquiry", ["county_id", "state", "id"])
    op.create_index("ix_inquiry_window", "inquiry", ["window_id", "state", "id"])
    op.create_index("ix_inquiry_with", "inquiry", ["with_window_id", "state", "id"])
    op.create_table(
        "inquiry_entry",
        sa.Column("inquiry_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=12), nullable=False),
        sa.Column("said", sa.String(length=500), nullable=False),
        sa.Column("to_window_id", sa.Integer(), nullable=True),
        sa.Column("to_id", sa.Integer(), nullable=True),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("done_at", MOMENT, nullable=False),
        *_of_county("inquiry_entry"),
        _known("inquiry_entry", "step", "handed_over", "answered", "became_case"),
        sa.CheckConstraint("(step = 'handed_over') = (to_window_id IS NOT NULL)", name=op.f("ck_inquiry_entry_handed_over_to")),
        _length("inquiry_entry", "step", 12),
        _length("inquiry_entry", "said", 500),
        _refers("inquiry_entry", "to_window_id", "window"),
        _refers("inquiry_entry", "to_id", "account"),
        _refers("inquiry_entry", "by_id", "account"),
        _refers("inquiry_entry", "case_id", "case"),
        _refers("inquiry_entry", "inquiry_id", "inquiry"),
    )
    op.create_index("ix_inquiry_entry_inquiry", "inquiry_entry", ["inquiry_id", "id"])
    op.create_table(
        "unfinished",
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("window_id", sa.Integer(), nullable=True),
        sa.Column("ground", sa.String(length=12), nullable=False),
        sa.Column("said", sa.String(length=500), nullable=False),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("opened_by_id", sa.Integer(), nullable=True),
        sa.Column("answer_due_on", sa.Date(), nullable=False),
        sa.Column("settle_due_on", sa.Date(), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("cause", sa.String(length=20), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        *_of_county("unfinished"),
        _unique("unfinished", "county_id", "code"),
        _known("unfinished", "ground", "refused", "sent_back", "not_here"),
        _known("unfinished", "state", "open", "answered", "settled", "explained"),
        _known("unfinished", "cause", "guide_unclear", "materials_too_many", "not_offered", "no_power", "pushed_on", "system", "service", "materials_missing", "not_by_law", "other"),
        sa.CheckConstraint("(state = 'settled' OR state = 'explained') = (ended_on IS NOT NULL)", name=op.f("ck_unfinished_ended_with_its_day")),
        sa.CheckConstraint("(cause IS NULL) = (ended_on IS NULL)", name=op.f("ck_unfinished_ends_in_a_cause")),
        sa.CheckConstraint("(state = 'open') = (answered_on IS NULL)", name=op.f("ck_unfinished_answered_with_its_day")),
        _length("unfinished", "code", 12),
        _length("unfinished", "ground", 12),
        _length("unfinished", "said", 500),
        _length("unfinished", "cause", 20),
        _length("unfinished", "state", 10),
        _refers("unfinished", "item_id", "item"),
        _refers("unfinished", "window_id", "window"),
        _refers("unfinished", "opened_by_id", "account"),
        _refers("unfinished", "case_id", "case"),
        _refers("unfinished", "point_id", "service_point"),
    )
    op.create_index("ix_unfinished_case", "unfinished", ["case_id"])
    op.create_index("ix_unfinished_ended", "unfinished", ["county_id", "ended_on"])
    op.create_index("ix_unfinished_state", "unfinished", ["county_id", "state", "id"])
    op.create_table(
        "unfinished_step",
        sa.Column("matter_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=10), nullable=False),
        sa.Column("said", sa.String(length=500), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("done_at", MOMENT, nullable=False),
        *_of_county("unfinished_step"),
        _unique("unfinished_step", "matter_id", "step"),
        _known("unfinished_step", "step", "open", "answered", "settled", "explained"),
        _length("unfinished_step", "step", 10),
        _length("unfinished_step", "said", 500),
        _refers("unfinished_step", "matter_id", "unfinished"),
        _refers("unfinished_step", "by_id", "account"),
    )
    op.create_table(
        "unfinished_coordinator",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("from_at", MOMENT, nullable=False),
        *_of_county("unfinished_coordinator"),
        _refers("unfinished_coordinator", "account_id", "account"),
        _refers("unfinished_coordinator", "by_id", "account"),
    )
    op.create_table(
        "visit",
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("visit_on", sa.Date(), nullable=False),
        sa.Column("half_hour", sa.String(length=5), nullable=False),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("phone_index", sa.String(length=32), nullable=False),
        sa.Column("is_elderly", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        *_of_county("visit"),
        _unique("visit", "county_id", "code"),
        _known("visit", "state", "booked", "cancelled", "arrived"),
        sa.CheckConstraint("length(half_hour) = 5", name=op.f("ck_visit_half_hour_whole")),
        _length("visit", "code", 12),
        _length("visit", "half_hour", 5),
        _length("visit", "phone_index", 32),
        _length("visit", "state", 10),
        _refers("visit", "point_id", "service_point"),
        _refers("visit", "item_id", "item"),
    )
    op.create_index("ix_visit_half_hour", "visit", ["point_id", "visit_on", "half_hour"])
    op.create_index("ix_visit_phone", "visit", ["county_id", "phone_index", "visit_on"])
    op.create_table(
        "ticket",
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("body_id", sa.Integer(), nullable=True),
        sa.Column("visit_id", sa.Integer(), nullable=True),
        sa.Column("visit_at", MOMENT, nullable=True),
        sa.Column("is_elderly", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("issued_at", MOMENT, nullable=False),
        sa.Column("window_id", sa.Integer(), nullable=True),
        sa.Column("called_by_id", sa.Integer(), nullable=True),
        sa.Column("called_at", MOMENT, nullable=True),
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("waited_seconds", sa.Integer(), nullable=True),
        sa.Column("served_seconds", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        *_of_county("ticket"),
        _unique("ticket", "county_id", "code"),
        _unique("ticket", "visit_id"),
        _unique("ticket", "point_id", "issued_on", "serial"),
        _known("ticket", "state", "waiting", "called", "serving", "done", "no_show"),
        sa.CheckConstraint("(state = 'waiting') = (called_at IS NULL)", name=op.f("ck_ticket_called_with_its_moment")),
        sa.CheckConstraint("(called_at IS NULL) = (window_id IS NULL)", name=op.f("ck_ticket_called_by_a_window")),
        sa.CheckConstraint("(called_at IS NULL) = (waited_seconds IS NULL)", name=op.f("ck_ticket_waited_until_called")),
        _length("ticket", "code", 12),
        _length("ticket", "state", 10),
        _refers("ticket", "item_id", "item"),
        _refers("ticket", "body_id", "body"),
        _refers("ticket", "point_id", "service_point"),
        _refers("ticket", "visit_id", "visit"),
        _refers("ticket", "window_id", "window"),
        _refers("ticket", "called_by_id", "account"),
    )
    op.create_index("ix_ticket_queue", "ticket", ["point_id", "issued_on", "state", "id"])
    op.create_index("ix_ticket_window", "ticket", ["window_id", "issued_on", "state"])


def downgrade() -> None:
    for table in ("ticket", "visit", "unfinished_coordinator", "unfinished_step", "unfinished", "inquiry_entry", "inquiry"):
        op.drop_table(table)
