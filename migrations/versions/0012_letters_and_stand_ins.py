"""Letters of appointment from draft to end; stand-ins that end early; whose work was lent."""

from datetime import datetime, time, timedelta, timezone

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

KINDS = (
    "'collected', 'received', 'accepted', 'reviewed', 'handed_off', 'leg_received', 'leg_returned', 'recalled', 'taken', {new}"
    "'decided', 'certified', 'delivered', 'finished', 'archived', 'corrected'"
)
MOMENT = sa.DateTime(timezone=True)


def _table(name: str, *columns: str) -> sa.TableClause:
    """As much of a table as the rows that are carried over need."""
    kinds = {"number": sa.String, "kind": sa.String}
    days = {column: sa.Date for column in columns if column.endswith("_on")}
    moments = {column: MOMENT for column in columns if column.endswith("_at")}
    return sa.table(name, *(sa.column(column, {**kinds, **days, **moments}.get(column, sa.Integer)) for column in columns))


def _morning(day, hour: int = 9) -> datetime:  # type: ignore[no-untyped-def]
    moment = datetime.combine(day, time(hour), timezone(timedelta(hours=8))).astimezone(timezone.utc)
    return moment.replace(tzinfo=None) if op.get_bind().dialect.name == "sqlite" else moment


def upgrade() -> None:
    op.create_table(
        "letter_signature",
        sa.Column("letter_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("signed_by_id", sa.Integer(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint('length("number") <= 60', name=op.f("ck_letter_signature_number_length")),
        sa.ForeignKeyConstraint(
            ["county_id", "letter_id"], ["letter.county_id", "letter.id"], name=op.f("fk_letter_signature_county_id_letter_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "signed_by_id"], ["account.county_id", "account.id"], name=op.f("fk_letter_signature_county_id_signed_by_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_letter_signature_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_signature")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_letter_signature_county_id_id")),
        sa.UniqueConstraint("county_id", "number", name=op.f("uq_letter_signature_county_id_number")),
        sa.UniqueConstraint("letter_id", name=op.f("uq_letter_signature_letter_id")),
    )
    op.create_table(
        "letter_registration",
        sa.Column("letter_id", sa.Integer(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registered_by_id", sa.Integer(), nullable=True),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["county_id", "letter_id"], ["letter.county_id", "letter.id"], name=op.f("fk_letter_registration_county_id_letter_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "registered_by_id"],
            ["account.county_id", "account.id"],
            name=op.f("fk_letter_registration_county_id_registered_by_id"),
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_letter_registration_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_registration")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_letter_registration_county_id_id")),
        sa.UniqueConstraint("letter_id", name=op.f("uq_letter_registration_letter_id")),
    )
    op.create_table(
        "letter_filing",
        sa.Column("letter_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=20), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("filed_by_id", sa.Integer(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("place IN ('center', 'department')", name=op.f("ck_letter_filing_place_known")),
        sa.CheckConstraint('length("place") <= 20', name=op.f("ck_letter_filing_place_length")),
        sa.ForeignKeyConstraint(
            ["county_id", "filed_by_id"], ["account.county_id", "account.id"], name=op.f("fk_letter_filing_county_id_filed_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "letter_id"], ["letter.county_id", "letter.id"], name=op.f("fk_letter_filing_county_id_letter_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_letter_filing_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_filing")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_letter_filing_county_id_id")),
        sa.UniqueConstraint("letter_id", "place", name=op.f("uq_letter_filing_letter_id_place")),
    )
    op.create_table(
        "letter_end",
        sa.Column("letter_id", sa.Integer(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.String(length=20), nullable=False),
        sa.Column("ground", sa.String(length=500), nullable=False),
        sa.Column("by_letter_id", sa.Integer(), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("why IN ('superseded', 'revoked')", name=op.f("ck_letter_end_why_known")),
        sa.CheckConstraint('length("ground") <= 500', name=op.f("ck_letter_end_ground_length")),
        sa.CheckConstraint('length("why") <= 20', name=op.f("ck_letter_end_why_length")),
        sa.ForeignKeyConstraint(
            ["county_id", "by_letter_id"], ["letter.county_id", "letter.id"], name=op.f("fk_letter_end_county_id_by_letter_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "ended_by_id"], ["account.county_id", "account.id"], name=op.f("fk_letter_end_county_id_ended_by_id")
        ),
        sa.ForeignKeyConstraint(["county_id", "letter_id"], ["letter.county_id", "letter.id"], name=op.f("fk_letter_end_county_id_letter_id")),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_letter_end_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_end")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_letter_end_county_id_id")),
    )
    with op.batch_alter_table("letter_end", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_letter_end_letter_id"), ["letter_id"], unique=False)
    op.create_table(
        "stand_in_end",
        sa.Column("stand_in_id", sa.Integer(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ground", sa.String(length=300), nullable=False),
        sa.Column("ended_by_id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint('length("ground") <= 300', name=op.f("ck_stand_in_end_ground_length")),
        sa.ForeignKeyConstraint(
            ["county_id", "ended_by_id"], ["account.county_id", "account.id"], name=op.f("fk_stand_in_end_county_id_ended_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "office_id"], ["office.county_id", "office.id"], name=op.f("fk_stand_in_end_county_id_office_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "stand_in_id"], ["stand_in.county_id", "stand_in.id"], name=op.f("fk_stand_in_end_county_id_stand_in_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_stand_in_end_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stand_in_end")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_stand_in_end_county_id_id")),
        sa.UniqueConstraint("stand_in_id", name=op.f("uq_stand_in_end_stand_in_id")),
    )
    _sign_what_stands()
    with op.batch_alter_table("letter", schema=None) as batch_op:
        batch_op.add_column(sa.Column("drafted_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("version", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_letter_county_id_drafted_by_id"), "account", ["county_id", "drafted_by_id"], ["county_id", "id"]
        )
        batch_op.create_check_constraint(batch_op.f("ck_letter_ends_after_it_begins"), "until_on IS NULL OR from_on <= until_on")
        batch_op.drop_constraint(batch_op.f("uq_letter_county_id_number"), type_="unique")
        batch_op.drop_constraint(batch_op.f("ck_letter_number_length"), type_="check")
        batch_op.drop_column("number")
    letter = _table("letter", "id", "from_on", "drafted_at", "version")
    for row in op.get_bind().execute(sa.select(letter.c.id, letter.c.from_on)).all():
        op.execute(letter.update().where(letter.c.id == row.id).values(drafted_at=_morning(row.from_on), version=1))
    with op.batch_alter_table("letter", schema=None) as batch_op:
        batch_op.alter_column("drafted_at", existing_type=MOMENT, nullable=False)
        batch_op.alter_column("version", existing_type=sa.Integer(), nullable=False)

    with op.batch_alter_table("stand_in", schema=None) as batch_op:
        batch_op.add_column(sa.Column("appointed_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("office_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("appointed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_stand_in_county_id_appointed_by_id"), "account", ["county_id", "appointed_by_id"], ["county_id", "id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_stand_in_county_id_office_id"), "office", ["county_id", "office_id"], ["county_id", "id"]
        )
        batch_op.create_index("ix_stand_in_window", ["window_id", "until_on"], unique=False)
    _say_who_appointed()
    with op.batch_alter_table("stand_in", schema=None) as batch_op:
        batch_op.alter_column("appointed_by_id", existing_type=sa.Integer(), nullable=False)
        batch_op.alter_column("office_id", existing_type=sa.Integer(), nullable=False)
        batch_op.alter_column("appointed_at", existing_type=MOMENT, nullable=False)

    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.add_column(sa.Column("lent_by_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_case_county_id_lent_by_id"), "stand_in", ["county_id", "lent_by_id"], ["county_id", "id"]
        )
    _say_kinds("'assigned', ")


def _sign_what_stands() -> None:
    """Letters that stood were signed in one act by the head of the body, and held from 00:00 of their first day: so they keep holding."""
    connection = op.get_bind()
    letter = _table("letter", "id", "county_id", "number", "body_id", "from_on")
    office = _table("office", "id", "county_id", "account_id", "body_id", "kind", "from_on")
    signature = _table("letter_signature", "county_id", "letter_id", "number", "signed_on", "signed_by_id", "signed_at")
    registration = _table("letter_registration", "county_id", "letter_id", "registered_at")
    for row in connection.execute(sa.select(letter).order_by(letter.c.id)).all():
        heads = sa.select(office.c.account_id).where(office.c.county_id == row.county_id, office.c.kind == "head_of_agency")
        heads = heads.where(office.c.body_id == row.body_id).order_by((office.c.from_on <= row.from_on).desc(), office.c.id)
        op.execute(
            signature.insert().values(
                county_id=row.county_id, letter_id=row.id, number=row.number, signed_on=row.from_on,
                signed_by_id=connection.scalar(heads.limit(1)), signed_at=_morning(row.from_on),
            )
        )  # fmt: skip
        op.execute(registration.insert().values(county_id=row.county_id, letter_id=row.id, registered_at=_morning(row.from_on, 0)))


def _say_who_appointed() -> None:
    """Nothing appointed a stand-in before; rows that were put in by hand are those of the center's management."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":  # guarded since a newer state, if this one was gone back to
        op.execute("DROP TRIGGER IF EXISTS guard_stand_in_update ON stand_in")
    stand_in = _table("stand_in", "id", "county_id", "from_on", "appointed_by_id", "office_id", "appointed_at")
    office = _table("office", "id", "county_id", "account_id", "kind")
    for row in connection.execute(sa.select(stand_in)).all():
        found = sa.select(office.c.id, office.c.account_id).where(office.c.county_id == row.county_id)
        by = connection.execute(found.order_by((office.c.kind == "center_management").desc(), office.c.id).limit(1)).one()
        values = {"appointed_by_id": by.account_id, "office_id": by.id, "appointed_at": _morning(row.from_on, 0)}
        op.execute(stand_in.update().where(stand_in.c.id == row.id).values(values))


def _say_kinds(new: str) -> None:
    with op.batch_alter_table("case_event", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_case_event_kind_known"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_case_event_kind_known"), f"kind IN ({KINDS.format(new=new)})")


def downgrade() -> None:
    _say_kinds("")
    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_case_county_id_lent_by_id"), type_="foreignkey")
        batch_op.drop_column("lent_by_id")
    with op.batch_alter_table("stand_in", schema=None) as batch_op:
        batch_op.drop_index("ix_stand_in_window")
        batch_op.drop_constraint(batch_op.f("fk_stand_in_county_id_office_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_stand_in_county_id_appointed_by_id"), type_="foreignkey")
        batch_op.drop_column("appointed_at")
        batch_op.drop_column("office_id")
        batch_op.drop_column("appointed_by_id")

    if op.get_bind().dialect.name != "sqlite":
        for guard in ("insert", "update", "delete", "truncate"):
            op.execute(f"DROP TRIGGER IF EXISTS guard_letter_{guard} ON letter")
            op.execute(f"DROP FUNCTION IF EXISTS guard_letter_{guard}()")
    with op.batch_alter_table("letter", schema=None) as batch_op:
        batch_op.add_column(sa.Column("number", sa.String(length=60), nullable=True))
        batch_op.drop_constraint(batch_op.f("fk_letter_county_id_drafted_by_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("ck_letter_ends_after_it_begins"), type_="check")
        batch_op.drop_column("version")
        batch_op.drop_column("drafted_at")
        batch_op.drop_column("drafted_by_id")
    letter = _table("letter", "id", "number")
    signature = _table("letter_signature", "letter_id", "number")
    signed = sa.select(signature.c.number).where(signature.c.letter_id == letter.c.id).scalar_subquery()
    op.execute(letter.update().values(number=signed))
    for name in ("stand_in_end", "letter_end", "letter_filing", "letter_registration", "letter_signature"):
        op.drop_table(name)
    op.execute(letter.delete().where(letter.c.number.is_(None)))  # drafts had no place before
    with op.batch_alter_table("letter", schema=None) as batch_op:
        batch_op.alter_column("number", existing_type=sa.String(length=60), nullable=False)
        batch_op.create_unique_constraint(batch_op.f("uq_letter_county_id_number"), ["county_id", "number"])
        batch_op.create_check_constraint(batch_op.f("ck_letter_number_length"), 'length("number") <= 60')
