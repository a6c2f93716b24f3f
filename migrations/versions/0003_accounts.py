"""Accounts, offices, postings, stand-ins, sessions, persons."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "login_throttle",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("free_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint('length("key") <= 64', name=op.f("ck_login_throttle_key_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_throttle")),
        sa.UniqueConstraint("key", name=op.f("uq_login_throttle_key")),
    )
    op.create_table(
        "person",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("masked_name", sa.String(length=200), nullable=False),
        sa.Column("number_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("number_index", sa.String(length=32), nullable=True),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("phone_index", sa.String(length=32), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('natural', 'organisation')", name=op.f("ck_person_kind_known")),
        sa.CheckConstraint('length("kind") <= 20', name=op.f("ck_person_kind_length")),
        sa.CheckConstraint('length("masked_name") <= 200', name=op.f("ck_person_masked_name_length")),
        sa.CheckConstraint('length("number_index") <= 32', name=op.f("ck_person_number_index_length")),
        sa.CheckConstraint('length("phone_index") <= 32', name=op.f("ck_person_phone_index_length")),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_person_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_person_county_id_id")),
    )
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.create_index("ix_person_number_index", ["county_id", "number_index"], unique=False)
        batch_op.create_index("ix_person_phone_index", ["county_id", "phone_index"], unique=False)

    op.create_table(
        "person_name",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_key", sa.String(length=200), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint('length("name") <= 200', name=op.f("ck_person_name_name_length")),
        sa.CheckConstraint('length("name_key") <= 200', name=op.f("ck_person_name_name_key_length")),
        sa.ForeignKeyConstraint(
            ["county_id", "person_id"], ["person.county_id", "person.id"], name=op.f("fk_person_name_county_id_person_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_person_name_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_name")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_person_name_county_id_id")),
        sa.UniqueConstraint("person_id", name=op.f("uq_person_name_person_id")),
    )
    with op.batch_alter_table("person_name", schema=None) as batch_op:
        batch_op.create_index("ix_person_name_key", ["county_id", "name_key"], unique=False)

    op.create_table(
        "account",
        sa.Column("username", sa.String(length=60), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("title_hant", sa.String(length=100), nullable=False),
        sa.Column("title_en", sa.String(length=200), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("is_one_time", sa.Boolean(), nullable=False),
        sa.Column("body_id", sa.Integer(), nullable=True),
        sa.Column("point_id", sa.Integer(), nullable=True),
        sa.Column("window_id", sa.Integer(), nullable=True),
        sa.Column("enterprise_code", sa.String(length=18), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_hant", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=300), nullable=False),
        sa.CheckConstraint(
            "role IN ('clerk', 'agent', 'chief', 'dept_head', 'leader', 'center', 'manager', 'supervisor', 'cashier', 'inspector', 'enterprise', 'auditor', 'admin')",
            name=op.f("ck_account_role_known"),
        ),
        sa.CheckConstraint('length("enterprise_code") <= 18', name=op.f("ck_account_enterprise_code_length")),
        sa.CheckConstraint('length("name") <= 200', name=op.f("ck_account_name_length")),
        sa.CheckConstraint('length("name_en") <= 300', name=op.f("ck_account_name_en_length")),
        sa.CheckConstraint('length("name_hant") <= 200', name=op.f("ck_account_name_hant_length")),
        sa.CheckConstraint('length("password_hash") <= 200', name=op.f("ck_account_password_hash_length")),
        sa.CheckConstraint('length("role") <= 20', name=op.f("ck_account_role_length")),
        sa.CheckConstraint('length("title") <= 100', name=op.f("ck_account_title_length")),
        sa.CheckConstraint('length("title_en") <= 200', name=op.f("ck_account_title_en_length")),
        sa.CheckConstraint('length("title_hant") <= 100', name=op.f("ck_account_title_hant_length")),
        sa.CheckConstraint('length("username") <= 60', name=op.f("ck_account_username_length")),
        sa.ForeignKeyConstraint(["county_id", "body_id"], ["body.county_id", "body.id"], name=op.f("fk_account_county_id_body_id")),
        sa.ForeignKeyConstraint(
            ["county_id", "point_id"], ["service_point.county_id", "service_point.id"], name=op.f("fk_account_county_id_point_id")
        ),
        sa.ForeignKeyConstraint(["county_id", "window_id"], ["window.county_id", "window.id"], name=op.f("fk_account_county_id_window_id")),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_account_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_account_county_id_id")),
        sa.UniqueConstraint("county_id", "username", name=op.f("uq_account_county_id_username")),
    )
    op.create_table(
        "office",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("body_id", sa.Integer(), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('head_of_agency', 'leader_in_charge', 'head_of_government', 'center_management', 'county_manager', 'supervisor', 'auditor')",
            name=op.f("ck_office_kind_known"),
        ),
        sa.CheckConstraint('length("kind") <= 30', name=op.f("ck_office_kind_length")),
        sa.ForeignKeyConstraint(
            ["county_id", "account_id"], ["account.county_id", "account.id"], name=op.f("fk_office_county_id_account_id")
        ),
        sa.ForeignKeyConstraint(["county_id", "body_id"], ["body.county_id", "body.id"], name=op.f("fk_office_county_id_body_id")),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_office_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_office_county_id_id")),
    )
    with op.batch_alter_table("office", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_office_account_id"), ["account_id"], unique=False)

    op.create_table(
        "posting",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("window_id", sa.Integer(), nullable=False),
        sa.Column("post", sa.String(length=10), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("certificate", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("post IN ('clerk', 'chief', 'agent')", name=op.f("ck_posting_post_known")),
        sa.CheckConstraint('length("certificate") <= 60', name=op.f("ck_posting_certificate_length")),
        sa.CheckConstraint('length("post") <= 10', name=op.f("ck_posting_post_length")),
        sa.CheckConstraint('length("reason") <= 300', name=op.f("ck_posting_reason_length")),
        sa.ForeignKeyConstraint(
            ["county_id", "account_id"], ["account.county_id", "account.id"], name=op.f("fk_posting_county_id_account_id")
        ),
        sa.ForeignKeyConstraint(["county_id", "window_id"], ["window.county_id", "window.id"], name=op.f("fk_posting_county_id_window_id")),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_posting_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posting")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_posting_county_id_id")),
    )
    with op.batch_alter_table("posting", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_posting_account_id"), ["account_id"], unique=False)
        batch_op.create_index("ix_posting_window", ["window_id", "from_on"], unique=False)

    op.create_table(
        "sign_in_session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint('length("address") <= 64', name=op.f("ck_sign_in_session_address_length")),
        sa.CheckConstraint('length("token_hash") <= 64', name=op.f("ck_sign_in_session_token_hash_length")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_sign_in_session_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_session_token_hash")),
    )
    with op.batch_alter_table("sign_in_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_session_account_id"), ["account_id"], unique=False)

    op.create_table(
        "stand_in",
        sa.Column("absent_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("window_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("from_on <= until_on", name=op.f("ck_stand_in_ends")),
        sa.CheckConstraint('length("reason") <= 300', name=op.f("ck_stand_in_reason_length")),
        sa.ForeignKeyConstraint(
            ["county_id", "absent_id"], ["account.county_id", "account.id"], name=op.f("fk_stand_in_county_id_absent_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "account_id"], ["account.county_id", "account.id"], name=op.f("fk_stand_in_county_id_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "window_id"], ["window.county_id", "window.id"], name=op.f("fk_stand_in_county_id_window_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_stand_in_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stand_in")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_stand_in_county_id_id")),
    )
    with op.batch_alter_table("stand_in", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stand_in_account_id"), ["account_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("stand_in", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stand_in_account_id"))

    op.drop_table("stand_in")
    with op.batch_alter_table("sign_in_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_session_account_id"))

    op.drop_table("sign_in_session")
    with op.batch_alter_table("posting", schema=None) as batch_op:
        batch_op.drop_index("ix_posting_window")
        batch_op.drop_index(batch_op.f("ix_posting_account_id"))

    op.drop_table("posting")
    with op.batch_alter_table("office", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_office_account_id"))

    op.drop_table("office")
    op.drop_table("account")
    with op.batch_alter_table("person_name", schema=None) as batch_op:
        batch_op.drop_index("ix_person_name_key")

    op.drop_table("person_name")
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_index("ix_person_phone_index")
        batch_op.drop_index("ix_person_number_index")

    op.drop_table("person")
    op.drop_table("login_throttle")
