"""Service items and their versions."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "item",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("national_code", sa.String(length=40), nullable=False),
        sa.Column("implementing_code", sa.String(length=60), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "status IN ('in_force', 'suspended', 'cancelled', 'moved_down', 'merged', 'taken_over')", name=op.f("ck_item_status_known")
        ),
        sa.CheckConstraint('length("code") <= 40', name=op.f("ck_item_code_length")),
        sa.CheckConstraint('length("implementing_code") <= 60', name=op.f("ck_item_implementing_code_length")),
        sa.CheckConstraint('length("national_code") <= 40', name=op.f("ck_item_national_code_length")),
        sa.CheckConstraint('length("status") <= 20', name=op.f("ck_item_status_length")),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_item_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item")),
        sa.UniqueConstraint("county_id", "code", name=op.f("uq_item_county_id_code")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_item_county_id_id")),
    )
    op.create_table(
        "item_alias",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('alias', 'pinyin', 'initials', 'name')", name=op.f("ck_item_alias_kind_known")),
        sa.CheckConstraint('length("kind") <= 10', name=op.f("ck_item_alias_kind_length")),
        sa.CheckConstraint('length("text") <= 200', name=op.f("ck_item_alias_text_length")),
        sa.ForeignKeyConstraint(["county_id", "item_id"], ["item.county_id", "item.id"], name=op.f("fk_item_alias_county_id_item_id")),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_item_alias_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_alias")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_item_alias_county_id_id")),
        sa.UniqueConstraint("item_id", "kind", "text", name=op.f("uq_item_alias_item_id_kind_text")),
    )
    with op.batch_alter_table("item_alias", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_item_alias_item_id"), ["item_id"], unique=False)

    op.create_table(
        "item_version",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("type_code", sa.String(length=2), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("theme", sa.String(length=40), nullable=False),
        sa.Column("flags", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("required_powers", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("certificate", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("legal_basis", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("conditions", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("procedure", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("fee_standard", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("fee_basis", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("review_points", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("sample_place", sa.String(length=200), nullable=False),
        sa.Column("source", sa.String(length=500), nullable=False),
        sa.Column("more", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_hant", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=300), nullable=False),
        sa.CheckConstraint("kind IN ('instant', 'promised')", name=op.f("ck_item_version_kind_known")),
        sa.CheckConstraint('length("kind") <= 20', name=op.f("ck_item_version_kind_length")),
        sa.CheckConstraint('length("name") <= 200', name=op.f("ck_item_version_name_length")),
        sa.CheckConstraint('length("name_en") <= 300', name=op.f("ck_item_version_name_en_length")),
        sa.CheckConstraint('length("name_hant") <= 200', name=op.f("ck_item_version_name_hant_length")),
        sa.CheckConstraint('length("sample_place") <= 200', name=op.f("ck_item_version_sample_place_length")),
        sa.CheckConstraint('length("source") <= 500', name=op.f("ck_item_version_source_length")),
        sa.CheckConstraint('length("theme") <= 40', name=op.f("ck_item_version_theme_length")),
        sa.CheckConstraint('length("type_code") <= 2', name=op.f("ck_item_version_type_code_length")),
        sa.ForeignKeyConstraint(["county_id", "body_id"], ["body.county_id", "body.id"], name=op.f("fk_item_version_county_id_body_id")),
        sa.ForeignKeyConstraint(["county_id", "item_id"], ["item.county_id", "item.id"], name=op.f("fk_item_version_county_id_item_id")),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_item_version_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_version")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_item_version_county_id_id")),
        sa.UniqueConstraint("item_id", "version", name=op.f("uq_item_version_item_id_version")),
    )
    with op.batch_alter_table("item_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_item_version_item_id"), ["item_id"], unique=False)

    op.create_table(
        "item_limit",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("clock", sa.String(length=20), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("starts", sa.String(length=20), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("clock IN ('statutory', 'promised')", name=op.f("ck_item_limit_clock_known")),
        sa.CheckConstraint("unit IN ('working', 'calendar', 'month')", name=op.f("ck_item_limit_unit_known")),
        sa.CheckConstraint('length("clock") <= 20', name=op.f("ck_item_limit_clock_length")),
        sa.CheckConstraint('length("stage") <= 20', name=op.f("ck_item_limit_stage_length")),
        sa.CheckConstraint('length("starts") <= 20', name=op.f("ck_item_limit_starts_length")),
        sa.CheckConstraint('length("unit") <= 20', name=op.f("ck_item_limit_unit_length")),
        sa.CheckConstraint("number >= 0 AND number <= 1000", name=op.f("ck_item_limit_number_range")),
        sa.ForeignKeyConstraint(
            ["county_id", "version_id"], ["item_version.county_id", "item_version.id"], name=op.f("fk_item_limit_county_id_version_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_item_limit_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_limit")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_item_limit_county_id_id")),
        sa.UniqueConstraint("version_id", "clock", "stage", name=op.f("uq_item_limit_version_id_clock_stage")),
    )
    op.create_table(
        "item_material",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("original", sa.Integer(), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("may_be_waived", sa.Boolean(), nullable=False),
        sa.Column("may_come_later", sa.Boolean(), nullable=False),
        sa.Column("sample", sa.String(length=200), nullable=False),
        sa.Column("more", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_hant", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=300), nullable=False),
        sa.CheckConstraint('length("issuer") <= 200', name=op.f("ck_item_material_issuer_length")),
        sa.CheckConstraint('length("name") <= 200', name=op.f("ck_item_material_name_length")),
        sa.CheckConstraint('length("name_en") <= 300', name=op.f("ck_item_material_name_en_length")),
        sa.CheckConstraint('length("name_hant") <= 200', name=op.f("ck_item_material_name_hant_length")),
        sa.CheckConstraint('length("sample") <= 200', name=op.f("ck_item_material_sample_length")),
        sa.ForeignKeyConstraint(
            ["county_id", "version_id"], ["item_version.county_id", "item_version.id"], name=op.f("fk_item_material_county_id_version_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_item_material_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_material")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_item_material_county_id_id")),
        sa.UniqueConstraint("version_id", "seq", name=op.f("uq_item_material_version_id_seq")),
    )
    op.create_table(
        "item_offer",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["county_id", "point_id"], ["service_point.county_id", "service_point.id"], name=op.f("fk_item_offer_county_id_point_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "version_id"], ["item_version.county_id", "item_version.id"], name=op.f("fk_item_offer_county_id_version_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_item_offer_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_offer")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_item_offer_county_id_id")),
        sa.UniqueConstraint("version_id", "point_id", name=op.f("uq_item_offer_version_id_point_id")),
    )
    with op.batch_alter_table("item_offer", schema=None) as batch_op:
        batch_op.create_index("ix_item_offer_point", ["point_id", "version_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("item_offer", schema=None) as batch_op:
        batch_op.drop_index("ix_item_offer_point")

    op.drop_table("item_offer")
    op.drop_table("item_material")
    op.drop_table("item_limit")
    with op.batch_alter_table("item_version", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_item_version_item_id"))

    op.drop_table("item_version")
    with op.batch_alter_table("item_alias", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_item_alias_item_id"))

    op.drop_table("item_alias")
    op.drop_table("item")
