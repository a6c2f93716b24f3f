"""Reports of visits without a code; secret addresses of enterprises' calendars."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
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
    return sa.ForeignKeyConstraint(["county_id", column], [f"{to}.county_id", f"{to}.id"], name=op.f(f"fk_{table}_county_id_{column}"))


def _length(table: str, column: str, most: int) -> sa.CheckConstraint:
    return sa.CheckConstraint(f'length("{column}") <= {most}', name=op.f(f"ck_{table}_{column}_length"))


def upgrade() -> None:
    report = "inspection_report"
    op.create_table(
        report,
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("tracking_code", sa.String(length=12), nullable=False),
        sa.Column("subject", sa.String(length=10), nullable=False),
        sa.Column("body_id", sa.Integer(), nullable=True),
        sa.Column("enterprise_id", sa.Integer(), nullable=True),
        sa.Column("enterprise_code", sa.String(length=18), nullable=False),
        sa.Column("shown_code", sa.String(length=40), nullable=False),
        sa.Column("came_on", sa.Date(), nullable=False),
        sa.Column("who_came", sa.String(length=200), nullable=False),
        sa.Column("said", sa.String(length=500), nullable=False),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("reported_by_id", sa.Integer(), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("answer", sa.String(length=500), nullable=False),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        *_of_county(report),
        sa.CheckConstraint("state IN ('open', 'answered')", name=op.f(f"ck_{report}_state_known")),
        sa.CheckConstraint("subject IN ('visit', 'refused')", name=op.f(f"ck_{report}_subject_known")),
        sa.CheckConstraint("(state = 'answered') = (answered_at IS NOT NULL)", name=op.f(f"ck_{report}_answered_when")),
        sa.CheckConstraint("(answered_at IS NULL) = (answered_by_id IS NULL)", name=op.f(f"ck_{report}_answered_by_one")),
        _length(report, "number", 40),
        _length(report, "tracking_code", 12),
        _length(report, "subject", 10),
        _length(report, "enterprise_code", 18),
        _length(report, "shown_code", 40),
        _length(report, "who_came", 200),
        _length(report, "said", 500),
        _length(report, "state", 10),
        _length(report, "answer", 500),
        _refers(report, "body_id", "body"),
        _refers(report, "enterprise_id", "enterprise"),
        _refers(report, "reported_by_id", "account"),
        _refers(report, "answered_by_id", "account"),
        sa.UniqueConstraint("county_id", "number", name=op.f(f"uq_{report}_county_id_number")),
        sa.UniqueConstraint("county_id", "tracking_code", name=op.f(f"uq_{report}_county_id_tracking_code")),
    )
    op.create_index("ix_inspection_report_state", report, ["county_id", "state", "id"], unique=False)

    feed = "enterprise_feed"
    op.create_table(
        feed,
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("secret_digest", sa.String(length=64), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        *_of_county(feed),
        _length(feed, "secret_digest", 64),
        _refers(feed, "enterprise_id", "enterprise"),
        _refers(feed, "made_by_id", "account"),
        sa.UniqueConstraint("county_id", "enterprise_id", name=op.f(f"uq_{feed}_county_id_enterprise_id")),
        sa.UniqueConstraint("county_id", "secret_digest", name=op.f(f"uq_{feed}_county_id_secret_digest")),
    )


def downgrade() -> None:
    op.drop_table("enterprise_feed")
    op.drop_index("ix_inspection_report_state", table_name="inspection_report")
    op.drop_table("inspection_report")
