"""Kept figures of the mail-room index: facts of each closed case, and counters of each month and group."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mail_room_month",
        sa.Column("month_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("missing", sa.Integer(), nullable=False),
        sa.Column("despite", sa.Integer(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('county', 'department', 'point', 'window')", name=op.f("ck_mail_room_month_kind_known")),
        sa.CheckConstraint('length("kind") <= 20', name=op.f("ck_mail_room_month_kind_length")),
        sa.CheckConstraint("missing >= 0 AND missing <= n AND despite >= 0 AND despite <= n", name=op.f("ck_mail_room_month_counts_fit")),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_mail_room_month_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_room_month")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_mail_room_month_county_id_id")),
        sa.UniqueConstraint("county_id", "month_on", "kind", "group_id", name=op.f("uq_mail_room_month_county_id_month_on_kind_group_id")),
    )
    op.create_table(
        "mail_room_case",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("month_on", sa.Date(), nullable=False),
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["county_id", "body_id"], ["body.county_id", "body.id"], name=op.f("fk_mail_room_case_county_id_body_id")),
        sa.ForeignKeyConstraint(["county_id", "case_id"], ["case.county_id", "case.id"], name=op.f("fk_mail_room_case_county_id_case_id")),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_mail_room_case_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_room_case")),
        sa.UniqueConstraint("case_id", name=op.f("uq_mail_room_case_case_id")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_mail_room_case_county_id_id")),
    )
    with op.batch_alter_table("mail_room_case", schema=None) as batch_op:
        batch_op.create_index("ix_mail_room_case_month", ["county_id", "month_on", "case_id"], unique=False)

    op.create_table(
        "mail_room_stay",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("window_id", sa.Integer(), nullable=False),
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["county_id", "case_id"], ["case.county_id", "case.id"], name=op.f("fk_mail_room_stay_county_id_case_id")),
        sa.ForeignKeyConstraint(
            ["county_id", "point_id"], ["service_point.county_id", "service_point.id"], name=op.f("fk_mail_room_stay_county_id_point_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "window_id"], ["window.county_id", "window.id"], name=op.f("fk_mail_room_stay_county_id_window_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_mail_room_stay_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_room_stay")),
        sa.UniqueConstraint("case_id", "window_id", name=op.f("uq_mail_room_stay_case_id_window_id")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_mail_room_stay_county_id_id")),
    )
    op.create_table(
        "mail_room_transfer",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("leg_seq", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(length=10), nullable=False),
        sa.Column("power", sa.String(length=20), nullable=False),
        sa.Column("window_id", sa.Integer(), nullable=False),
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("month_on", sa.Date(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "power IN ('accept', 'review', 'coordinate', 'joint', 'decide', 'certify', 'deliver', 'litigate', 'collect', 'finish')",
            name=op.f("ck_mail_room_transfer_power_known"),
        ),
        sa.CheckConstraint("why IN ('missing', 'despite')", name=op.f("ck_mail_room_transfer_why_known")),
        sa.CheckConstraint('length("power") <= 20', name=op.f("ck_mail_room_transfer_power_length")),
        sa.CheckConstraint('length("why") <= 10', name=op.f("ck_mail_room_transfer_why_length")),
        sa.ForeignKeyConstraint(
            ["county_id", "body_id"], ["body.county_id", "body.id"], name=op.f("fk_mail_room_transfer_county_id_body_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "case_id"], ["case.county_id", "case.id"], name=op.f("fk_mail_room_transfer_county_id_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "point_id"],
            ["service_point.county_id", "service_point.id"],
            name=op.f("fk_mail_room_transfer_county_id_point_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "window_id"], ["window.county_id", "window.id"], name=op.f("fk_mail_room_transfer_county_id_window_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_mail_room_transfer_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_room_transfer")),
        sa.UniqueConstraint("case_id", "leg_seq", name=op.f("uq_mail_room_transfer_case_id_leg_seq")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_mail_room_transfer_county_id_id")),
    )
    with op.batch_alter_table("mail_room_transfer", schema=None) as batch_op:
        batch_op.create_index("ix_mail_room_transfer_body", ["body_id", "why", "case_id"], unique=False)
        batch_op.create_index("ix_mail_room_transfer_point", ["point_id", "why", "case_id"], unique=False)
        batch_op.create_index("ix_mail_room_transfer_why", ["county_id", "why", "case_id"], unique=False)
        batch_op.create_index("ix_mail_room_transfer_window", ["window_id", "why", "case_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("mail_room_transfer", schema=None) as batch_op:
        for of in ("window", "why", "point", "body"):
            batch_op.drop_index(f"ix_mail_room_transfer_{of}")

    op.drop_table("mail_room_transfer")
    op.drop_table("mail_room_stay")
    with op.batch_alter_table("mail_room_case", schema=None) as batch_op:
        batch_op.drop_index("ix_mail_room_case_month")

    op.drop_table("mail_room_case")
    op.drop_table("mail_room_month")
