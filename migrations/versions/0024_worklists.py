"""Worklists: the lines of the open cases, and names found by their beginning."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

BOXES = ("coming", "window", "mine", "sent", "point", "warnings")
GROUPS = ("intake", "supplement", "examined", "turned_away", "decided")
STATES = (
    "collected", "received", "noticed", "not_accepted", "accepted", "under_review", "stopped", "decided", "certified", "delivered",
    "archived", "closed",
)  # fmt: skip
ORDER = ("order_on", "case_id")
INDEXES = {
    "ix_work_line_box": (*ORDER, "from_on", "until_on"),
    "ix_work_line_group": ("state_group", *ORDER),
    "ix_work_line_item": ("item_id", *ORDER),
    "ix_work_line_received": ("received_on", *ORDER),
    "ix_work_line_group_item": ("state_group", "item_id", *ORDER),
    "ix_work_line_group_received": ("state_group", "received_on", *ORDER),
    "ix_work_line_item_received": ("item_id", "received_on", *ORDER),
    "ix_work_line_warned_due": ("due_on", *ORDER),
}


def _codes(values: tuple[str, ...]) -> str:
    return ", ".join(repr(value) for value in values)


# The lines of the cases that are open now. What an effect of law that is still to come leaves behind is a rule, which no migration asks:
# such a case keeps its dates until it is next touched, at the latest by the job that writes the effect.
GROUP = """CASE WHEN c.state IN ('collected', 'received') THEN 'intake' WHEN c.state = 'noticed' THEN 'supplement'
WHEN c.state IN ('accepted', 'under_review', 'stopped') THEN 'examined' WHEN c.state = 'not_accepted' THEN 'turned_away' ELSE 'decided' END"""
BEFORE = (
    "c.state", GROUP, "'2000-01-01'", "COALESCE(c.law_closes_on, c.law_on, '9999-12-31')", "",
)  # fmt: skip
AFTER = ("'accepted'", "'examined'", "c.law_on", "'9999-12-31'", " AND c.law_on IS NOT NULL AND c.law_closes_on IS NULL")
PLACES = (
    ("point", "(SELECT w.point_id FROM \"window\" w WHERE w.id = c.holder_id)", "c.holder_id", "1 = 1"),
    ("window", "c.holder_id", "c.holder_id", "c.addressed_id IS NULL"),
    ("mine", "c.assignee_id", "c.holder_id", "c.addressed_id IS NULL AND c.assignee_id IS NOT NULL"),
    ("sent", "c.holder_id", "c.holder_id", "c.addressed_id IS NOT NULL"),
    ("coming", "c.addressed_id", "c.addressed_id", "c.addressed_id IS NOT NULL"),
    ("warnings", "c.holder_id", "c.holder_id", "COALESCE(c.yellow_on, c.red_on, c.overdue_on) IS NOT NULL"),
)


def _fill(is_sqlite: bool) -> None:
    def day(text: str) -> str:
        return text if is_sqlite else f"CAST({text} AS date)"

    received = "date(c.collected_at, '+8 hours')" if is_sqlite else "CAST(c.collected_at AT TIME ZONE 'Asia/Shanghai' AS date)"
    for state, group, since, until, only in (BEFORE, AFTER):
        if not is_sqlite:
            until = until.replace("'9999-12-31'", "DATE '9999-12-31'")
        for box, owner, window, where in PLACES:
            order = "COALESCE(c.yellow_on, c.red_on, c.overdue_on)" if box == "warnings" else "c.sort_on"
            op.execute(
                "INSERT INTO work_line (county_id, case_id, box, owner_id, window_id, item_id, from_on, until_on, state, state_group, received_on,"
                " due_on, order_on, yellow_on, red_on, overdue_on, is_provisional)"
                f" SELECT c.county_id, c.id, '{box}', {owner}, {window}, c.item_id, {day(since)}, {until}, {state}, {group}, {received},"
                f" c.sort_on, {order}, c.yellow_on, c.red_on, c.overdue_on, c.is_provisional FROM \"case\" c WHERE c.is_open AND {where}{only}"
            )


def upgrade() -> None:
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
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_line")),
        sa.UniqueConstraint("case_id", "box", "owner_id", "from_on", name=op.f("uq_work_line_case_id_box_owner_id_from_on")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_work_line_county_id_id")),
    )
    _fill(op.get_bind().dialect.name == "sqlite")
    with op.batch_alter_table("work_line", schema=None) as batch_op:
        for name, columns in INDEXES.items():
            batch_op.create_index(name, ["box", "owner_id", *columns], unique=False)
    with op.batch_alter_table("person_name", schema=None) as batch_op:
        batch_op.drop_index("ix_person_name_key")
        batch_op.create_index("ix_person_name_key", ["county_id", "name_key"], unique=False, postgresql_ops={"name_key": "text_pattern_ops"})


def downgrade() -> None:
    with op.batch_alter_table("person_name", schema=None) as batch_op:
        batch_op.drop_index("ix_person_name_key")
        batch_op.create_index("ix_person_name_key", ["county_id", "name_key"], unique=False)
    op.drop_table("work_line")
