"""Instruments, clauses, ends, letters, ceilings."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ceiling",
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("power", sa.String(length=20), nullable=False),
        sa.Column("mandate", sa.String(length=20), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("is_allowed", sa.Boolean(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("level IN ('county', 'sub_center', 'town', 'village', 'community')", name=op.f("ck_ceiling_level_known")),
        sa.CheckConstraint(
            "mandate IN ('statutory', 'concentrated', 'internal', 'entrustment', 'receive_forward')", name=op.f("ck_ceiling_mandate_known")
        ),
        sa.CheckConstraint(
            "power IN ('accept', 'review', 'coordinate', 'joint', 'decide', 'certify', 'deliver', 'litigate', 'collect', 'finish')",
            name=op.f("ck_ceiling_power_known"),
        ),
        sa.CheckConstraint('length("level") <= 20', name=op.f("ck_ceiling_level_length")),
        sa.CheckConstraint('length("mandate") <= 20', name=op.f("ck_ceiling_mandate_length")),
        sa.CheckConstraint('length("power") <= 20', name=op.f("ck_ceiling_power_length")),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_ceiling_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ceiling")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_ceiling_county_id_id")),
        sa.UniqueConstraint(
            "county_id", "level", "power", "mandate", "from_on", name=op.f("uq_ceiling_county_id_level_power_mandate_from_on")
        ),
    )
    op.create_table(
        "instrument",
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("receiving_body_id", sa.Integer(), nullable=True),
        sa.Column("mandate", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("basis", sa.String(length=2000), nullable=False),
        sa.Column("supersedes_id", sa.Integer(), nullable=True),
        sa.Column("drafted_by_id", sa.Integer(), nullable=True),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "mandate IN ('statutory', 'concentrated', 'internal', 'entrustment', 'receive_forward')",
            name=op.f("ck_instrument_mandate_known"),
        ),
        sa.CheckConstraint('length("basis") <= 2000', name=op.f("ck_instrument_basis_length")),
        sa.CheckConstraint('length("mandate") <= 20', name=op.f("ck_instrument_mandate_length")),
        sa.CheckConstraint('length("title") <= 200', name=op.f("ck_instrument_title_length")),
        sa.ForeignKeyConstraint(["county_id", "body_id"], ["body.county_id", "body.id"], name=op.f("fk_instrument_county_id_body_id")),
        sa.ForeignKeyConstraint(
            ["county_id", "drafted_by_id"], ["account.county_id", "account.id"], name=op.f("fk_instrument_county_id_drafted_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "receiving_body_id"], ["body.county_id", "body.id"], name=op.f("fk_instrument_county_id_receiving_body_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "supersedes_id"], ["instrument.county_id", "instrument.id"], name=op.f("fk_instrument_county_id_supersedes_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_instrument_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instrument")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_instrument_county_id_id")),
    )
    with op.batch_alter_table("instrument", schema=None) as batch_op:
        batch_op.create_index("ix_instrument_body", ["body_id", "id"], unique=False)

    op.create_table(
        "letter",
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint('length("number") <= 60', name=op.f("ck_letter_number_length")),
        sa.ForeignKeyConstraint(
            ["county_id", "account_id"], ["account.county_id", "account.id"], name=op.f("fk_letter_county_id_account_id")
        ),
        sa.ForeignKeyConstraint(["county_id", "body_id"], ["body.county_id", "body.id"], name=op.f("fk_letter_county_id_body_id")),
        sa.ForeignKeyConstraint(
            ["county_id", "point_id"], ["service_point.county_id", "service_point.id"], name=op.f("fk_letter_county_id_point_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_letter_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_letter_county_id_id")),
        sa.UniqueConstraint("county_id", "number", name=op.f("uq_letter_county_id_number")),
    )
    with op.batch_alter_table("letter", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_letter_account_id"), ["account_id"], unique=False)
        batch_op.create_index("ix_letter_point", ["point_id", "body_id"], unique=False)

    op.create_table(
        "clause",
        sa.Column("instrument_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("window_id", sa.Integer(), nullable=False),
        sa.Column("all_items", sa.Boolean(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("post", sa.String(length=10), nullable=True),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("post IS NULL OR post IN ('clerk', 'chief', 'agent')", name=op.f("ck_clause_post_known")),
        sa.CheckConstraint('length("post") <= 10', name=op.f("ck_clause_post_length")),
        sa.CheckConstraint("until_on IS NULL OR from_on <= until_on", name=op.f("ck_clause_ends_after_it_begins")),
        sa.ForeignKeyConstraint(
            ["county_id", "instrument_id"], ["instrument.county_id", "instrument.id"], name=op.f("fk_clause_county_id_instrument_id")
        ),
        sa.ForeignKeyConstraint(["county_id", "window_id"], ["window.county_id", "window.id"], name=op.f("fk_clause_county_id_window_id")),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_clause_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clause")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_clause_county_id_id")),
        sa.UniqueConstraint("instrument_id", "seq", name=op.f("uq_clause_instrument_id_seq")),
    )
    with op.batch_alter_table("clause", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_clause_instrument_id"), ["instrument_id"], unique=False)
        batch_op.create_index("ix_clause_window", ["window_id", "id"], unique=False)

    op.create_table(
        "instrument_registration",
        sa.Column("instrument_id", sa.Integer(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registered_by_id", sa.Integer(), nullable=True),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["county_id", "instrument_id"],
            ["instrument.county_id", "instrument.id"],
            name=op.f("fk_instrument_registration_county_id_instrument_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "registered_by_id"],
            ["account.county_id", "account.id"],
            name=op.f("fk_instrument_registration_county_id_registered_by_id"),
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_instrument_registration_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instrument_registration")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_instrument_registration_county_id_id")),
        sa.UniqueConstraint("instrument_id", name=op.f("uq_instrument_registration_instrument_id")),
    )
    op.create_table(
        "instrument_signature",
        sa.Column("instrument_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("signed_by_id", sa.Integer(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint('length("number") <= 60', name=op.f("ck_instrument_signature_number_length")),
        sa.ForeignKeyConstraint(
            ["county_id", "instrument_id"],
            ["instrument.county_id", "instrument.id"],
            name=op.f("fk_instrument_signature_county_id_instrument_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "signed_by_id"], ["account.county_id", "account.id"], name=op.f("fk_instrument_signature_county_id_signed_by_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_instrument_signature_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instrument_signature")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_instrument_signature_county_id_id")),
        sa.UniqueConstraint("county_id", "number", name=op.f("uq_instrument_signature_county_id_number")),
        sa.UniqueConstraint("instrument_id", name=op.f("uq_instrument_signature_instrument_id")),
    )
    op.create_table(
        "clause_end",
        sa.Column("clause_id", sa.Integer(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.String(length=20), nullable=False),
        sa.Column("ground", sa.String(length=500), nullable=False),
        sa.Column("instrument_id", sa.Integer(), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("why IN ('superseded', 'revoked', 'suspended')", name=op.f("ck_clause_end_why_known")),
        sa.CheckConstraint('length("ground") <= 500', name=op.f("ck_clause_end_ground_length")),
        sa.CheckConstraint('length("why") <= 20', name=op.f("ck_clause_end_why_length")),
        sa.ForeignKeyConstraint(
            ["county_id", "clause_id"], ["clause.county_id", "clause.id"], name=op.f("fk_clause_end_county_id_clause_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "ended_by_id"], ["account.county_id", "account.id"], name=op.f("fk_clause_end_county_id_ended_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "instrument_id"], ["instrument.county_id", "instrument.id"], name=op.f("fk_clause_end_county_id_instrument_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_clause_end_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clause_end")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_clause_end_county_id_id")),
    )
    with op.batch_alter_table("clause_end", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_clause_end_clause_id"), ["clause_id"], unique=False)

    op.create_table(
        "clause_item",
        sa.Column("clause_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["county_id", "clause_id"], ["clause.county_id", "clause.id"], name=op.f("fk_clause_item_county_id_clause_id")
        ),
        sa.ForeignKeyConstraint(["county_id", "item_id"], ["item.county_id", "item.id"], name=op.f("fk_clause_item_county_id_item_id")),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_clause_item_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clause_item")),
        sa.UniqueConstraint("clause_id", "item_id", name=op.f("uq_clause_item_clause_id_item_id")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_clause_item_county_id_id")),
    )
    with op.batch_alter_table("clause_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_clause_item_item_id"), ["item_id"], unique=False)

    op.create_table(
        "clause_power",
        sa.Column("clause_id", sa.Integer(), nullable=False),
        sa.Column("power", sa.String(length=20), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "power IN ('accept', 'review', 'coordinate', 'joint', 'decide', 'certify', 'deliver', 'litigate', 'collect', 'finish')",
            name=op.f("ck_clause_power_power_known"),
        ),
        sa.CheckConstraint('length("power") <= 20', name=op.f("ck_clause_power_power_length")),
        sa.ForeignKeyConstraint(
            ["county_id", "clause_id"], ["clause.county_id", "clause.id"], name=op.f("fk_clause_power_county_id_clause_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_clause_power_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clause_power")),
        sa.UniqueConstraint("clause_id", "power", name=op.f("uq_clause_power_clause_id_power")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_clause_power_county_id_id")),
    )


def downgrade() -> None:
    op.drop_table("clause_power")
    with op.batch_alter_table("clause_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_clause_item_item_id"))

    op.drop_table("clause_item")
    with op.batch_alter_table("clause_end", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_clause_end_clause_id"))

    op.drop_table("clause_end")
    op.drop_table("instrument_signature")
    op.drop_table("instrument_registration")
    with op.batch_alter_table("clause", schema=None) as batch_op:
        batch_op.drop_index("ix_clause_window")
        batch_op.drop_index(batch_op.f("ix_clause_instrument_id"))

    op.drop_table("clause")
    with op.batch_alter_table("letter", schema=None) as batch_op:
        batch_op.drop_index("ix_letter_point")
        batch_op.drop_index(batch_op.f("ix_letter_account_id"))

    op.drop_table("letter")
    with op.batch_alter_table("instrument", schema=None) as batch_op:
        batch_op.drop_index("ix_instrument_body")

    op.drop_table("instrument")
    op.drop_table("ceiling")
