"""What became of visits: results, orders, penalties; paper notices and the codes that follow; explanations (Q-5, Q-6, Q-8, Q-11)."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

OUTCOMES = "outcome IN ('nothing_found', 'correction', 'penalty', 'case_filed', 'turned_away')"


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


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def _ids(*columns: str) -> tuple:
    return tuple(sa.Column(each, sa.Integer(), nullable=False) for each in columns)


def upgrade() -> None:
    op.create_table(
        "visit_result",
        *_ids("plan_id", "body_id"),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_told_late", sa.Boolean(), nullable=False),
        sa.CheckConstraint(OUTCOMES, name=op.f("ck_visit_result_outcome_known")),
        _length("visit_result", "outcome", 20),
        _refers("visit_result", "plan_id", "inspection_plan"),
        _refers("visit_result", "body_id", "body"),
        *_of_county("visit_result"),
        _unique("visit_result", "plan_id"),
    )
    op.create_index("ix_visit_result_untold", "visit_result", ["body_id", "told_at", "left_on", "id"])
    op.create_index("ix_visit_result_left", "visit_result", ["county_id", "left_on", "id"])
    op.create_table(
        "correction_order",
        *_ids("plan_id", "seq", "body_id"),
        sa.Column("what", sa.String(length=500), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_corrected", sa.Boolean(), nullable=True),
        sa.CheckConstraint("(is_corrected IS NULL) = (checked_at IS NULL)", name=op.f("ck_correction_order_checked")),
        _length("correction_order", "what", 500),
        _refers("correction_order", "plan_id", "inspection_plan"),
        _refers("correction_order", "body_id", "body"),
        *_of_county("correction_order"),
        _unique("correction_order", "plan_id", "seq"),
    )
    op.create_index("ix_correction_order_open", "correction_order", ["body_id", "checked_at", "due_on", "id"])
    op.create_table(
        "inspection_penalty",
        *_ids("plan_id", "enterprise_id", "body_id", "benchmark_id"),
        sa.Column("breach", sa.String(length=40), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("is_first", sa.Boolean(), nullable=False),
        sa.Column("ground", sa.String(length=500), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        *_ids("decided_by_id", "office_id"),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_inspection_penalty_amount")),
        _length("inspection_penalty", "breach", 40),
        _length("inspection_penalty", "ground", 500),
        *(_refers("inspection_penalty", column, to) for column, to in
          (("plan_id", "inspection_plan"), ("enterprise_id", "enterprise"), ("body_id", "body"), ("benchmark_id", "discretion_benchmark"),
           ("decided_by_id", "account"), ("office_id", "office"))),
        *_of_county("inspection_penalty"),
        _unique("inspection_penalty", "plan_id", "breach"),
    )  # fmt: skip
    op.create_index("ix_inspection_penalty_breach", "inspection_penalty", ["enterprise_id", "breach"])
    op.create_table(
        "paper_notice_block",
        *_ids("body_id", "year", "first", "last"),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        *_ids("drawn_by_id"),
        sa.CheckConstraint(
            "first > 0 AND last >= first AND last - first < 50 AND last < 10000", name=op.f("ck_paper_notice_block_in_order")
        ),
        _refers("paper_notice_block", "body_id", "body"),
        _refers("paper_notice_block", "drawn_by_id", "account"),
        *_of_county("paper_notice_block"),
        _unique("paper_notice_block", "body_id", "year", "first"),
    )
    op.create_table(
        "paper_notice",
        *_ids("block_id", "serial", "plan_id"),
        _refers("paper_notice", "block_id", "paper_notice_block"),
        _refers("paper_notice", "plan_id", "inspection_plan"),
        *_of_county("paper_notice"),
        _unique("paper_notice", "block_id", "serial"),
        _unique("paper_notice", "plan_id"),
    )
    op.create_table(
        "code_after",
        *_ids("plan_id", "body_id"),
        sa.Column("is_emergency", sa.Boolean(), nullable=False),
        sa.Column("visited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("visited_on", sa.Date(), nullable=False),
        sa.Column("code_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("came", sa.String(length=20), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.CheckConstraint("came IN ('due', 'in_time', 'late', 'over')", name=op.f("ck_code_after_came_known")),
        sa.CheckConstraint("(code_at IS NULL) = (came IS NULL)", name=op.f("ck_code_after_came")),
        _length("code_after", "came", 20),
        _length("code_after", "reason", 500),
        _refers("code_after", "plan_id", "inspection_plan"),
        _refers("code_after", "body_id", "body"),
        *_of_county("code_after"),
        _unique("code_after", "plan_id"),
    )
    op.create_index("ix_code_after_body", "code_after", ["body_id", "visited_on", "id"])
    op.create_table(
        "fruitless_explanation",
        *_ids("inspector_id", "enterprise_id", "year", "number"),
        sa.Column("reason", sa.String(length=500), nullable=False),
        *_ids("plan_id"),
        sa.Column("explained_at", sa.DateTime(timezone=True), nullable=False),
        *_ids("explained_by_id", "office_id"),
        _length("fruitless_explanation", "reason", 500),
        *(_refers("fruitless_explanation", column, to) for column, to in
          (("inspector_id", "inspector"), ("enterprise_id", "enterprise"), ("plan_id", "inspection_plan"), ("explained_by_id", "account"),
           ("office_id", "office"))),
        *_of_county("fruitless_explanation"),
        _unique("fruitless_explanation", "inspector_id", "enterprise_id", "year", "number"),
    )  # fmt: skip


def downgrade() -> None:
    tables = ("fruitless_explanation", "code_after", "paper_notice", "paper_notice_block", "inspection_penalty", "correction_order", "visit_result")
    for table in tables:
        op.drop_table(table)
