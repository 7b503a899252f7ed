"""Conversations: what a voter and the campaign text each other, and who answers."""

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.store.base import Base, Big, Instant, Serial


class Conversation(Base):
    """The texts between one address and one campaign. One person at a time answers."""

    __tablename__ = "conversations"

    id: Mapped[Serial]
    campaign_id: Mapped[Big] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    address: Mapped[str]  # the voter's phone
    voter_id: Mapped[Big | None]
    our_address: Mapped[str]  # the number they wrote to, from which they are answered
    waits_since: Mapped[Instant | None]  # campaign time; empty: nothing waits for an answer
    held_by: Mapped[Big | None]  # the volunteer who has it in hand …
    held_until: Mapped[Instant | None]  # … until then, machine time
    handed_over_at: Mapped[Instant | None]  # to the organizers
    handed_over_by: Mapped[Big | None]
    why_handed_over: Mapped[str] = mapped_column(server_default="")
    assigned_to: Mapped[Big | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))

    __table_args__ = (
        UniqueConstraint("campaign_id", "address"),
        Index(
            "ix_conversations_waiting",
            "campaign_id",
            "waits_since",
            postgresql_where=text("waits_since IS NOT NULL"),
        ),
        Index(
            "ix_conversations_given",
            "assigned_to",
            "handed_over_at",
            postgresql_where=text("assigned_to IS NOT NULL OR handed_over_at IS NOT NULL"),
        ),
    )


class Written(Base):
    """The words of one text that a person wrote. Its touch has the purpose `written:<id>`."""

    __tablename__ = "written"

    id: Mapped[Serial]
    conversation_id: Mapped[Big] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), index=True
    )
    key: Mapped[str] = mapped_column(unique=True)  # the client's own, so that a repeat is known
    user_id: Mapped[Big]
    body: Mapped[str]
    written_at: Mapped[Instant]
