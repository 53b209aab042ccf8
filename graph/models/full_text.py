"""Words of quotes and documents, so that they can be found: the same words, and the same answers, on both engines.

What is stored is folded already (`graph.text.fold`), so no engine's own language rules come in: SQLite's index holds no
text, only which row has which word; PostgreSQL's holds the words as lexemes.
"""

from sqlalchemy import Connection, event, text

from graph.models.table import METADATA

FULL_TEXT = ("quote_words", "document_words")
"""One index each for the versions of claims and of documents, keyed by their `n`."""


def full_text_statements(dialect: str) -> list[str]:
    """List the statements that make the full-text tables."""
    if dialect == "sqlite":
        return [
            f"CREATE VIRTUAL TABLE {name} USING fts5(words, content='', detail='none', tokenize='ascii')"
            for name in FULL_TEXT
        ]
    return [
        statement
        for name in FULL_TEXT
        for statement in (
            f"CREATE TABLE {name} (n BIGINT NOT NULL, words TSVECTOR NOT NULL, CONSTRAINT pk_{name} PRIMARY KEY (n))",
            f"CREATE INDEX ix_{name}_words ON {name} USING gin (words)",
        )
    ]


@event.listens_for(METADATA, "after_create")
def _after_create(_metadata: object, connection: Connection, **_: object) -> None:
    for statement in full_text_statements(connection.dialect.name):
        connection.execute(text(statement))
