"""Wishes for a year, matchings, and the joint visits that they propose."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
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


def _refer(table: str, *pairs: tuple[str, str]) -> list:
    return [
        sa.ForeignKeyConstraint(["county_id", column], [f"{to}.county_id", f"{to}.id"], name=op.f(f"fk_{table}_county_id_{column}"))
        for column, to in pairs
    ]


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def _length(table: str, column: str, most: int) -> sa.CheckConstraint:
    return sa.CheckConstraint(f'length("{column}") <= {most}', name=op.f(f"ck_{table}_{column}_length"))


def upgrade() -> None:
    op.create_table(
        "inspection_wish",
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("matter_id", sa.Integer(), nullable=False),
        sa.Column("months", sa.String(length=40), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("year BETWEEN 2019 AND 2100", name=op.f("ck_inspection_wish_year_known")),
        _length("inspection_wish", "months", 40),
        *_refer(
            "inspection_wish", ("body_id", "body"), ("enterprise_id", "enterprise"), ("matter_id", "inspection_matter"), ("entered_by_id", "account")
        ),
        *_of_county("inspection_wish"),
        _unique("inspection_wish", "body_id", "year", "enterprise_id", "matter_id"),
    )
    op.create_index("ix_inspection_wish_year", "inspection_wish", ["county_id", "year", "body_id"])
    op.create_table(
        "matching_run",
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("year", "edition", "seed")),
        sa.Column("run_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("run_by_id", "wishes", "visits", "lower_bound", "alone", "alone_left")),
        sa.Column("report", sa.JSON(none_as_null=True), nullable=False),
        *_refer("matching_run", ("run_by_id", "account")),
        *_of_county("matching_run"),
        _unique("matching_run", "county_id", "year", "edition"),
    )
    op.create_table(
        "joint_proposal",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("lead_body_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _length("joint_proposal", "code", 20),
        *_refer("joint_proposal", ("run_id", "matching_run"), ("enterprise_id", "enterprise"), ("lead_body_id", "body")),
        *_of_county("joint_proposal"),
        _unique("joint_proposal", "county_id", "code"),
    )
    op.create_index("ix_joint_proposal_run", "joint_proposal", ["run_id", "day_on", "id"])
    op.create_table(
        "joint_part",
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("wish_id", sa.Integer(), nullable=False),
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("state IN ('open', 'accepted', 'refused')", name=op.f("ck_joint_part_state_known")),
        _length("joint_part", "state", 20),
        _length("joint_part", "reason", 300),
        *_refer(
            "joint_part", ("proposal_id", "joint_proposal"), ("wish_id", "inspection_wish"), ("body_id", "body"), ("plan_id", "inspection_plan"),
            ("answered_by_id", "account"),
        ),
        *_of_county("joint_part"),
        _unique("joint_part", "proposal_id", "wish_id"),
    )  # fmt: skip
    op.create_index("ix_joint_part_body", "joint_part", ["body_id", "state"])


def downgrade() -> None:
    op.drop_index("ix_joint_part_body", "joint_part")
    op.drop_table("joint_part")
    op.drop_index("ix_joint_proposal_run", "joint_proposal")
    op.drop_table("joint_proposal")
    op.drop_table("matching_run")
    op.drop_index("ix_inspection_wish_year", "inspection_wish")
    op.drop_table("inspection_wish")
