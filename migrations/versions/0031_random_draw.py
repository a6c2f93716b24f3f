"""Random draws with seed, list, exclusions and inspectors, so that each can be repeated."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


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
        "random_draw",
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("matter_id", sa.Integer(), nullable=False),
        sa.Column("is_announced", sa.Boolean(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=False),
        sa.Column("terms", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("drawn_by_id", sa.Integer(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by_id", sa.Integer(), nullable=True),
        sa.Column("office_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("first_on <= last_on", name=op.f("ck_random_draw_in_order")),
        sa.CheckConstraint("wanted BETWEEN 1 AND 1000", name=op.f("ck_random_draw_wanted")),
        sa.CheckConstraint("(published_at IS NULL) = (office_id IS NULL)", name=op.f("ck_random_draw_published_by_office")),
        _length("random_draw", "number", 40),
        _length("random_draw", "seed", 64),
        *(_refers("random_draw", column, to) for column, to in
          (("body_id", "body"), ("matter_id", "inspection_matter"), ("drawn_by_id", "account"), ("published_by_id", "account"), ("office_id", "office"))),
        *_of_county("random_draw"),
        sa.UniqueConstraint("county_id", "number", name=op.f("uq_random_draw_county_id_number")),
    )  # fmt: skip
    op.create_index("ix_random_draw_body", "random_draw", ["body_id", "id"])
    op.create_table(
        "random_draw_entry",
        sa.Column("draw_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=18), nullable=False),
        sa.Column("grade", sa.String(length=2), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("excluded", sa.String(length=20), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.Column("certificates", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("excluded IN ('by_hand', 'no_day', 'no_pair')", name=op.f("ck_random_draw_entry_excluded_known")),
        sa.CheckConstraint("weight BETWEEN 0 AND 20", name=op.f("ck_random_draw_entry_weight")),
        *(_length("random_draw_entry", column, most) for column, most in (("code", 18), ("grade", 2), ("excluded", 20), ("reason", 200))),
        *(_refers("random_draw_entry", column, to) for column, to in
          (("draw_id", "random_draw"), ("enterprise_id", "enterprise"), ("plan_id", "inspection_plan"))),
        *_of_county("random_draw_entry"),
        sa.UniqueConstraint("draw_id", "seq", name=op.f("uq_random_draw_entry_draw_id_seq")),
        sa.UniqueConstraint("draw_id", "enterprise_id", name=op.f("uq_random_draw_entry_draw_id_enterprise_id")),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("random_draw_entry")
    op.drop_index("ix_random_draw_body", "random_draw")
    op.drop_table("random_draw")
