"""Handoffs: what became of the papers of a leg, legs under way or late, assistance and opinion, cases sent together."""

from datetime import timedelta, timezone

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

SHANGHAI = timezone(timedelta(hours=8))
MOMENT = sa.DateTime(timezone=True)
PAPERS = ("none", "awaited", "part", "whole", "missing", "kept")


TABLES = ("batch_row", "batch", "consultation_answer", "consultation")


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


def upgrade() -> None:
    with op.batch_alter_table("leg", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_under_way", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("is_late", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("papers", sa.String(length=10), server_default="none", nullable=False))
        batch_op.add_column(sa.Column("papers_at_id", sa.Integer(), nullable=True))
        batch_op.create_check_constraint(batch_op.f("ck_leg_papers_length"), 'length("papers") <= 10')
        batch_op.create_check_constraint(batch_op.f("ck_leg_papers_known"), f"papers IN ({', '.join(repr(code) for code in PAPERS)})")
        batch_op.create_foreign_key(
            batch_op.f("fk_leg_county_id_papers_at_id"), "window", ["county_id", "papers_at_id"], ["county_id", "id"]
        )
        batch_op.create_index("ix_leg_under_way", ["county_id", "is_under_way", "due_on", "id"])
        batch_op.create_index("ix_leg_late", ["county_id", "is_late", "id"])
        batch_op.create_index("ix_leg_papers", ["papers_at_id", "id"])
    _say_of_the_legs_that_there_are()
    op.create_table(
        "consultation",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("from_window_id", sa.Integer(), nullable=False),
        sa.Column("window_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(length=500), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        *_of_county("consultation"),
        sa.CheckConstraint("kind IN ('assistance', 'opinion')", name=op.f("ck_consultation_kind_known")),
        _length("consultation", "kind", 20),
        _length("consultation", "question", 500),
        _refers("consultation", "case_id", "case"),
        _refers("consultation", "from_window_id", "window"),
        _refers("consultation", "window_id", "window"),
        _refers("consultation", "asked_by_id", "account"),
    )
    op.create_index("ix_consultation_case", "consultation", ["case_id", "id"])
    op.create_index("ix_consultation_window", "consultation", ["window_id", "due_on", "id"])
    op.create_table(
        "consultation_answer",
        sa.Column("consultation_id", sa.Integer(), nullable=False),
        sa.Column("said", sa.String(length=500), nullable=False),
        sa.Column("answered_by_id", sa.Integer(), nullable=False),
        sa.Column("answered_at", MOMENT, nullable=False),
        *_of_county("consultation_answer"),
        _unique("consultation_answer", "consultation_id"),
        _length("consultation_answer", "said", 500),
        _refers("consultation_answer", "consultation_id", "consultation"),
        _refers("consultation_answer", "answered_by_id", "account"),
    )
    op.create_table(
        "batch",
        sa.Column("number", sa.String(length=30), nullable=False),
        sa.Column("from_window_id", sa.Integer(), nullable=False),
        sa.Column("to_window_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("sent_by_id", sa.Integer(), nullable=False),
        sa.Column("sent_at", MOMENT, nullable=False),
        *_of_county("batch"),
        _unique("batch", "county_id", "number"),
        _length("batch", "number", 30),
        _length("batch", "reason", 500),
        _refers("batch", "from_window_id", "window"),
        _refers("batch", "to_window_id", "window"),
        _refers("batch", "sent_by_id", "account"),
    )
    op.create_index("ix_batch_from", "batch", ["from_window_id", "id"])
    op.create_index("ix_batch_to", "batch", ["to_window_id", "id"])
    op.create_table(
        "batch_row",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("leg_seq", sa.Integer(), nullable=False),
        *_of_county("batch_row"),
        _unique("batch_row", "batch_id", "seq"),
        _unique("batch_row", "batch_id", "case_id"),
        _refers("batch_row", "batch_id", "batch"),
        _refers("batch_row", "case_id", "case"),
    )


def _say_of_the_legs_that_there_are() -> None:
    """Legs before this: which are under way, and which ended after the day by which they should have been received."""
    leg = sa.table(
        "leg", sa.column("id", sa.Integer), sa.column("due_on", sa.Date), sa.column("is_under_way", sa.Boolean),
        sa.column("is_late", sa.Boolean), *(sa.column(name, MOMENT) for name in ("received_at", "returned_at", "recalled_at")),
    )  # fmt: skip
    ends = (leg.c.received_at, leg.c.returned_at, leg.c.recalled_at)
    open_now = sa.and_(*(end.is_(None) for end in ends))
    op.execute(leg.update().where(open_now).values(is_under_way=sa.true()))
    late = []
    for row_id, due_on, *ended in op.get_bind().execute(sa.select(leg.c.id, leg.c.due_on, *ends).where(sa.not_(open_now))):
        moment = next(each for each in ended if each is not None)
        aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=timezone.utc)  # SQLite gives what it keeps: UTC
        if due_on is not None and aware.astimezone(SHANGHAI).date() > due_on:
            late.append(row_id)
    for row_id in late:
        op.execute(leg.update().where(leg.c.id == row_id).values(is_late=sa.true()))


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    with op.batch_alter_table("leg", schema=None) as batch_op:
        for index in ("ix_leg_papers", "ix_leg_late", "ix_leg_under_way"):
            batch_op.drop_index(index)
        batch_op.drop_constraint(batch_op.f("fk_leg_county_id_papers_at_id"), type_="foreignkey")
        for check in ("papers_known", "papers_length"):
            batch_op.drop_constraint(batch_op.f(f"ck_leg_{check}"), type_="check")
        for column in ("papers_at_id", "papers", "is_late", "is_under_way"):
            batch_op.drop_column(column)
