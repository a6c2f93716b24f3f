"""Attachments that come in parts, also of drafts."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
ONE = "(case_id IS NULL) <> (owner IS NULL)"


def upgrade() -> None:
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("owner", sa.String(length=60), nullable=True))
        batch_op.add_column(sa.Column("stored_by_id", sa.Integer(), nullable=True))
        batch_op.alter_column("case_id", existing_type=sa.Integer(), nullable=True)
        batch_op.create_check_constraint(batch_op.f("ck_attachment_owner_length"), 'length("owner") <= 60')
        batch_op.create_check_constraint(batch_op.f("ck_attachment_belongs_to_one"), ONE)
        batch_op.create_foreign_key(
            batch_op.f("fk_attachment_county_id_stored_by_id"), "account", ["county_id", "stored_by_id"], ["county_id", "id"]
        )
        batch_op.create_index("ix_attachment_owner", ["county_id", "owner", "id"], unique=False)
    op.create_table(
        "upload",
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("owner", sa.String(length=60), nullable=True),
        sa.Column("holder", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=True),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(ONE, name=op.f("ck_upload_belongs_to_one")),
        sa.CheckConstraint("received >= 0 AND received <= size", name=op.f("ck_upload_received_within")),
        sa.CheckConstraint('length("holder") <= 80', name=op.f("ck_upload_holder_length")),
        sa.CheckConstraint('length("key") <= 40', name=op.f("ck_upload_key_length")),
        sa.CheckConstraint('length("owner") <= 60', name=op.f("ck_upload_owner_length")),
        sa.ForeignKeyConstraint(
            ["county_id", "attachment_id"], ["attachment.county_id", "attachment.id"], name=op.f("fk_upload_county_id_attachment_id")
        ),
        sa.ForeignKeyConstraint(["county_id", "case_id"], ["case.county_id", "case.id"], name=op.f("fk_upload_county_id_case_id")),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_upload_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
        sa.UniqueConstraint("county_id", "holder", "key", name=op.f("uq_upload_county_id_holder_key")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_upload_county_id_id")),
    )
    with op.batch_alter_table("upload", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_upload_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_upload_started_at"), ["started_at"], unique=False)
    op.create_table(
        "upload_part",
        sa.Column("upload_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["county_id", "upload_id"], ["upload.county_id", "upload.id"], name=op.f("fk_upload_part_county_id_upload_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_upload_part_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload_part")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_upload_part_county_id_id")),
        sa.UniqueConstraint("upload_id", "at", name=op.f("uq_upload_part_upload_id_at")),
    )


def downgrade() -> None:
    op.drop_table("upload_part")
    op.drop_table("upload")
    op.execute("DELETE FROM attachment WHERE case_id IS NULL")  # there was no place for the files of drafts
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.drop_index("ix_attachment_owner")
        batch_op.drop_constraint(batch_op.f("fk_attachment_county_id_stored_by_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("ck_attachment_belongs_to_one"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_attachment_owner_length"), type_="check")
        batch_op.alter_column("case_id", existing_type=sa.Integer(), nullable=False)
        batch_op.drop_column("stored_by_id")
        batch_op.drop_column("owner")
