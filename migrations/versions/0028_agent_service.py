"""Agent service: what was consented to, what the worker has and carried, a row a case."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agent_service",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("window_id", sa.Integer(), nullable=False),
        sa.Column("area", sa.String(length=40), nullable=False),
        sa.Column("is_live", sa.Boolean(), nullable=False),
        sa.Column("consented_on", sa.Date(), nullable=False),
        sa.Column("consents_until", sa.Date(), nullable=True),
        sa.Column("brings_result", sa.Boolean(), nullable=False),
        sa.Column("keeps_until", sa.Date(), nullable=True),
        sa.Column("kept_late", sa.Integer(), nullable=False),
        sa.Column("trips", sa.Integer(), nullable=False),
        sa.Column("home_on", sa.Date(), nullable=True),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint('length("area") <= 40', name=op.f("ck_agent_service_area_length")),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_agent_service_county_id")),
        sa.ForeignKeyConstraint(
            ["county_id", "case_id"], ["case.county_id", "case.id"], name=op.f("fk_agent_service_county_id_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "point_id"], ["service_point.county_id", "service_point.id"], name=op.f("fk_agent_service_county_id_point_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "window_id"], ["window.county_id", "window.id"], name=op.f("fk_agent_service_county_id_window_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent_service")),
        sa.UniqueConstraint("case_id", name=op.f("uq_agent_service_case_id")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_agent_service_county_id_id")),
    )
    op.create_index("ix_agent_service_point", "agent_service", ["point_id", "is_live", "area", "case_id"])
    op.create_index("ix_agent_service_keeps", "agent_service", ["county_id", "keeps_until", "case_id"])


def downgrade() -> None:
    op.drop_table("agent_service")
