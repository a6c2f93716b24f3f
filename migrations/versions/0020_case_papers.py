"""The papers of a case."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

KINDS = (
    "'receipt', 'acceptance', 'notice', 'undertaking', 'commitment', 'non_acceptance', 'turned_away', 'stop', 'extension', 'refusal', "
    "'decision', 'delivery', 'closing'"
)


def upgrade() -> None:
    op.create_table(
        "case_paper",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=True),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("seal", sa.String(length=10), nullable=True),
        sa.Column("seal_body_id", sa.Integer(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by_id", sa.Integer(), nullable=True),
        sa.Column("told", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("ck_case_paper_kind_known")),
        sa.CheckConstraint("seal IN ('window', 'body')", name=op.f("ck_case_paper_seal_known")),
        sa.CheckConstraint(
            "(seal IS NULL) = (seal_body_id IS NULL) AND (seal IS NULL) = (number IS NULL)", name=op.f("ck_case_paper_sealed_and_numbered")
        ),
        sa.CheckConstraint('length("kind") <= 20', name=op.f("ck_case_paper_kind_length")),
        sa.CheckConstraint('length("number") <= 80', name=op.f("ck_case_paper_number_length")),
        sa.CheckConstraint('length("code") <= 20', name=op.f("ck_case_paper_code_length")),
        sa.CheckConstraint('length("seal") <= 10', name=op.f("ck_case_paper_seal_length")),
        sa.ForeignKeyConstraint(["county_id", "case_id"], ["case.county_id", "case.id"], name=op.f("fk_case_paper_county_id_case_id")),
        sa.ForeignKeyConstraint(
            ["county_id", "seal_body_id"], ["body.county_id", "body.id"], name=op.f("fk_case_paper_county_id_seal_body_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "issued_by_id"], ["account.county_id", "account.id"], name=op.f("fk_case_paper_county_id_issued_by_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_case_paper_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_paper")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_case_paper_county_id_id")),
        sa.UniqueConstraint("case_id", "seq", "kind", name=op.f("uq_case_paper_case_id_seq_kind")),
        sa.UniqueConstraint("county_id", "number", name=op.f("uq_case_paper_county_id_number")),
        sa.UniqueConstraint("county_id", "code", name=op.f("uq_case_paper_county_id_code")),
    )


def downgrade() -> None:
    op.drop_table("case_paper")
