"""Published fees."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "published_fee",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("collector_id", sa.Integer(), nullable=False),
        sa.Column("lower_fen", sa.Integer(), nullable=False),
        sa.Column("upper_fen", sa.Integer(), nullable=False),
        sa.Column("basis", sa.String(length=500), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("published_at", sa.String(length=500), nullable=False),
        sa.Column("more", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_hant", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=300), nullable=False),
        sa.CheckConstraint('length("basis") <= 500', name=op.f("ck_published_fee_basis_length")),
        sa.CheckConstraint('length("code") <= 40', name=op.f("ck_published_fee_code_length")),
        sa.CheckConstraint('length("name") <= 200', name=op.f("ck_published_fee_name_length")),
        sa.CheckConstraint('length("name_en") <= 300', name=op.f("ck_published_fee_name_en_length")),
        sa.CheckConstraint('length("name_hant") <= 200', name=op.f("ck_published_fee_name_hant_length")),
        sa.CheckConstraint('length("note") <= 500', name=op.f("ck_published_fee_note_length")),
        sa.CheckConstraint('length("published_at") <= 500', name=op.f("ck_published_fee_published_at_length")),
        sa.CheckConstraint("lower_fen >= 0 AND lower_fen <= upper_fen", name=op.f("ck_published_fee_range")),
        sa.ForeignKeyConstraint(
            ["county_id", "collector_id"], ["body.county_id", "body.id"], name=op.f("fk_published_fee_county_id_collector_id")
        ),
        sa.ForeignKeyConstraint(["county_id", "item_id"], ["item.county_id", "item.id"], name=op.f("fk_published_fee_county_id_item_id")),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_published_fee_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_published_fee")),
        sa.UniqueConstraint("county_id", "code", "from_on", name=op.f("uq_published_fee_county_id_code_from_on")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_published_fee_county_id_id")),
    )


def downgrade() -> None:
    op.drop_table("published_fee")
