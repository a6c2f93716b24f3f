"""Letters of appointment from draft to end; stand-ins that end early; whose work was lent."""

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
