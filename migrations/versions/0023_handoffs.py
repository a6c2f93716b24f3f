"""Handoffs: what became of the papers of a leg, which legs are under way or were late."""

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
    with op.batch_alter_table("leg", schema=None) as batch_op:
        for index in ("ix_leg_papers", "ix_leg_late", "ix_leg_under_way"):
            batch_op.drop_index(index)
        batch_op.drop_constraint(batch_op.f("fk_leg_county_id_papers_at_id"), type_="foreignkey")
        for check in ("papers_known", "papers_length"):
            batch_op.drop_constraint(batch_op.f(f"ck_leg_{check}"), type_="check")
        for column in ("papers_at_id", "papers", "is_late", "is_under_way"):
            batch_op.drop_column(column)
