"""The lines of the worklists hold all that a list shows, in the order of the lists: a page reads rows that lie together."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

BOXES = ("coming", "window", "mine", "sent", "point", "warnings")
GROUPS = ("intake", "supplement", "examined", "turned_away", "decided")
STATES = (
    "collected", "received", "noticed", "not_accepted", "accepted", "under_review", "stopped", "decided", "certified", "delivered",
    "archived", "closed",
)  # fmt: skip
ORDER = ("order_on", "case_id")
BOX = {"ix_work_line_box": (*ORDER, "from_on", "until_on")}
INDEXES = {
    "ix_work_line_group": ("state_group", *ORDER),
    "ix_work_line_item": ("item_id", *ORDER),
    "ix_work_line_received": ("received_on", *ORDER),
    "ix_work_line_group_item": ("state_group", "item_id", *ORDER),
    "ix_work_line_group_received": ("state_group", "received_on", *ORDER),
    "ix_work_line_item_received": ("item_id", "received_on", *ORDER),
    "ix_work_line_warned_due": ("due_on", *ORDER),
}
BEFORE = (
    "county_id", "case_id", "box", "owner_id", "window_id", "item_id", "from_on", "until_on", "state", "state_group", "received_on", "due_on",
    "order_on", "yellow_on", "red_on", "overdue_on", "is_provisional",
)  # fmt: skip
OF_CASE = {"version_id": "version_id", "number": "number", "case_version": "version"} | {
    name: name for name in ("outcome", "stopped_from", "stopped_until", "urgent_until")
}


def _codes(values: tuple[str, ...]) -> str:
    return ", ".join(repr(value) for value in values)


def _constraints() -> list[Any]:
    return [
        sa.CheckConstraint(f"box IN ({_codes(BOXES)})", name=op.f("ck_work_line_box_known")),
        sa.CheckConstraint(f"state_group IN ({_codes(GROUPS)})", name=op.f("ck_work_line_state_group_known")),
        sa.CheckConstraint(f"state IN ({_codes(STATES)})", name=op.f("ck_work_line_state_known")),
        sa.CheckConstraint("from_on < until_on", name=op.f("ck_work_line_lasts")),
        sa.CheckConstraint('length("box") <= 10', name=op.f("ck_work_line_box_length")),
        sa.CheckConstraint('length("state") <= 20', name=op.f("ck_work_line_state_length")),
        sa.CheckConstraint('length("state_group") <= 20', name=op.f("ck_work_line_state_group_length")),
        sa.ForeignKeyConstraint(["county_id", "case_id"], ["case.county_id", "case.id"], name=op.f("fk_work_line_county_id_case_id")),
        sa.ForeignKeyConstraint(["county_id", "window_id"], ["window.county_id", "window.id"], name=op.f("fk_work_line_county_id_window_id")),
        sa.ForeignKeyConstraint(["county_id", "item_id"], ["item.county_id", "item.id"], name=op.f("fk_work_line_county_id_item_id")),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_work_line_county_id")),
        sa.UniqueConstraint("case_id", "box", "owner_id", "from_on", name=op.f("uq_work_line_case_id_box_owner_id_from_on")),
    ]


def _indexes(indexes: dict[str, tuple[str, ...]]) -> None:
    for name, columns in indexes.items():
        op.create_index(name, "work_line", ["box", "owner_id", *columns], unique=False)


def upgrade() -> None:
    op.execute(f"CREATE TABLE work_line_before AS SELECT {', '.join(BEFORE)} FROM work_line")
    op.drop_table("work_line")
    op.create_table(
        "work_line",
        sa.Column("box", sa.String(length=10), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("order_on", sa.Date(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("window_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=30), nullable=False),
        sa.Column("case_version", sa.Integer(), nullable=False),
        sa.Column("masked_name", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("state_group", sa.String(length=20), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("yellow_on", sa.Date(), nullable=True),
        sa.Column("red_on", sa.Date(), nullable=True),
        sa.Column("overdue_on", sa.Date(), nullable=True),
        sa.Column("stopped_from", sa.Date(), nullable=True),
        sa.Column("stopped_until", sa.Date(), nullable=True),
        sa.Column("urgent_until", sa.Date(), nullable=True),
        sa.Column("is_provisional", sa.Boolean(), nullable=False),
        *_constraints(),
        sa.CheckConstraint('length("number") <= 30', name=op.f("ck_work_line_number_length")),
        sa.CheckConstraint('length("masked_name") <= 200', name=op.f("ck_work_line_masked_name_length")),
        sa.CheckConstraint('length("outcome") <= 20', name=op.f("ck_work_line_outcome_length")),
        sa.ForeignKeyConstraint(
            ["county_id", "version_id"], ["item_version.county_id", "item_version.id"], name=op.f("fk_work_line_county_id_version_id")
        ),
        sa.PrimaryKeyConstraint("box", "owner_id", "order_on", "case_id", "from_on", name=op.f("pk_work_line")),
        sqlite_with_rowid=False,
    )
    op.execute(
        f"INSERT INTO work_line ({', '.join(BEFORE)}, masked_name, {', '.join(OF_CASE)})"
        f" SELECT {', '.join('l.' + name for name in BEFORE)}, p.masked_name, {', '.join('c.' + name for name in OF_CASE.values())}"
        ' FROM work_line_before l JOIN "case" c ON c.id = l.case_id JOIN person p ON p.id = c.applicant_id'
        " ORDER BY l.box, l.owner_id, l.order_on, l.case_id, l.from_on"
    )
    op.drop_table("work_line_before")
    _indexes(INDEXES)


def downgrade() -> None:
    op.execute(f"CREATE TABLE work_line_before AS SELECT {', '.join(BEFORE)} FROM work_line")
    op.drop_table("work_line")
    op.create_table(
        "work_line",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("box", sa.String(length=10), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("window_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("state_group", sa.String(length=20), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("order_on", sa.Date(), nullable=False),
        sa.Column("yellow_on", sa.Date(), nullable=True),
        sa.Column("red_on", sa.Date(), nullable=True),
        sa.Column("overdue_on", sa.Date(), nullable=True),
        sa.Column("is_provisional", sa.Boolean(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        *_constraints(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_line")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_work_line_county_id_id")),
    )
    op.execute(f"INSERT INTO work_line ({', '.join(BEFORE)}) SELECT {', '.join(BEFORE)} FROM work_line_before ORDER BY case_id")
    op.drop_table("work_line_before")
    _indexes(BOX | INDEXES)
