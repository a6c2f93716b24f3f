"""Applying online: drafts, codes by phone, ratings."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


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


def _length(table: str, column: str, most: int) -> sa.CheckConstraint:
    return sa.CheckConstraint(f'length("{column}") <= {most}', name=op.f(f"ck_{table}_{column}_length"))


def upgrade() -> None:
    op.create_table(
        "apply_code",
        sa.Column("ticket_hash", sa.String(length=64), nullable=False),
        sa.Column("phone_index", sa.String(length=32), nullable=False),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sent_at", MOMENT, nullable=False),
        sa.Column("good_until", MOMENT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        *_of_county("apply_code"),
        _length("apply_code", "ticket_hash", 64),
        _length("apply_code", "phone_index", 32),
        sa.UniqueConstraint("county_id", "ticket_hash", name=op.f("uq_apply_code_county_id_ticket_hash")),
    )
    op.create_index("ix_apply_code_good_until", "apply_code", ["good_until"])
    op.create_table(
        "apply_session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("phone_index", sa.String(length=32), nullable=False),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("good_until", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        *_of_county("apply_session"),
        _length("apply_session", "token_hash", 64),
        _length("apply_session", "phone_index", 32),
        sa.UniqueConstraint("county_id", "token_hash", name=op.f("uq_apply_session_county_id_token_hash")),
    )
    op.create_index("ix_apply_session_good_until", "apply_session", ["good_until"])
    op.create_table(
        "draft",
        sa.Column("phone_index", sa.String(length=32), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("fields_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.Column("saved_at", MOMENT, nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("dropped_at", MOMENT, nullable=True),
        *_of_county("draft"),
        _length("draft", "phone_index", 32),
        _refers("draft", "item_id", "item"),
        _refers("draft", "point_id", "service_point"),
        _refers("draft", "case_id", "case"),
        sa.UniqueConstraint("case_id", name=op.f("uq_draft_case_id")),
    )
    op.create_index("ix_draft_phone", "draft", ["county_id", "phone_index", "id"])
    op.create_table(
        "rating",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("service", sa.String(length=10), nullable=False),
        sa.Column("satisfaction", sa.Integer(), nullable=False),
        sa.Column("words", sa.String(length=500), nullable=False),
        sa.Column("rated_at", MOMENT, nullable=False),
        *_of_county("rating"),
        sa.CheckConstraint("service IN ('online', 'on_site')", name=op.f("ck_rating_service_known")),
        sa.CheckConstraint("satisfaction BETWEEN 1 AND 5", name=op.f("ck_rating_satisfaction_known")),
        _length("rating", "service", 10),
        _length("rating", "words", 500),
        _refers("rating", "case_id", "case"),
        _refers("rating", "point_id", "service_point"),
        sa.UniqueConstraint("case_id", "service", name=op.f("uq_rating_case_id_service")),
    )
    op.create_index("ix_rating_bad", "rating", ["county_id", "satisfaction", "id"])
    op.create_table(
        "rating_step",
        sa.Column("rating_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=20), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("done_at", MOMENT, nullable=False),
        *_of_county("rating_step"),
        sa.CheckConstraint("step IN ('called_back', 'set_right', 'set_aside')", name=op.f("ck_rating_step_step_known")),
        _length("rating_step", "step", 20),
        _length("rating_step", "note", 500),
        _refers("rating_step", "rating_id", "rating"),
        _refers("rating_step", "by_id", "account"),
        sa.UniqueConstraint("rating_id", "step", name=op.f("uq_rating_step_rating_id_step")),
    )


def downgrade() -> None:
    op.drop_table("rating_step")
    op.drop_index("ix_rating_bad", table_name="rating")
    op.drop_table("rating")
    op.drop_index("ix_draft_phone", table_name="draft")
    op.drop_table("draft")
    op.drop_index("ix_apply_session_good_until", table_name="apply_session")
    op.drop_table("apply_session")
    op.drop_index("ix_apply_code_good_until", table_name="apply_code")
    op.drop_table("apply_code")
