"""Notices of the calendar, as they were entered; the year whose notice types a day."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_notice",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("notice", sa.String(length=200), nullable=False),
        sa.Column("source", sa.String(length=500), nullable=False),
        sa.Column("text", sa.String(length=4000), nullable=False),
        sa.Column("days", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=True),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('yearly', 'regional', 'regional_ended')", name=op.f("ck_calendar_notice_kind_known")),
        sa.CheckConstraint('length("kind") <= 20', name=op.f("ck_calendar_notice_kind_length")),
        sa.CheckConstraint('length("notice") <= 200', name=op.f("ck_calendar_notice_notice_length")),
        sa.CheckConstraint('length("source") <= 500', name=op.f("ck_calendar_notice_source_length")),
        sa.CheckConstraint('length("text") <= 4000', name=op.f("ck_calendar_notice_text_length")),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_calendar_notice_county_id")),
        sa.ForeignKeyConstraint(
            ["county_id", "entered_by_id"], ["account.county_id", "account.id"], name=op.f("fk_calendar_notice_county_id_entered_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_notice")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_calendar_notice_county_id_id")),
        sa.UniqueConstraint("county_id", "seq", name=op.f("uq_calendar_notice_county_id_seq")),
    )
    op.create_index("ix_calendar_notice_year", "calendar_notice", ["county_id", "year", "seq"], unique=False)
    with op.batch_alter_table("calendar_day", schema=None) as batch_op:
        batch_op.add_column(sa.Column("notice_year", sa.Integer(), nullable=True))
    _say_whose_days()


def _say_whose_days() -> None:
    """A day of December can belong to the notice of the next year: its number says so."""
    day = sa.table(
        "calendar_day", *(sa.column(name) for name in ("id", "county_id", "kind", "notice", "notice_year")), sa.column("day_on", sa.Date)
    )
    year = sa.table("calendar_year", sa.column("county_id"), sa.column("year"), sa.column("notice"))
    told = sa.select(sa.func.min(year.c.year)).where(year.c.county_id == day.c.county_id, year.c.notice == day.c.notice).scalar_subquery()
    own = sa.cast(sa.extract("year", day.c.day_on), sa.Integer)
    op.execute(day.update().where(day.c.kind != "regional_holiday").values(notice_year=sa.func.coalesce(told, own)))


def downgrade() -> None:
    with op.batch_alter_table("calendar_day", schema=None) as batch_op:
        batch_op.drop_column("notice_year")
    op.drop_index("ix_calendar_notice_year", table_name="calendar_notice")
    op.drop_table("calendar_notice")
