"""Articles with their variants and versions, and the counter that tells every process that something changed."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storage.base import Base, Json, JsonObject, UTCDateTime, new_id, now


class Article(Base):
    """An answer in one language. Articles with the same `key` say the same in several languages.

    `revision` counts the versions of this article (for optimistic locking), `change` is the value of the
    knowledge base's counter at its last change.
    """

    __tablename__ = "article"
    __table_args__ = (
        UniqueConstraint("key", "language"),
        CheckConstraint("state IN ('draft', 'published', 'archived')", name="state"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(16))
    question: Mapped[str] = mapped_column(Text)
    answer: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(String(200), default="")
    tags: Mapped[list[str]] = mapped_column(Json, default=list)
    # Keys of articles that a reader may want next.
    related: Mapped[list[str]] = mapped_column(Json, default=list, server_default="[]")
    state: Mapped[str] = mapped_column(String(16), default="draft")
    revision: Mapped[int] = mapped_column(Integer, default=1)
    change: Mapped[int] = mapped_column(Integer, default=0, index=True)
    author: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)

    variants: Mapped[list["ArticleVariant"]] = relationship(
        order_by="ArticleVariant.position", cascade="all, delete-orphan", passive_deletes=True, lazy="raise"
    )


class ArticleVariant(Base):
    """Another way in which customers put the article's question."""

    __tablename__ = "article_variant"
    __table_args__ = (UniqueConstraint("article_id", "position"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    article_id: Mapped[str] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(Integer)
    text: Mapped[str] = mapped_column(Text)


class ArticleVersion(Base):
    """What an article looked like after a save: who, when and why."""

    __tablename__ = "article_version"
    __table_args__ = (UniqueConstraint("article_id", "revision"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    article_id: Mapped[str] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"))
    revision: Mapped[int] = mapped_column(Integer)
    snapshot: Mapped[JsonObject] = mapped_column(Json)
    author: Mapped[str] = mapped_column(String(200), default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class KnowledgeBaseCounter(Base):
    """One row: how often articles were changed. Bumped in the transaction of every write."""

    __tablename__ = "knowledge_base_counter"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    value: Mapped[int] = mapped_column(Integer, default=0)
