"""Conditions of clauses, files, filings and confirmations of instruments, ceilings per item type, the amount of a case."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def _keys(table: str) -> tuple[sa.Constraint, ...]:
    return (
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f(f"fk_{table}_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("county_id", "id", name=op.f(f"uq_{table}_county_id_id")),
    )


def _refers(table: str, column: str, to: str) -> sa.Constraint:
    return sa.ForeignKeyConstraint(["county_id", column], [f"{to}.county_id", f"{to}.id"], name=op.f(f"fk_{table}_county_id_{column}"))


def upgrade() -> None:
    op.create_table(
        "clause_condition",
        sa.Column("clause_id", sa.Integer(), nullable=False),
        sa.Column("handling", sa.String(length=10), nullable=True),
        sa.Column("most_fen", sa.BigInteger(), nullable=True),
        sa.Column("territory_id", sa.Integer(), nullable=True),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("handling IS NULL OR handling IN ('instant', 'promised')", name=op.f("ck_clause_condition_handling_known")),
        sa.CheckConstraint("most_fen IS NULL OR most_fen > 0", name=op.f("ck_clause_condition_most_positive")),
        sa.CheckConstraint('length("handling") <= 10', name=op.f("ck_clause_condition_handling_length")),
        _refers("clause_condition", "clause_id", "clause"),
        _refers("clause_condition", "territory_id", "service_point"),
        sa.UniqueConstraint("clause_id", name=op.f("uq_clause_condition_clause_id")),
        *_keys("clause_condition"),
    )
    op.create_table(
        "instrument_file",
        sa.Column("instrument_id", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(length=60), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stored_by_id", sa.Integer(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_instrument_file_size_positive")),
        sa.CheckConstraint('length("digest") <= 64', name=op.f("ck_instrument_file_digest_length")),
        sa.CheckConstraint('length("media_type") <= 60', name=op.f("ck_instrument_file_media_type_length")),
        _refers("instrument_file", "instrument_id", "instrument"),
        _refers("instrument_file", "stored_by_id", "account"),
        *_keys("instrument_file"),
    )
    op.create_index(op.f("ix_instrument_file_instrument_id"), "instrument_file", ["instrument_id"], unique=False)
    op.create_table(
        "instrument_filing",
        sa.Column("instrument_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=20), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("filed_by_id", sa.Integer(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("place IN ('center', 'department')", name=op.f("ck_instrument_filing_place_known")),
        sa.CheckConstraint('length("place") <= 20', name=op.f("ck_instrument_filing_place_length")),
        _refers("instrument_filing", "instrument_id", "instrument"),
        _refers("instrument_filing", "filed_by_id", "account"),
        sa.UniqueConstraint("instrument_id", "place", name=op.f("uq_instrument_filing_instrument_id_place")),
        *_keys("instrument_filing"),
    )
    op.create_table(
        "instrument_confirmation",
        sa.Column("instrument_id", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        _refers("instrument_confirmation", "instrument_id", "instrument"),
        _refers("instrument_confirmation", "confirmed_by_id", "account"),
        *_keys("instrument_confirmation"),
    )
    op.create_index("ix_instrument_confirmation_instrument", "instrument_confirmation", ["instrument_id", "confirmed_at"], unique=False)
    with op.batch_alter_table("ceiling") as batch:
        batch.add_column(sa.Column("item_type", sa.String(length=2), nullable=False, server_default=""))
        batch.drop_constraint(op.f("uq_ceiling_county_id_level_power_mandate_from_on"), type_="unique")
        batch.create_unique_constraint(
            op.f("uq_ceiling_county_id_level_power_mandate_item_type_from_on"),
            ["county_id", "level", "power", "mandate", "item_type", "from_on"],
        )
        batch.create_check_constraint(op.f("ck_ceiling_item_type_length"), 'length("item_type") <= 2')
    op.add_column("case", sa.Column("amount_fen", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("case", "amount_fen")
    with op.batch_alter_table("ceiling") as batch:
        batch.drop_constraint(op.f("ck_ceiling_item_type_length"), type_="check")
        batch.drop_constraint(op.f("uq_ceiling_county_id_level_power_mandate_item_type_from_on"), type_="unique")
        batch.create_unique_constraint(
            op.f("uq_ceiling_county_id_level_power_mandate_from_on"), ["county_id", "level", "power", "mandate", "from_on"]
        )
        batch.drop_column("item_type")
    op.drop_index("ix_instrument_confirmation_instrument", table_name="instrument_confirmation")
    op.drop_table("instrument_confirmation")
    op.drop_table("instrument_filing")
    op.drop_index(op.f("ix_instrument_file_instrument_id"), table_name="instrument_file")
    op.drop_table("instrument_file")
    op.drop_table("clause_condition")
