"""What pages count again and again, in numbers instead of texts: tables in memory, made once for a snapshot.

Each is made when it is first asked for. Of a million papers that takes 5 s and 70 MB for names, the same for the words
of titles, and 1 s and 30 MB for upvotes. Joined on ids and names instead, as the snapshot has them, such papers took up
to 8 s at every change of a filter. A paper's number is the place of its row in `papers`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import duckdb

# The day that ages and weekdays count from.
LISTED = "coalesce(listed_on, published_on)"

# A text as its words: lower case, one space before and after each, nothing else between them. `{}` is the text.
WORDS = r"' ' || trim(regexp_replace(lower({}), '[^\p{{L}}\p{{N}}]+', ' ', 'g')) || ' '"

_TEXTS_AT_MOST = 4  # topics whose texts stay in memory: of a million papers, 25 MB each

# Each word once a title. A word has a letter, and more than one sign.
_TITLES = f"""
    CREATE TEMP TABLE written AS
        SELECT rowid::INTEGER AS paper, unnest(list_distinct(string_split(trim({WORDS.format("title")}), ' '))) AS word
        FROM papers;
    CREATE TABLE memory.main.vocabulary AS
        SELECT row_number() OVER ()::INTEGER AS number, word
        FROM (SELECT DISTINCT word FROM written WHERE regexp_matches(word, '\\p{{L}}') AND length(word) > 1);
    CREATE TABLE memory.main.title_words AS
        SELECT paper, vocabulary.number AS word
        FROM written JOIN memory.main.vocabulary USING (word)
        ORDER BY paper;
    DROP TABLE written
"""  # noqa: S608 - constants only

_TEXTS = """
    CREATE TABLE memory.main.{table} AS
        SELECT rowid::INTEGER AS paper, {words} AS words
        FROM papers
        WHERE topic_id = {topic}
"""

_MAKING = Lock()
_IN_USE: Counter[str] = Counter()

_NAMED = (
    "SELECT paper_id, name_key, min(name) AS name FROM authors WHERE NOT hidden GROUP BY paper_id, name_key"
)
# A name counts once a paper, in one spelling. It is new in the month of its first dated paper in the whole corpus; of a
# paper without a date that is unknown.
_NAMES = f"""
    CREATE TABLE memory.main.spellings AS
        SELECT row_number() OVER ()::INTEGER AS spelling, dense_rank() OVER (ORDER BY name_key)::INTEGER AS person, *
        FROM (SELECT DISTINCT name_key, name FROM ({_NAMED}));
    CREATE TABLE memory.main.author_papers AS
        SELECT
            papers.rowid::INTEGER AS paper,
            person,
            spelling,
            date_trunc('month', published_on)
                = min(date_trunc('month', published_on)) OVER (PARTITION BY person) AS is_new
        FROM ({_NAMED}) JOIN memory.main.spellings USING (name_key, name) JOIN papers USING (paper_id)
        ORDER BY paper
"""  # noqa: S608 - constants only

_READINGS = """
    CREATE TABLE memory.main.readings AS
        SELECT papers.rowid::INTEGER AS paper, reading.age, reading.upvotes, reading.comments, reading.observed_at
        FROM upvote_readings AS reading JOIN papers USING (paper_id)
        ORDER BY age, paper
"""

# Of several looks at one age the latest counts.
_LOOKS = f"""
    CREATE TABLE memory.main.looks AS
        WITH looked AS (
            SELECT
                paper_id,
                papers.rowid::INTEGER AS paper,
                date_diff('day', {LISTED}, looked.observed_at::DATE) AS age_days,
                arg_max(looked.upvotes, (looked.observed_at, looked.upvotes)) AS upvotes
            FROM upvote_observations AS looked JOIN papers USING (paper_id)
            WHERE looked.upvotes IS NOT NULL
            GROUP BY ALL
        )
        SELECT looked.paper, looked.age_days, looked.upvotes / settled.upvotes AS ratio
        FROM looked JOIN upvote_readings AS settled USING (paper_id)
        WHERE settled.age = 'settled' AND settled.upvotes > 0
        ORDER BY paper
"""  # noqa: S608 - constants only


def names(connection: duckdb.DuckDBPyConnection) -> None:
    """Which name stands on which paper: `memory.main.author_papers` and `memory.main.spellings`.

    Columns of the first: paper, person (a name in whatever spelling), spelling, is_new. Columns of the second:
    spelling, person, name_key, name.
    """
    _make(connection, "author_papers", _NAMES)


def readings(connection: duckdb.DuckDBPyConnection) -> None:
    """The table `upvote_readings` by number: `memory.main.readings`.

    Columns: paper, age, upvotes, comments, observed_at.
    """
    _make(connection, "readings", _READINGS)


def looks(connection: duckdb.DuckDBPyConnection) -> None:
    """Every look at a paper that has a settled count above 0: `memory.main.looks`.

    Columns: paper, age_days (after listing), ratio (count then / settled count).
    """
    _make(connection, "looks", _LOOKS)


def titles(connection: duckdb.DuckDBPyConnection) -> None:
    """The words of titles: `memory.main.title_words` and `memory.main.vocabulary`.

    Columns of the first: paper, word (its number); of the second: number, word (lower case).
    """
    _make(connection, "title_words", _TITLES)


@contextmanager
def texts(connection: duckdb.DuckDBPyConnection, topic: int) -> Iterator[str]:
    """The words of a topic's papers: the name of a table that stays as long as the context.

    Columns: paper, words (of title and abstract, see `WORDS`).
    """
    table = f"texts_of_{int(topic)}"
    words = WORDS.format("concat_ws(' ', title, abstract)")
    script = _TEXTS.format(table=table, topic=int(topic), words=words)
    with _MAKING:
        _IN_USE[table] += 1
        _make_room(connection)
    try:
        _make(connection, table, script)
        yield f"memory.main.{table}"
    finally:
        with _MAKING:
            _IN_USE[table] -= 1


def _make_room(connection: duckdb.DuckDBPyConnection) -> None:
    """Let go of the oldest texts that nobody reads."""
    kept = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = 'memory' AND table_name LIKE 'texts_of_%' "
        "ORDER BY table_oid"
    ).fetchall()
    unread = [table for (table,) in kept if not _IN_USE[table]]
    for table in unread[: max(0, len(kept) + 1 - _TEXTS_AT_MOST)]:
        connection.execute(f"DROP TABLE memory.main.{table}")


def _make(connection: duckdb.DuckDBPyConnection, table: str, script: str) -> None:
    """Make a table unless it is there; sessions that ask meanwhile wait."""
    with _MAKING:
        made = connection.execute(
            "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'memory' AND table_name = ?", [table]
        ).fetchall()
        if not made[0][0]:
            connection.execute(f"BEGIN; {script}; COMMIT")
