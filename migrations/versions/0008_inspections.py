"""Quiet-day rules, enterprises, added quiet days, visits."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "added_quiet_days",
        sa.Column("scope", sa.String(length=20), nullable=False),
        sa.Column("scope_code", sa.String(length=60), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("instrument", sa.String(length=100), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("scope IN ('enterprise', 'trade', 'town', 'all')", name=op.f("ck_added_quiet_days_scope_known")),
        sa.CheckConstraint("first_on <= last_on", name=op.f("ck_added_quiet_days_in_order")),
        sa.CheckConstraint('length("instrument") <= 100', name=op.f("ck_added_quiet_days_instrument_length")),
        sa.CheckConstraint('length("scope") <= 20', name=op.f("ck_added_quiet_days_scope_length")),
        sa.CheckConstraint('length("scope_code") <= 60', name=op.f("ck_added_quiet_days_scope_code_length")),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_added_quiet_days_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_added_quiet_days")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_added_quiet_days_county_id_id")),
    )
    op.create_table(
        "quiet_rule",
        sa.Column("holds_from_on", sa.Date(), nullable=False),
        sa.Column("terms", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("source", sa.String(length=500), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint('length("source") <= 500', name=op.f("ck_quiet_rule_source_length")),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_quiet_rule_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quiet_rule")),
        sa.UniqueConstraint("county_id", "holds_from_on", name=op.f("uq_quiet_rule_county_id_holds_from_on")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_quiet_rule_county_id_id")),
    )
    op.create_table(
        "enterprise",
        sa.Column("code", sa.String(length=18), nullable=False),
        sa.Column("division_id", sa.Integer(), nullable=True),
        sa.Column("trade", sa.String(length=60), nullable=False),
        sa.Column("risk_grade", sa.String(length=2), nullable=False),
        sa.Column("more", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_hant", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=300), nullable=False),
        sa.CheckConstraint('length("code") <= 18', name=op.f("ck_enterprise_code_length")),
        sa.CheckConstraint('length("name") <= 200', name=op.f("ck_enterprise_name_length")),
        sa.CheckConstraint('length("name_en") <= 300', name=op.f("ck_enterprise_name_en_length")),
        sa.CheckConstraint('length("name_hant") <= 200', name=op.f("ck_enterprise_name_hant_length")),
        sa.CheckConstraint('length("risk_grade") <= 2', name=op.f("ck_enterprise_risk_grade_length")),
        sa.CheckConstraint('length("trade") <= 60', name=op.f("ck_enterprise_trade_length")),
        sa.ForeignKeyConstraint(
            ["county_id", "division_id"], ["division.county_id", "division.id"], name=op.f("fk_enterprise_county_id_division_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_enterprise_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enterprise")),
        sa.UniqueConstraint("county_id", "code", name=op.f("uq_enterprise_county_id_code")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_enterprise_county_id_id")),
    )
    op.create_table(
        "inspection_visit",
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("exemption", sa.String(length=20), nullable=True),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('routine', 'individual', 'special')", name=op.f("ck_inspection_visit_kind_known")),
        sa.CheckConstraint('length("exemption") <= 20', name=op.f("ck_inspection_visit_exemption_length")),
        sa.CheckConstraint('length("kind") <= 20', name=op.f("ck_inspection_visit_kind_length")),
        sa.CheckConstraint('length("line") <= 40', name=op.f("ck_inspection_visit_line_length")),
        sa.ForeignKeyConstraint(
            ["county_id", "body_id"], ["body.county_id", "body.id"], name=op.f("fk_inspection_visit_county_id_body_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "enterprise_id"],
            ["enterprise.county_id", "enterprise.id"],
            name=op.f("fk_inspection_visit_county_id_enterprise_id"),
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_inspection_visit_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection_visit")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_inspection_visit_county_id_id")),
    )
    with op.batch_alter_table("inspection_visit", schema=None) as batch_op:
        batch_op.create_index("ix_inspection_visit_enterprise", ["enterprise_id", "day_on"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("inspection_visit", schema=None) as batch_op:
        batch_op.drop_index("ix_inspection_visit_enterprise")

    op.drop_table("inspection_visit")
    op.drop_table("enterprise")
    op.drop_table("quiet_rule")
    op.drop_table("added_quiet_days")
