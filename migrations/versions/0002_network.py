"""Counties, divisions, bodies, points, windows, hours, the calendar, settings."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "county",
        sa.Column("code", sa.String(length=6), nullable=False),
        sa.Column("host", sa.String(length=253), nullable=True),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_hant", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=300), nullable=False),
        sa.CheckConstraint('length("code") <= 6', name=op.f("ck_county_code_length")),
        sa.CheckConstraint('length("host") <= 253', name=op.f("ck_county_host_length")),
        sa.CheckConstraint('length("name") <= 200', name=op.f("ck_county_name_length")),
        sa.CheckConstraint('length("name_en") <= 300', name=op.f("ck_county_name_en_length")),
        sa.CheckConstraint('length("name_hant") <= 200', name=op.f("ck_county_name_hant_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_county")),
        sa.UniqueConstraint("code", name=op.f("uq_county_code")),
        sa.UniqueConstraint("host", name=op.f("uq_county_host")),
    )
    op.create_table(
        "calendar_day",
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("notice", sa.String(length=200), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_hant", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=300), nullable=False),
        sa.CheckConstraint('length("kind") <= 20', name=op.f("ck_calendar_day_kind_length")),
        sa.CheckConstraint('length("name") <= 200', name=op.f("ck_calendar_day_name_length")),
        sa.CheckConstraint('length("name_en") <= 300', name=op.f("ck_calendar_day_name_en_length")),
        sa.CheckConstraint('length("name_hant") <= 200', name=op.f("ck_calendar_day_name_hant_length")),
        sa.CheckConstraint('length("notice") <= 200', name=op.f("ck_calendar_day_notice_length")),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_calendar_day_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_day")),
        sa.UniqueConstraint("county_id", "day_on", name=op.f("uq_calendar_day_county_id_day_on")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_calendar_day_county_id_id")),
    )
    op.create_table(
        "calendar_year",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("notice", sa.String(length=200), nullable=False),
        sa.Column("source", sa.String(length=500), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint('length("notice") <= 200', name=op.f("ck_calendar_year_notice_length")),
        sa.CheckConstraint('length("source") <= 500', name=op.f("ck_calendar_year_source_length")),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_calendar_year_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_year")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_calendar_year_county_id_id")),
        sa.UniqueConstraint("county_id", "year", name=op.f("uq_calendar_year_county_id_year")),
    )
    op.create_table(
        "county_setting",
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("value", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("source", sa.String(length=500), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint('length("key") <= 60', name=op.f("ck_county_setting_key_length")),
        sa.CheckConstraint('length("source") <= 500', name=op.f("ck_county_setting_source_length")),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_county_setting_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_county_setting")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_county_setting_county_id_id")),
        sa.UniqueConstraint("county_id", "key", "from_on", name=op.f("uq_county_setting_county_id_key_from_on")),
    )
    op.create_table(
        "division",
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("edition", sa.String(length=80), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_hant", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=300), nullable=False),
        sa.CheckConstraint('length("code") <= 12', name=op.f("ck_division_code_length")),
        sa.CheckConstraint('length("edition") <= 80', name=op.f("ck_division_edition_length")),
        sa.CheckConstraint('length("level") <= 20', name=op.f("ck_division_level_length")),
        sa.CheckConstraint('length("name") <= 200', name=op.f("ck_division_name_length")),
        sa.CheckConstraint('length("name_en") <= 300', name=op.f("ck_division_name_en_length")),
        sa.CheckConstraint('length("name_hant") <= 200', name=op.f("ck_division_name_hant_length")),
        sa.ForeignKeyConstraint(
            ["county_id", "parent_id"], ["division.county_id", "division.id"], name=op.f("fk_division_county_id_parent_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_division_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_division")),
        sa.UniqueConstraint("county_id", "code", name=op.f("uq_division_county_id_code")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_division_county_id_id")),
    )
    op.create_table(
        "job_run",
        sa.Column("job", sa.String(length=60), nullable=False),
        sa.Column("period", sa.String(length=20), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=500), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint('length("job") <= 60', name=op.f("ck_job_run_job_length")),
        sa.CheckConstraint('length("outcome") <= 500', name=op.f("ck_job_run_outcome_length")),
        sa.CheckConstraint('length("period") <= 20', name=op.f("ck_job_run_period_length")),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_job_run_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_run")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_job_run_county_id_id")),
        sa.UniqueConstraint("county_id", "job", "period", name=op.f("uq_job_run_county_id_job_period")),
    )
    op.create_table(
        "number_counter",
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint('length("kind") <= 60', name=op.f("ck_number_counter_kind_length")),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_number_counter_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_counter")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_number_counter_county_id_id")),
        sa.UniqueConstraint("county_id", "kind", "year", name=op.f("uq_number_counter_county_id_kind_year")),
    )
    op.create_table(
        "outbox",
        sa.Column("dedupe_key", sa.String(length=120), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("receiver", sa.String(length=120), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("template", sa.String(length=60), nullable=False),
        sa.Column("facts", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint('length("channel") <= 20', name=op.f("ck_outbox_channel_length")),
        sa.CheckConstraint('length("dedupe_key") <= 120', name=op.f("ck_outbox_dedupe_key_length")),
        sa.CheckConstraint('length("language") <= 10', name=op.f("ck_outbox_language_length")),
        sa.CheckConstraint('length("receiver") <= 120', name=op.f("ck_outbox_receiver_length")),
        sa.CheckConstraint('length("template") <= 60', name=op.f("ck_outbox_template_length")),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_outbox_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("county_id", "dedupe_key", name=op.f("uq_outbox_county_id_dedupe_key")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_outbox_county_id_id")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_unsent", ["sent_at", "id"], unique=False)

    op.create_table(
        "body",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("line", sa.String(length=40), nullable=False),
        sa.Column("is_vertical", sa.Boolean(), nullable=False),
        sa.Column("division_id", sa.Integer(), nullable=True),
        sa.Column("paper_prefix", sa.String(length=40), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("more", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_hant", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=300), nullable=False),
        sa.CheckConstraint(
            "kind IN ('department', 'town_government', 'approval_bureau', 'superior', 'village', 'county_government')",
            name=op.f("ck_body_kind_known"),
        ),
        sa.CheckConstraint('length("address") <= 200', name=op.f("ck_body_address_length")),
        sa.CheckConstraint('length("code") <= 20', name=op.f("ck_body_code_length")),
        sa.CheckConstraint('length("kind") <= 20', name=op.f("ck_body_kind_length")),
        sa.CheckConstraint('length("line") <= 40', name=op.f("ck_body_line_length")),
        sa.CheckConstraint('length("name") <= 200', name=op.f("ck_body_name_length")),
        sa.CheckConstraint('length("name_en") <= 300', name=op.f("ck_body_name_en_length")),
        sa.CheckConstraint('length("name_hant") <= 200', name=op.f("ck_body_name_hant_length")),
        sa.CheckConstraint('length("paper_prefix") <= 40', name=op.f("ck_body_paper_prefix_length")),
        sa.CheckConstraint('length("phone") <= 40', name=op.f("ck_body_phone_length")),
        sa.ForeignKeyConstraint(
            ["county_id", "division_id"], ["division.county_id", "division.id"], name=op.f("fk_body_county_id_division_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_body_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_body")),
        sa.UniqueConstraint("county_id", "code", name=op.f("uq_body_county_id_code")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_body_county_id_id")),
    )
    op.create_table(
        "service_point",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("division_id", sa.Integer(), nullable=True),
        sa.Column("body_id", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("status_from_on", sa.Date(), nullable=False),
        sa.Column("pinyin", sa.String(length=200), nullable=False),
        sa.Column("initials", sa.String(length=60), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("address_hant", sa.String(length=200), nullable=False),
        sa.Column("address_en", sa.String(length=300), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_hant", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=300), nullable=False),
        sa.CheckConstraint("(parent_id IS NULL) = (level = 'county')", name=op.f("ck_service_point_one_root")),
        sa.CheckConstraint("level IN ('county', 'sub_center', 'town', 'village', 'community')", name=op.f("ck_service_point_level_known")),
        sa.CheckConstraint(
            "status IN ('planned', 'under_construction', 'trial', 'operating', 'suspended', 'merged', 'closed')",
            name=op.f("ck_service_point_status_known"),
        ),
        sa.CheckConstraint('length("address") <= 200', name=op.f("ck_service_point_address_length")),
        sa.CheckConstraint('length("address_en") <= 300', name=op.f("ck_service_point_address_en_length")),
        sa.CheckConstraint('length("address_hant") <= 200', name=op.f("ck_service_point_address_hant_length")),
        sa.CheckConstraint('length("code") <= 20', name=op.f("ck_service_point_code_length")),
        sa.CheckConstraint('length("initials") <= 60', name=op.f("ck_service_point_initials_length")),
        sa.CheckConstraint('length("level") <= 20', name=op.f("ck_service_point_level_length")),
        sa.CheckConstraint('length("name") <= 200', name=op.f("ck_service_point_name_length")),
        sa.CheckConstraint('length("name_en") <= 300', name=op.f("ck_service_point_name_en_length")),
        sa.CheckConstraint('length("name_hant") <= 200', name=op.f("ck_service_point_name_hant_length")),
        sa.CheckConstraint('length("phone") <= 40', name=op.f("ck_service_point_phone_length")),
        sa.CheckConstraint('length("pinyin") <= 200', name=op.f("ck_service_point_pinyin_length")),
        sa.CheckConstraint('length("status") <= 20', name=op.f("ck_service_point_status_length")),
        sa.ForeignKeyConstraint(["county_id", "body_id"], ["body.county_id", "body.id"], name=op.f("fk_service_point_county_id_body_id")),
        sa.ForeignKeyConstraint(
            ["county_id", "division_id"], ["division.county_id", "division.id"], name=op.f("fk_service_point_county_id_division_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "parent_id"], ["service_point.county_id", "service_point.id"], name=op.f("fk_service_point_county_id_parent_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_service_point_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_point")),
        sa.UniqueConstraint("county_id", "code", name=op.f("uq_service_point_county_id_code")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_service_point_county_id_id")),
    )
    op.create_table(
        "point_hours",
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("opens", sa.String(length=5), nullable=False),
        sa.Column("closes", sa.String(length=5), nullable=False),
        sa.Column("more", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint('length("closes") <= 5', name=op.f("ck_point_hours_closes_length")),
        sa.CheckConstraint('length("opens") <= 5', name=op.f("ck_point_hours_opens_length")),
        sa.CheckConstraint("opens < closes", name=op.f("ck_point_hours_opens_before_closes")),
        sa.CheckConstraint("weekday BETWEEN 1 AND 7", name=op.f("ck_point_hours_weekday_iso")),
        sa.ForeignKeyConstraint(
            ["county_id", "point_id"], ["service_point.county_id", "service_point.id"], name=op.f("fk_point_hours_county_id_point_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_point_hours_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_point_hours")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_point_hours_county_id_id")),
        sa.UniqueConstraint("point_id", "weekday", "opens", name=op.f("uq_point_hours_point_id_weekday_opens")),
    )
    op.create_table(
        "point_name",
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_hant", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=300), nullable=False),
        sa.CheckConstraint('length("name") <= 200', name=op.f("ck_point_name_name_length")),
        sa.CheckConstraint('length("name_en") <= 300', name=op.f("ck_point_name_name_en_length")),
        sa.CheckConstraint('length("name_hant") <= 200', name=op.f("ck_point_name_name_hant_length")),
        sa.ForeignKeyConstraint(
            ["county_id", "point_id"], ["service_point.county_id", "service_point.id"], name=op.f("fk_point_name_county_id_point_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_point_name_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_point_name")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_point_name_county_id_id")),
        sa.UniqueConstraint("point_id", "from_on", name=op.f("uq_point_name_point_id_from_on")),
    )
    op.create_table(
        "point_status_change",
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "status IN ('planned', 'under_construction', 'trial', 'operating', 'suspended', 'merged', 'closed')",
            name=op.f("ck_point_status_change_status_known"),
        ),
        sa.CheckConstraint('length("reason") <= 500', name=op.f("ck_point_status_change_reason_length")),
        sa.CheckConstraint('length("status") <= 20', name=op.f("ck_point_status_change_status_length")),
        sa.ForeignKeyConstraint(
            ["county_id", "point_id"],
            ["service_point.county_id", "service_point.id"],
            name=op.f("fk_point_status_change_county_id_point_id"),
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_point_status_change_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_point_status_change")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_point_status_change_county_id_id")),
    )
    with op.batch_alter_table("point_status_change", schema=None) as batch_op:
        batch_op.create_index("ix_point_status_change_point", ["point_id", "from_on"], unique=False)

    op.create_table(
        "window",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("is_general", sa.Boolean(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_hant", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=300), nullable=False),
        sa.CheckConstraint('length("code") <= 40', name=op.f("ck_window_code_length")),
        sa.CheckConstraint('length("name") <= 200', name=op.f("ck_window_name_length")),
        sa.CheckConstraint('length("name_en") <= 300', name=op.f("ck_window_name_en_length")),
        sa.CheckConstraint('length("name_hant") <= 200', name=op.f("ck_window_name_hant_length")),
        sa.ForeignKeyConstraint(
            ["county_id", "point_id"], ["service_point.county_id", "service_point.id"], name=op.f("fk_window_county_id_point_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_window_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_window")),
        sa.UniqueConstraint("county_id", "code", name=op.f("uq_window_county_id_code")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_window_county_id_id")),
    )
    with op.batch_alter_table("window", schema=None) as batch_op:
        batch_op.create_index("ix_window_point", ["point_id"], unique=False)

    op.create_table(
        "window_body",
        sa.Column("window_id", sa.Integer(), nullable=False),
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["county_id", "body_id"], ["body.county_id", "body.id"], name=op.f("fk_window_body_county_id_body_id")),
        sa.ForeignKeyConstraint(
            ["county_id", "window_id"], ["window.county_id", "window.id"], name=op.f("fk_window_body_county_id_window_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_window_body_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_window_body")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_window_body_county_id_id")),
        sa.UniqueConstraint("window_id", "body_id", "from_on", name=op.f("uq_window_body_window_id_body_id_from_on")),
    )


def downgrade() -> None:
    op.drop_table("window_body")
    with op.batch_alter_table("window", schema=None) as batch_op:
        batch_op.drop_index("ix_window_point")

    op.drop_table("window")
    with op.batch_alter_table("point_status_change", schema=None) as batch_op:
        batch_op.drop_index("ix_point_status_change_point")

    op.drop_table("point_status_change")
    op.drop_table("point_name")
    op.drop_table("point_hours")
    op.drop_table("service_point")
    op.drop_table("body")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_unsent")

    op.drop_table("outbox")
    op.drop_table("number_counter")
    op.drop_table("job_run")
    op.drop_table("division")
    op.drop_table("county_setting")
    op.drop_table("calendar_year")
    op.drop_table("calendar_day")
    op.drop_table("county")
