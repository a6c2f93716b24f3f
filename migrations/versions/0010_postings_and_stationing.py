"""What a posting rests on; the negative list and withdrawals of items."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "item_withdrawal",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("point_id", sa.Integer(), nullable=True),
        sa.Column("up_to_version", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("review_number", sa.String(length=60), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("approval_number", sa.String(length=60), nullable=False),
        sa.Column("approval_on", sa.Date(), nullable=False),
        sa.Column("filing_number", sa.String(length=60), nullable=False),
        sa.Column("filing_on", sa.Date(), nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("review_on <= approval_on AND approval_on <= filing_on", name=op.f("ck_item_withdrawal_papers_in_order")),
        sa.CheckConstraint('length("approval_number") <= 60', name=op.f("ck_item_withdrawal_approval_number_length")),
        sa.CheckConstraint('length("filing_number") <= 60', name=op.f("ck_item_withdrawal_filing_number_length")),
        sa.CheckConstraint('length("review_number") <= 60', name=op.f("ck_item_withdrawal_review_number_length")),
        sa.ForeignKeyConstraint(
            ["county_id", "entered_by_id"], ["account.county_id", "account.id"], name=op.f("fk_item_withdrawal_county_id_entered_by_id")
        ),
        sa.ForeignKeyConstraint(["county_id", "item_id"], ["item.county_id", "item.id"], name=op.f("fk_item_withdrawal_county_id_item_id")),
        sa.ForeignKeyConstraint(
            ["county_id", "point_id"],
            ["service_point.county_id", "service_point.id"],
            name=op.f("fk_item_withdrawal_county_id_point_id"),
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_item_withdrawal_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_withdrawal")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_item_withdrawal_county_id_id")),
    )
    with op.batch_alter_table("item_withdrawal", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_item_withdrawal_item_id"), ["item_id"], unique=False)

    op.create_table(
        "negative_entry",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("instrument", sa.String(length=60), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("entered_by_id", sa.Integer(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("until_on IS NULL OR from_on <= until_on", name=op.f("ck_negative_entry_ends_after_it_begins")),
        sa.CheckConstraint('length("instrument") <= 60', name=op.f("ck_negative_entry_instrument_length")),
        sa.ForeignKeyConstraint(
            ["county_id", "entered_by_id"], ["account.county_id", "account.id"], name=op.f("fk_negative_entry_county_id_entered_by_id")
        ),
        sa.ForeignKeyConstraint(["county_id", "item_id"], ["item.county_id", "item.id"], name=op.f("fk_negative_entry_county_id_item_id")),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_negative_entry_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_negative_entry")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_negative_entry_county_id_id")),
    )
    with op.batch_alter_table("negative_entry", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_negative_entry_item_id"), ["item_id"], unique=False)

    op.create_table(
        "posting_end",
        sa.Column("posting_id", sa.Integer(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("excused", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint('length("reason") <= 300', name=op.f("ck_posting_end_reason_length")),
        sa.ForeignKeyConstraint(
            ["county_id", "ended_by_id"], ["account.county_id", "account.id"], name=op.f("fk_posting_end_county_id_ended_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "posting_id"], ["posting.county_id", "posting.id"], name=op.f("fk_posting_end_county_id_posting_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_posting_end_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posting_end")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_posting_end_county_id_id")),
    )
    with op.batch_alter_table("posting_end", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_posting_end_posting_id"), ["posting_id"], unique=False)

    # what was entered before this was kept: regular staff, nothing excused, by nobody named
    with op.batch_alter_table("posting", schema=None) as batch_op:
        batch_op.add_column(sa.Column("staff", sa.String(length=10), server_default="regular", nullable=False))
        batch_op.add_column(sa.Column("told_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("excused", sa.JSON(none_as_null=True), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("village_paper", sa.String(length=60), server_default="", nullable=False))
        batch_op.add_column(sa.Column("town_paper", sa.String(length=60), server_default="", nullable=False))
        batch_op.add_column(sa.Column("entered_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("entered_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_check_constraint(op.f("ck_posting_staff_known"), "staff IN ('regular', 'temporary')")
        batch_op.create_check_constraint(op.f("ck_posting_staff_length"), 'length("staff") <= 10')
        batch_op.create_check_constraint(op.f("ck_posting_village_paper_length"), 'length("village_paper") <= 60')
        batch_op.create_check_constraint(op.f("ck_posting_town_paper_length"), 'length("town_paper") <= 60')
        batch_op.create_foreign_key(
            op.f("fk_posting_county_id_entered_by_id"), "account", ["county_id", "entered_by_id"], ["county_id", "id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("posting", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_posting_county_id_entered_by_id"), type_="foreignkey")
        batch_op.drop_constraint(op.f("ck_posting_town_paper_length"), type_="check")
        batch_op.drop_constraint(op.f("ck_posting_village_paper_length"), type_="check")
        batch_op.drop_constraint(op.f("ck_posting_staff_length"), type_="check")
        batch_op.drop_constraint(op.f("ck_posting_staff_known"), type_="check")
        for name in ("entered_at", "entered_by_id", "town_paper", "village_paper", "excused", "told_on", "staff"):
            batch_op.drop_column(name)

    for table, column in (("posting_end", "posting_id"), ("negative_entry", "item_id"), ("item_withdrawal", "item_id")):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_index(op.f(f"ix_{table}_{column}"))
        op.drop_table(table)
