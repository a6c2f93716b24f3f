"""Cases across levels: the way of the papers, agent service, legs that an office sent."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

KINDS_BEFORE = (
    "collected", "received", "noticed", "notice_opened", "supplemented", "supplement_judged", "accepted", "turned_away", "not_accepted",
    "filed", "filing_returned", "filing_passed", "reviewed", "stopped", "stop_ended", "extended", "urgent_opened", "urgent_ended",
    "put_on_hold", "hold_ended", "handed_off", "leg_received", "leg_returned", "recalled", "taken", "assigned", "decided", "certified",
    "delivered", "finished", "archived", "lapsed", "withdrawn", "terminated", "forwarded", "voided", "agent_named", "agent_ended",
    "party_told", "party_heard", "hearing_asked", "hearing_set", "hearing_held", "site_checked", "corrected",
)  # fmt: skip
KINDS = (*KINDS_BEFORE[:-1], "paper_received", "consent_given", "consent_ended", "carried", "corrected")


def _known(codes: tuple[str, ...]) -> None:
    with op.batch_alter_table("case_event", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_case_event_kind_known"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_case_event_kind_known"), f"kind IN ({', '.join(repr(code) for code in codes)})")


def upgrade() -> None:
    _known(KINDS)
    with op.batch_alter_table("leg", schema=None) as batch_op:
        batch_op.add_column(sa.Column("mark", sa.String(length=20), server_default="", nullable=False))
        batch_op.create_check_constraint(batch_op.f("ck_leg_mark_length"), 'length("mark") <= 20')


def downgrade() -> None:
    with op.batch_alter_table("leg", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_leg_mark_length"), type_="check")
        batch_op.drop_column("mark")
    _known(KINDS_BEFORE)
