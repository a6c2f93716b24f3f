"""Tasks of supervision, disputes and rulings, what moves when a window or point closes."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
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
        "supervision_task",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("event_seq", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("granted_at", MOMENT, nullable=False),
        sa.Column("send_by_on", sa.Date(), nullable=False),
        sa.Column("confirm_by_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("reminded_at", MOMENT, nullable=True),
        sa.Column("confirmed_at", MOMENT, nullable=True),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=False),
        *_of_county("supervision_task"),
        _unique("supervision_task", "case_id", "event_seq"),
        _known("supervision_task", "state", "unsent", "sent", "confirmed"),
        _length("supervision_task", "state", 10),
        _length("supervision_task", "note", 500),
        sa.CheckConstraint("(state = 'confirmed') = (confirmed_at IS NOT NULL)", name=op.f("ck_supervision_task_confirmed_when")),
        sa.CheckConstraint("(confirmed_at IS NULL) = (confirmed_by_id IS NULL)", name=op.f("ck_supervision_task_confirmed_by_one")),
        _refers("supervision_task", "case_id", "case"),
        _refers("supervision_task", "version_id", "item_version"),
        _refers("supervision_task", "body_id", "body"),
        _refers("supervision_task", "decided_by_id", "account"),
        _refers("supervision_task", "confirmed_by_id", "account"),
    )
    op.create_index("ix_supervision_task_body", "supervision_task", ["body_id", "state", "id"])
    op.create_index("ix_supervision_task_state", "supervision_task", ["county_id", "state", "id"])
    _disputes()
    _moving()


def _disputes() -> None:
    op.create_table(
        "dispute",
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("event_seq", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("holder_id", sa.Integer(), nullable=False),
        sa.Column("ground", sa.String(length=20), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("meet_by_on", sa.Date(), nullable=False),
        sa.Column("rule_by_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        *_of_county("dispute"),
        _unique("dispute", "county_id", "number"),
        _unique("dispute", "case_id", "event_seq"),
        _known("dispute", "ground", "second_return", "to_returner"),
        _known("dispute", "state", "open", "met", "ruled", "moot"),
        _length("dispute", "number", 40),
        _length("dispute", "ground", 20),
        _length("dispute", "state", 10),
        _refers("dispute", "case_id", "case"),
        _refers("dispute", "item_id", "item"),
        _refers("dispute", "holder_id", "window"),
    )
    op.create_index("ix_dispute_state", "dispute", ["county_id", "state", "id"])
    op.create_table(
        "dispute_body",
        sa.Column("dispute_id", sa.Integer(), nullable=False),
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("has_returned", sa.Boolean(), nullable=False),
        *_of_county("dispute_body"),
        _unique("dispute_body", "dispute_id", "body_id"),
        _refers("dispute_body", "dispute_id", "dispute"),
        _refers("dispute_body", "body_id", "body"),
    )
    op.create_index("ix_dispute_body_body", "dispute_body", ["body_id", "dispute_id"])
    op.create_table(
        "dispute_meeting",
        sa.Column("dispute_id", sa.Integer(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("body_ids", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("minutes", sa.String(length=1000), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        *_of_county("dispute_meeting"),
        _unique("dispute_meeting", "dispute_id"),
        _length("dispute_meeting", "minutes", 1000),
        _refers("dispute_meeting", "dispute_id", "dispute"),
        _refers("dispute_meeting", "recorded_by_id", "account"),
        _refers("dispute_meeting", "office_id", "office"),
    )
    op.create_table(
        "routing_ruling",
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("dispute_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("power", sa.String(length=20), nullable=True),
        sa.Column("from_level", sa.String(length=20), nullable=True),
        sa.Column("from_point_id", sa.Integer(), nullable=True),
        sa.Column("to_window_id", sa.Integer(), nullable=False),
        sa.Column("to_body_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("ruled_at", MOMENT, nullable=False),
        sa.Column("ruled_by_id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        *_of_county("routing_ruling"),
        _unique("routing_ruling", "county_id", "number"),
        _unique("routing_ruling", "dispute_id"),
        _known(
            "routing_ruling", "power", "accept", "review", "coordinate", "joint", "decide", "certify", "deliver", "litigate", "collect", "finish"
        ),
        _known("routing_ruling", "from_level", "county", "sub_center", "town", "village", "community"),
        sa.CheckConstraint("(from_level IS NULL) <> (from_point_id IS NULL)", name=op.f("ck_routing_ruling_from_level_or_point")),
        _length("routing_ruling", "number", 40),
        _length("routing_ruling", "power", 20),
        _length("routing_ruling", "from_level", 20),
        _length("routing_ruling", "reason", 500),
        _refers("routing_ruling", "dispute_id", "dispute"),
        _refers("routing_ruling", "item_id", "item"),
        _refers("routing_ruling", "from_point_id", "service_point"),
        _refers("routing_ruling", "to_window_id", "window"),
        _refers("routing_ruling", "to_body_id", "body"),
        _refers("routing_ruling", "ruled_by_id", "account"),
        _refers("routing_ruling", "office_id", "office"),
    )
    op.create_index("ix_routing_ruling_item", "routing_ruling", ["item_id", "id"])


def _moving() -> None:
    op.create_table(
        "point_emergency",
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("words", sa.String(length=300), nullable=False),
        sa.Column("was", sa.String(length=20), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("started_by_id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        *_of_county("point_emergency"),
        _known("point_emergency", "kind", "flood", "power", "line", "other"),
        _known("point_emergency", "was", "planned", "under_construction", "trial", "operating", "suspended", "merged", "closed"),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by_id IS NULL)", name=op.f("ck_point_emergency_ended_by_one")),
        _length("point_emergency", "kind", 10),
        _length("point_emergency", "words", 300),
        _length("point_emergency", "was", 20),
        _refers("point_emergency", "point_id", "service_point"),
        _refers("point_emergency", "started_by_id", "account"),
        _refers("point_emergency", "office_id", "office"),
        _refers("point_emergency", "ended_by_id", "account"),
    )
    op.create_index("ix_point_emergency_standing", "point_emergency", ["county_id", "ended_at", "id"])
    op.create_index("ix_point_emergency_point", "point_emergency", ["point_id", "id"])
    op.create_table(
        "move_batch",
        sa.Column("leaving", sa.String(length=10), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("mark", sa.String(length=20), nullable=False),
        sa.Column("results", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("moved_at", MOMENT, nullable=False),
        sa.Column("moved_by_id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        *_of_county("move_batch"),
        _known("move_batch", "leaving", "window", "point", "posting"),
        _known("move_batch", "mark", "routed", "ruling", "closing", "emergency", "resumed"),
        _length("move_batch", "leaving", 10),
        _length("move_batch", "mark", 20),
        _refers("move_batch", "moved_by_id", "account"),
        _refers("move_batch", "office_id", "office"),
    )
    op.create_index("ix_move_batch_subject", "move_batch", ["county_id", "leaving", "subject_id", "id"])


def downgrade() -> None:
    for table in ("move_batch", "point_emergency", "routing_ruling", "dispute_meeting", "dispute_body", "dispute", "supervision_task"):
        op.drop_table(table)
