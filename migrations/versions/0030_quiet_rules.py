"""Quiet days as dated data: exemptions with their switch, caps, the level that a superior named, added days that end early."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

LAID_BY = "laid_by IN ('nation', 'province', 'line', 'county', 'body')"


def _of_county(table: str) -> tuple:
    return (
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f(f"fk_{table}_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("county_id", "id", name=op.f(f"uq_{table}_county_id_id")),
    )


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["county_id", column], [f"{to}.county_id", f"{to}.id"], name=op.f(f"fk_{table}_county_id_{column}")
    )


def _length(table: str, column: str, most: int) -> sa.CheckConstraint:
    return sa.CheckConstraint(f'length("{column}") <= {most}', name=op.f(f"ck_{table}_{column}_length"))


def upgrade() -> None:
    op.create_table(
        "exemption_category",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("kinds", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("source", sa.String(length=500), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_hant", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=300), nullable=False),
        *(_length("exemption_category", name, most) for name, most in
          (("code", 20), ("source", 500), ("name", 200), ("name_hant", 200), ("name_en", 300))),
        *_of_county("exemption_category"),
        sa.UniqueConstraint("county_id", "code", "from_on", name=op.f("uq_exemption_category_county_id_code_from_on")),
    )  # fmt: skip
    op.create_table(
        "inspection_cap",
        sa.Column("seat", sa.String(length=100), nullable=False),
        sa.Column("laid_by", sa.String(length=20), nullable=False),
        sa.Column("line", sa.String(length=40), nullable=False),
        sa.Column("body_id", sa.Integer(), nullable=True),
        sa.Column("per", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("counts", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(length=500), nullable=False),
        sa.CheckConstraint(LAID_BY, name=op.f("ck_inspection_cap_laid_by_known")),
        sa.CheckConstraint("per IN ('body', 'enterprise')", name=op.f("ck_inspection_cap_per_known")),
        sa.CheckConstraint("number IS NULL OR (number >= 0 AND number <= 99)", name=op.f("ck_inspection_cap_number_small")),
        *(_length("inspection_cap", name, most) for name, most in
          (("seat", 100), ("laid_by", 20), ("line", 40), ("per", 20), ("source", 500))),
        _refers("inspection_cap", "body_id", "body"),
        *_of_county("inspection_cap"),
        sa.UniqueConstraint("county_id", "seat", "from_on", name=op.f("uq_inspection_cap_county_id_seat_from_on")),
    )  # fmt: skip
    op.create_table(
        "named_level",
        sa.Column("line", sa.String(length=40), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), nullable=True),
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("instrument", sa.String(length=100), nullable=False),
        sa.CheckConstraint("year >= 2019 AND year <= 2100", name=op.f("ck_named_level_year_known")),
        _length("named_level", "line", 40),
        _length("named_level", "instrument", 100),
        _refers("named_level", "enterprise_id", "enterprise"),
        _refers("named_level", "body_id", "body"),
        *_of_county("named_level"),
    )
    op.create_table(
        "added_quiet_end",
        sa.Column("added_id", sa.Integer(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(length=500), nullable=False),
        _length("added_quiet_end", "source", 500),
        _refers("added_quiet_end", "added_id", "added_quiet_days"),
        *_of_county("added_quiet_end"),
        sa.UniqueConstraint("county_id", "added_id", name=op.f("uq_added_quiet_end_county_id_added_id")),
    )


def downgrade() -> None:
    for table in ("added_quiet_end", "named_level", "inspection_cap", "exemption_category"):
        op.drop_table(table)
