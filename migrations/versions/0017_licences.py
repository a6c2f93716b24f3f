"""The ledger of licences, renewals, and the checks of commitments."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "licence",
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("holder_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("ended_as", sa.String(length=20), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint('length("ended_as") <= 20', name=op.f("ck_licence_ended_as_length")),
        sa.CheckConstraint('length("number") <= 60', name=op.f("ck_licence_number_length")),
        sa.ForeignKeyConstraint(['county_id'], ['county.id'], name=op.f("fk_licence_county_id")),
        sa.ForeignKeyConstraint(['county_id', 'body_id'], ['body.county_id', 'body.id'], name=op.f("fk_licence_county_id_body_id")),
        sa.ForeignKeyConstraint(['county_id', 'case_id'], ['case.county_id', 'case.id'], name=op.f("fk_licence_county_id_case_id")),
        sa.ForeignKeyConstraint(['county_id', 'holder_id'], ['person.county_id', 'person.id'], name=op.f("fk_licence_county_id_holder_id")),
        sa.ForeignKeyConstraint(['county_id', 'item_id'], ['item.county_id', 'item.id'], name=op.f("fk_licence_county_id_item_id")),
        sa.ForeignKeyConstraint(['county_id', 'version_id'], ['item_version.county_id', 'item_version.id'], name=op.f("fk_licence_county_id_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licence")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_licence_county_id_id")),
        sa.UniqueConstraint("county_id", "number", name=op.f("uq_licence_county_id_number")),
    )
    op.create_index("ix_licence_case", "licence", ['case_id'], unique=False)
    op.create_index("ix_licence_holder_id", "licence", ['holder_id'], unique=False)
    op.create_index("ix_licence_until", "licence", ['county_id', 'valid_until', 'id'], unique=False)
    op.create_table(
        "licence_event",
        sa.Column("licence_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("sort", sa.String(length=20), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("office_id", sa.Integer(), nullable=True),
        sa.Column("article", sa.String(length=100), nullable=True),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint('length("article") <= 100', name=op.f("ck_licence_event_article_length")),
        sa.CheckConstraint("kind IN ('issued', 'renewed', 'renewed_by_law', 'revoked', 'cancelled')", name=op.f("ck_licence_event_kind_known")),
        sa.CheckConstraint('length("kind") <= 20', name=op.f("ck_licence_event_kind_length")),
        sa.CheckConstraint("sort IN ('window_act', 'act_of_office', 'act_of_applicant', 'effect_of_law')", name=op.f("ck_licence_event_sort_known")),
        sa.CheckConstraint('length("sort") <= 20', name=op.f("ck_licence_event_sort_length")),
        sa.ForeignKeyConstraint(['county_id'], ['county.id'], name=op.f("fk_licence_event_county_id")),
        sa.ForeignKeyConstraint(['county_id', 'actor_id'], ['account.county_id', 'account.id'], name=op.f("fk_licence_event_county_id_actor_id")),
        sa.ForeignKeyConstraint(['county_id', 'case_id'], ['case.county_id', 'case.id'], name=op.f("fk_licence_event_county_id_case_id")),
        sa.ForeignKeyConstraint(['county_id', 'licence_id'], ['licence.county_id', 'licence.id'], name=op.f("fk_licence_event_county_id_licence_id")),
        sa.ForeignKeyConstraint(['county_id', 'office_id'], ['office.county_id', 'office.id'], name=op.f("fk_licence_event_county_id_office_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licence_event")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_licence_event_county_id_id")),
    )
    op.create_index("ix_licence_event", "licence_event", ['licence_id', 'id'], unique=False)
    op.create_table(
        "case_renewal",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("licence_id", sa.Integer(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("in_time", sa.Boolean(), nullable=False),
        sa.Column("linked_by_id", sa.Integer(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['county_id'], ['county.id'], name=op.f("fk_case_renewal_county_id")),
        sa.ForeignKeyConstraint(['county_id', 'case_id'], ['case.county_id', 'case.id'], name=op.f("fk_case_renewal_county_id_case_id")),
        sa.ForeignKeyConstraint(['county_id', 'licence_id'], ['licence.county_id', 'licence.id'], name=op.f("fk_case_renewal_county_id_licence_id")),
        sa.ForeignKeyConstraint(['county_id', 'linked_by_id'], ['account.county_id', 'account.id'], name=op.f("fk_case_renewal_county_id_linked_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_renewal")),
        sa.UniqueConstraint("case_id", name=op.f("uq_case_renewal_case_id")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_case_renewal_county_id_id")),
    )
    op.create_index("ix_case_renewal_licence_id", "case_renewal", ['licence_id'], unique=False)
    op.create_table(
        "commitment_check",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("found_on", sa.Date(), nullable=True),
        sa.Column("correct_by", sa.Date(), nullable=True),
        sa.Column("not_corrected_on", sa.Date(), nullable=True),
        sa.Column("heard_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint('length("outcome") <= 20', name=op.f("ck_commitment_check_outcome_length")),
        sa.ForeignKeyConstraint(['county_id'], ['county.id'], name=op.f("fk_commitment_check_county_id")),
        sa.ForeignKeyConstraint(['county_id', 'body_id'], ['body.county_id', 'body.id'], name=op.f("fk_commitment_check_county_id_body_id")),
        sa.ForeignKeyConstraint(['county_id', 'case_id'], ['case.county_id', 'case.id'], name=op.f("fk_commitment_check_county_id_case_id")),
        sa.ForeignKeyConstraint(['county_id', 'person_id'], ['person.county_id', 'person.id'], name=op.f("fk_commitment_check_county_id_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment_check")),
        sa.UniqueConstraint("case_id", name=op.f("uq_commitment_check_case_id")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_commitment_check_county_id_id")),
    )
    op.create_index("ix_commitment_check_due", "commitment_check", ['county_id', 'closed_on', 'due_on', 'id'], unique=False)
    op.create_index("ix_commitment_check_person_id", "commitment_check", ['person_id'], unique=False)


def downgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        for guard in ("insert", "update", "delete", "truncate"):
            op.execute(f"DROP TRIGGER IF EXISTS guard_licence_event_{guard} ON licence_event")
            op.execute(f"DROP FUNCTION IF EXISTS guard_licence_event_{guard}()")
    for name in ("commitment_check", "case_renewal", "licence_event", "licence"):
        op.drop_table(name)
