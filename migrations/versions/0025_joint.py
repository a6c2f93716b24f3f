"""Packages and joint cases."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "package",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("theme", sa.String(length=40), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("about", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("questions", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("same", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_hant", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=300), nullable=False),
        sa.CheckConstraint("days >= 1 AND days <= 45", name=op.f("ck_package_days_range")),
        sa.CheckConstraint('length("code") <= 40', name=op.f("ck_package_code_length")),
        sa.CheckConstraint('length("name") <= 200', name=op.f("ck_package_name_length")),
        sa.CheckConstraint('length("name_en") <= 300', name=op.f("ck_package_name_en_length")),
        sa.CheckConstraint('length("name_hant") <= 200', name=op.f("ck_package_name_hant_length")),
        sa.CheckConstraint('length("theme") <= 40', name=op.f("ck_package_theme_length")),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_package_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_package")),
        sa.UniqueConstraint("county_id", "code", name=op.f("uq_package_county_id_code")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_package_county_id_id")),
    )
    op.create_table(
        "package_item",
        sa.Column("package_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(length=20), nullable=False),
        sa.Column("makes", sa.String(length=200), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint('length("makes") <= 200', name=op.f("ck_package_item_makes_length")),
        sa.CheckConstraint('length("question") <= 20', name=op.f("ck_package_item_question_length")),
        sa.ForeignKeyConstraint(["county_id", "item_id"], ["item.county_id", "item.id"], name=op.f("fk_package_item_county_id_item_id")),
        sa.ForeignKeyConstraint(
            ["county_id", "package_id"], ["package.county_id", "package.id"], name=op.f("fk_package_item_county_id_package_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_package_item_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_package_item")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_package_item_county_id_id")),
        sa.UniqueConstraint("package_id", "item_id", name=op.f("uq_package_item_package_id_item_id")),
        sa.UniqueConstraint("package_id", "seq", name=op.f("uq_package_item_package_id_seq")),
    )
    with op.batch_alter_table("package_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_package_item_item_id"), ["item_id"], unique=False)

    op.create_table(
        "joint_case",
        sa.Column("number", sa.String(length=30), nullable=False),
        sa.Column("tracking_code", sa.String(length=20), nullable=False),
        sa.Column("package_id", sa.Integer(), nullable=False),
        sa.Column("applicant_id", sa.Integer(), nullable=False),
        sa.Column("lead_window_id", sa.Integer(), nullable=False),
        sa.Column("answers", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ask_until", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint('length("number") <= 30', name=op.f("ck_joint_case_number_length")),
        sa.CheckConstraint('length("tracking_code") <= 20', name=op.f("ck_joint_case_tracking_code_length")),
        sa.ForeignKeyConstraint(
            ["county_id", "applicant_id"], ["person.county_id", "person.id"], name=op.f("fk_joint_case_county_id_applicant_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "lead_window_id"], ["window.county_id", "window.id"], name=op.f("fk_joint_case_county_id_lead_window_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "package_id"], ["package.county_id", "package.id"], name=op.f("fk_joint_case_county_id_package_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_joint_case_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_joint_case")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_joint_case_county_id_id")),
        sa.UniqueConstraint("county_id", "number", name=op.f("uq_joint_case_county_id_number")),
        sa.UniqueConstraint("tracking_code", name=op.f("uq_joint_case_tracking_code")),
    )
    with op.batch_alter_table("joint_case", schema=None) as batch_op:
        batch_op.create_index("ix_joint_case_lead", ["lead_window_id", "id"], unique=False)
        batch_op.create_index("ix_joint_case_open", ["county_id", "is_open", "id"], unique=False)

    op.create_table(
        "joint_event",
        sa.Column("joint_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("branch", sa.Integer(), nullable=True),
        sa.Column("clause_id", sa.Integer(), nullable=True),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("window_id", sa.Integer(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("(clause_id IS NULL) = (kind IN ('urged', 'escalated'))", name=op.f("ck_joint_event_rests_on_clause")),
        sa.CheckConstraint(
            "kind IN ('opened', 'asked', 'notified', 'site_set', 'site_held', 'urged', 'escalated', 'stands_alone', 'ended')",
            name=op.f("ck_joint_event_kind_known"),
        ),
        sa.CheckConstraint('length("kind") <= 20', name=op.f("ck_joint_event_kind_length")),
        sa.ForeignKeyConstraint(
            ["county_id", "actor_id"], ["account.county_id", "account.id"], name=op.f("fk_joint_event_county_id_actor_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "clause_id"], ["clause.county_id", "clause.id"], name=op.f("fk_joint_event_county_id_clause_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "joint_id"], ["joint_case.county_id", "joint_case.id"], name=op.f("fk_joint_event_county_id_joint_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "window_id"], ["window.county_id", "window.id"], name=op.f("fk_joint_event_county_id_window_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_joint_event_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_joint_event")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_joint_event_county_id_id")),
        sa.UniqueConstraint("joint_id", "seq", name=op.f("uq_joint_event_joint_id_seq")),
    )
    with op.batch_alter_table("joint_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_joint_event_clause_id"), ["clause_id"], unique=False)

    op.create_table(
        "joint_branch",
        sa.Column("joint_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("window_id", sa.Integer(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["county_id", "case_id"], ["case.county_id", "case.id"], name=op.f("fk_joint_branch_county_id_case_id")),
        sa.ForeignKeyConstraint(
            ["county_id", "joint_id"], ["joint_case.county_id", "joint_case.id"], name=op.f("fk_joint_branch_county_id_joint_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "window_id"], ["window.county_id", "window.id"], name=op.f("fk_joint_branch_county_id_window_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_joint_branch_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_joint_branch")),
        sa.UniqueConstraint("case_id", name=op.f("uq_joint_branch_case_id")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_joint_branch_county_id_id")),
        sa.UniqueConstraint("joint_id", "seq", name=op.f("uq_joint_branch_joint_id_seq")),
    )
    with op.batch_alter_table("joint_branch", schema=None) as batch_op:
        batch_op.create_index("ix_joint_branch_window", ["window_id", "joint_id"], unique=False)



def downgrade() -> None:
    with op.batch_alter_table("joint_branch", schema=None) as batch_op:
        batch_op.drop_index("ix_joint_branch_window")

    op.drop_table("joint_branch")
    with op.batch_alter_table("joint_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_joint_event_clause_id"))

    op.drop_table("joint_event")
    with op.batch_alter_table("joint_case", schema=None) as batch_op:
        batch_op.drop_index("ix_joint_case_open")
        batch_op.drop_index("ix_joint_case_lead")

    op.drop_table("joint_case")
    with op.batch_alter_table("package_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_package_item_item_id"))

    op.drop_table("package_item")
    op.drop_table("package")
