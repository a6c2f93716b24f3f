"""Cases, events, legs, attachments."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case",
        sa.Column("number", sa.String(length=30), nullable=False),
        sa.Column("tracking_code", sa.String(length=20), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("applicant_id", sa.Integer(), nullable=False),
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("collected_window_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("holder_id", sa.Integer(), nullable=False),
        sa.Column("addressed_id", sa.Integer(), nullable=True),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        sa.Column("collected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("acceptance_due_on", sa.Date(), nullable=True),
        sa.Column("promised_due_on", sa.Date(), nullable=True),
        sa.Column("statutory_due_on", sa.Date(), nullable=True),
        sa.Column("yellow_on", sa.Date(), nullable=True),
        sa.Column("red_on", sa.Date(), nullable=True),
        sa.Column("overdue_on", sa.Date(), nullable=True),
        sa.Column("sort_on", sa.Date(), nullable=False),
        sa.Column("is_provisional", sa.Boolean(), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('collected', 'received', 'accepted', 'under_review', 'decided', 'certified', 'delivered', 'archived')",
            name=op.f("ck_case_state_known"),
        ),
        sa.CheckConstraint('length("number") <= 30', name=op.f("ck_case_number_length")),
        sa.CheckConstraint('length("outcome") <= 20', name=op.f("ck_case_outcome_length")),
        sa.CheckConstraint('length("state") <= 20', name=op.f("ck_case_state_length")),
        sa.CheckConstraint('length("title") <= 200', name=op.f("ck_case_title_length")),
        sa.CheckConstraint('length("tracking_code") <= 20', name=op.f("ck_case_tracking_code_length")),
        sa.ForeignKeyConstraint(
            ["county_id", "addressed_id"], ["window.county_id", "window.id"], name=op.f("fk_case_county_id_addressed_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "applicant_id"], ["person.county_id", "person.id"], name=op.f("fk_case_county_id_applicant_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "assignee_id"], ["account.county_id", "account.id"], name=op.f("fk_case_county_id_assignee_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "collected_window_id"], ["window.county_id", "window.id"], name=op.f("fk_case_county_id_collected_window_id")
        ),
        sa.ForeignKeyConstraint(["county_id", "holder_id"], ["window.county_id", "window.id"], name=op.f("fk_case_county_id_holder_id")),
        sa.ForeignKeyConstraint(["county_id", "item_id"], ["item.county_id", "item.id"], name=op.f("fk_case_county_id_item_id")),
        sa.ForeignKeyConstraint(
            ["county_id", "point_id"], ["service_point.county_id", "service_point.id"], name=op.f("fk_case_county_id_point_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "version_id"], ["item_version.county_id", "item_version.id"], name=op.f("fk_case_county_id_version_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_case_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_case_county_id_id")),
        sa.UniqueConstraint("county_id", "number", name=op.f("uq_case_county_id_number")),
        sa.UniqueConstraint("tracking_code", name=op.f("uq_case_tracking_code")),
    )
    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.create_index("ix_case_addressed", ["addressed_id", "is_open", "sort_on", "id"], unique=False)
        batch_op.create_index("ix_case_applicant", ["applicant_id"], unique=False)
        batch_op.create_index("ix_case_holder", ["holder_id", "is_open", "addressed_id", "sort_on", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_item_id"), ["item_id"], unique=False)
        batch_op.create_index("ix_case_point", ["point_id", "id"], unique=False)

    op.create_table(
        "attachment",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("material_seq", sa.Integer(), nullable=True),
        sa.Column("media_type", sa.String(length=60), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint('length("digest") <= 64', name=op.f("ck_attachment_digest_length")),
        sa.CheckConstraint('length("media_type") <= 60', name=op.f("ck_attachment_media_type_length")),
        sa.CheckConstraint("size >= 0", name=op.f("ck_attachment_size_positive")),
        sa.ForeignKeyConstraint(["county_id", "case_id"], ["case.county_id", "case.id"], name=op.f("fk_attachment_county_id_case_id")),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_attachment_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_attachment_county_id_id")),
    )
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.create_index("ix_attachment_case", ["case_id", "id"], unique=False)

    op.create_table(
        "case_window",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("window_id", sa.Integer(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["county_id", "case_id"], ["case.county_id", "case.id"], name=op.f("fk_case_window_county_id_case_id")),
        sa.ForeignKeyConstraint(
            ["county_id", "window_id"], ["window.county_id", "window.id"], name=op.f("fk_case_window_county_id_window_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_case_window_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_window")),
        sa.UniqueConstraint("case_id", "window_id", name=op.f("uq_case_window_case_id_window_id")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_case_window_county_id_id")),
    )
    with op.batch_alter_table("case_window", schema=None) as batch_op:
        batch_op.create_index("ix_case_window_window", ["window_id", "case_id"], unique=False)

    op.create_table(
        "leg",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("from_window_id", sa.Integer(), nullable=False),
        sa.Column("to_window_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("power_needed", sa.String(length=20), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("manifest", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recalled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("return_reason", sa.String(length=500), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint('length("kind") <= 20', name=op.f("ck_leg_kind_length")),
        sa.CheckConstraint('length("power_needed") <= 20', name=op.f("ck_leg_power_needed_length")),
        sa.CheckConstraint('length("reason") <= 500', name=op.f("ck_leg_reason_length")),
        sa.CheckConstraint('length("return_reason") <= 500', name=op.f("ck_leg_return_reason_length")),
        sa.ForeignKeyConstraint(["county_id", "case_id"], ["case.county_id", "case.id"], name=op.f("fk_leg_county_id_case_id")),
        sa.ForeignKeyConstraint(
            ["county_id", "from_window_id"], ["window.county_id", "window.id"], name=op.f("fk_leg_county_id_from_window_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "to_window_id"], ["window.county_id", "window.id"], name=op.f("fk_leg_county_id_to_window_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_leg_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leg")),
        sa.UniqueConstraint("case_id", "seq", name=op.f("uq_leg_case_id_seq")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_leg_county_id_id")),
    )
    with op.batch_alter_table("leg", schema=None) as batch_op:
        batch_op.create_index("ix_leg_from", ["from_window_id", "case_id"], unique=False)
        batch_op.create_index("ix_leg_to", ["to_window_id", "case_id"], unique=False)

    op.create_table(
        "case_event",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("sort", sa.String(length=20), nullable=False),
        sa.Column("clause_id", sa.Integer(), nullable=True),
        sa.Column("office_id", sa.Integer(), nullable=True),
        sa.Column("article", sa.String(length=100), nullable=True),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("window_id", sa.Integer(), nullable=True),
        sa.Column("stand_in_for_id", sa.Integer(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("corrects", sa.Integer(), nullable=True),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(sort = 'window_act' AND clause_id IS NOT NULL AND office_id IS NULL AND article IS NULL) OR (sort = 'act_of_office' AND clause_id IS NULL AND office_id IS NOT NULL AND article IS NULL) OR (sort = 'act_of_applicant' AND clause_id IS NULL AND office_id IS NULL AND article IS NULL) OR (sort = 'effect_of_law' AND clause_id IS NULL AND office_id IS NULL AND article IS NOT NULL)",
            name=op.f("ck_case_event_rests_on_one"),
        ),
        sa.CheckConstraint(
            "kind IN ('collected', 'received', 'accepted', 'reviewed', 'handed_off', 'leg_received', 'leg_returned', 'recalled', 'taken', 'decided', 'certified', 'delivered', 'finished', 'archived', 'corrected')",
            name=op.f("ck_case_event_kind_known"),
        ),
        sa.CheckConstraint(
            "sort IN ('window_act', 'act_of_office', 'act_of_applicant', 'effect_of_law')", name=op.f("ck_case_event_sort_known")
        ),
        sa.CheckConstraint('length("article") <= 100', name=op.f("ck_case_event_article_length")),
        sa.CheckConstraint('length("kind") <= 20', name=op.f("ck_case_event_kind_length")),
        sa.CheckConstraint('length("sort") <= 20', name=op.f("ck_case_event_sort_length")),
        sa.ForeignKeyConstraint(
            ["county_id", "actor_id"], ["account.county_id", "account.id"], name=op.f("fk_case_event_county_id_actor_id")
        ),
        sa.ForeignKeyConstraint(["county_id", "case_id"], ["case.county_id", "case.id"], name=op.f("fk_case_event_county_id_case_id")),
        sa.ForeignKeyConstraint(
            ["county_id", "clause_id"], ["clause.county_id", "clause.id"], name=op.f("fk_case_event_county_id_clause_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "office_id"], ["office.county_id", "office.id"], name=op.f("fk_case_event_county_id_office_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "stand_in_for_id"], ["account.county_id", "account.id"], name=op.f("fk_case_event_county_id_stand_in_for_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "window_id"], ["window.county_id", "window.id"], name=op.f("fk_case_event_county_id_window_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_case_event_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_event")),
        sa.UniqueConstraint("case_id", "seq", name=op.f("uq_case_event_case_id_seq")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_case_event_county_id_id")),
    )
    with op.batch_alter_table("case_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_event_clause_id"), ["clause_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("case_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_event_clause_id"))

    op.drop_table("case_event")
    with op.batch_alter_table("leg", schema=None) as batch_op:
        batch_op.drop_index("ix_leg_to")
        batch_op.drop_index("ix_leg_from")

    op.drop_table("leg")
    with op.batch_alter_table("case_window", schema=None) as batch_op:
        batch_op.drop_index("ix_case_window_window")

    op.drop_table("case_window")
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.drop_index("ix_attachment_case")

    op.drop_table("attachment")
    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.drop_index("ix_case_point")
        batch_op.drop_index(batch_op.f("ix_case_item_id"))
        batch_op.drop_index("ix_case_holder")
        batch_op.drop_index("ix_case_applicant")
        batch_op.drop_index("ix_case_addressed")

    op.drop_table("case")
