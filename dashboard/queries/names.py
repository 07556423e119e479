"""Which name stands on which paper, in numbers instead of texts.

Made once for a snapshot, in memory, when it is first asked for: of a million papers with five million names that takes
5 s, and 70 MB. Counting distinct names by month on the texts takes as long every time.
"""

from __future__ import annotations

from threading import Lock

from dashboard.queries.matching import Connection

_MAKING = Lock()
_MADE = "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'memory' AND table_name = 'author_papers'"
# A name counts once a paper, in one spelling. A paper's number is the place of its row in `papers`. A name is new in
# the month of its first dated paper in the whole corpus; of a paper without a date that is unknown.
_MAKE = """
    BEGIN;
    CREATE TEMP TABLE named AS
        SELECT paper_id, name_key, min(name) AS name FROM authors WHERE NOT hidden GROUP BY paper_id, name_key;
    CREATE TABLE memory.main.spellings AS
        SELECT row_number() OVER ()::INTEGER AS spelling, dense_rank() OVER (ORDER BY name_key)::INTEGER AS person, *
        FROM (SELECT DISTINCT name_key, name FROM named);
    CREATE TABLE memory.main.author_papers AS
        SELECT
            papers.rowid::INTEGER AS paper,
            person,
            spelling,
            date_trunc('month', published_on)
                = min(date_trunc('month', published_on)) OVER (PARTITION BY person) AS is_new
        FROM named JOIN memory.main.spellings USING (name_key, name) JOIN papers USING (paper_id)
        ORDER BY paper;
    DROP TABLE named;
    COMMIT
"""


def prepare(connection: Connection) -> None:
    """Make sure that there are `memory.main.author_papers` and `memory.main.spellings`.

    Columns of the first: paper (number of a row of `papers`), person (a name in whatever spelling), spelling,
    is_new.
    Columns of the second: spelling, person, name_key, name.
    """
    with _MAKING:
        if not connection.execute(_MADE).fetchall()[0][0]:
            connection.execute(_MAKE)
