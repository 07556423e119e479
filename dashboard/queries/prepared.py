"""What pages count again and again, in numbers instead of texts: tables in memory, made when first asked for.

Of a million papers that takes 15 s and 640 MB: 190 for facts, 110 for standings, 120 for names, 160 for the words of
titles, 65 for looks. Joined on ids and names instead, as the snapshot has them, they took up to 8 s at every change
of a filter. The papers that a filter leaves are kept too, since a page asks a dozen things of them. A paper's number
is the place of its row in `papers`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import blake2b
from threading import Lock
from weakref import WeakValueDictionary

import duckdb
import pandas as pd

from etl.contract import AGES

Connection = duckdb.DuckDBPyConnection
Prepare = Callable[[Connection], None]  # makes tables in memory, unless they are there

# The day that ages and weekdays count from.
LISTED = "coalesce(listed_on, published_on)"

# A text as its words: lower case, one space before and after each, nothing else between them. `{}` is the text.
WORDS = r"' ' || trim(regexp_replace(lower({}), '[^\p{{L}}\p{{N}}]+', ' ', 'g')) || ' '"

# Months are counted by number, which takes a fraction of the time that dates take.
_MONTH_NUMBER = "(12 * year(published_on) + month(published_on) - 1)::INTEGER AS month_number"
MONTH = "make_date(month_number // 12, month_number % 12 + 1, 1)"

_TOPICS_AT_MOST = 4  # whose texts stay in memory: of a million papers, 25 MB each
_KEPT_AT_MOST = 24  # sets of papers that filters leave
_ROWS_AT_MOST = 1_000_000  # of all of these: some 100 MB
_TIMES = 3  # that a query is tried, since what it needs may be let go of meanwhile

# Each word once a title. A word has a letter, and more than one sign. A topic's titles lie together.
_TITLES = f"""
    CREATE TEMP TABLE written AS
        SELECT
            topic_id,
            rowid::INTEGER AS paper,
            unnest(list_distinct(string_split(trim({WORDS.format("title")}), ' '))) AS word
        FROM papers;
    CREATE TABLE memory.main.vocabulary AS
        SELECT row_number() OVER ()::INTEGER AS number, word, papers
        FROM (
            SELECT word, count(*)::INTEGER AS papers
            FROM written
            WHERE regexp_matches(word, '\\p{{L}}') AND length(word) > 1
            GROUP BY word
        );
    CREATE TABLE memory.main.title_words AS
        SELECT topic_id, paper, vocabulary.number AS word
        FROM written JOIN memory.main.vocabulary USING (word)
        ORDER BY topic_id, paper;
    DROP TABLE written
"""  # noqa: S608 - constants only

_TEXTS = """
    CREATE TABLE memory.main.texts_of_{topic} AS
        SELECT rowid::INTEGER AS paper, {words} AS words
        FROM papers
        WHERE topic_id = {topic};
    CREATE TABLE memory.main.terms_of_{topic} (term UBIGINT, paper INTEGER)
"""
# Terms are told by their hashes, which are faster to compare. One that was looked for has a row without a paper.
_NEW_TERMS = """
    SELECT list_filter($wanted::VARCHAR[], lambda term: NOT list_contains(found, hash(term)))
    FROM (SELECT coalesce(list(term), []) AS found FROM memory.main.terms_of_{topic} WHERE paper IS NULL)
"""
_FIND_TERMS = """
    INSERT INTO memory.main.terms_of_{topic}
        WITH term AS (
            SELECT hash(term) AS term, {words} AS words FROM (SELECT unnest($new::VARCHAR[]) AS term)
        )
        SELECT term, paper FROM memory.main.texts_of_{topic} AS text JOIN term ON contains(text.words, term.words)
        UNION ALL
        SELECT term, NULL FROM term
"""

_GUARD, _ROOM = Lock(), Lock()
_LOCKS: WeakValueDictionary[str, Lock] = WeakValueDictionary()  # by table, while it is made

# A name, in whatever spelling, counts once a paper, and is called as most papers have it. It is new in the month of its
# first dated paper in the whole corpus; of a paper without a date that is unknown. Those with the most papers have the
# lowest numbers. Names that stand on no other paper of the month can be added up paper by paper; the others, which must
# be told apart where names of a month are counted, lie together.
_NAMES = f"""
    CREATE TEMP TABLE named AS
        SELECT paper_id, name_key, min(name) AS name FROM authors WHERE NOT hidden GROUP BY paper_id, name_key;
    CREATE TABLE memory.main.persons AS
        SELECT row_number() OVER (ORDER BY papers DESC, name_key)::INTEGER AS person, papers, name_key, name
        FROM (
            SELECT name_key, sum(papers)::INTEGER AS papers, first(name ORDER BY papers DESC, name) AS name
            FROM (SELECT name_key, name, count(*) AS papers FROM named GROUP BY ALL)
            GROUP BY name_key
        );
    CREATE TABLE memory.main.spellings AS
        SELECT spelling.name, person
        FROM (SELECT DISTINCT name, name_key FROM authors WHERE NOT hidden) AS spelling
        JOIN memory.main.persons USING (name_key);
    CREATE TABLE memory.main.author_papers AS
        WITH dated AS (
            SELECT papers.rowid::INTEGER AS paper, person, {_MONTH_NUMBER}
            FROM named JOIN memory.main.persons USING (name_key) JOIN papers USING (paper_id)
        )
        SELECT
            paper,
            person,
            month_number = first_value(month_number) OVER by_month AS is_new,
            month_number IS NOT NULL
                AND month_number IS DISTINCT FROM lag(month_number) OVER by_month
                AND month_number IS DISTINCT FROM lead(month_number) OVER by_month AS is_alone
        FROM dated
        WINDOW by_month AS (PARTITION BY person ORDER BY month_number NULLS LAST)
        ORDER BY is_alone, paper;
    CREATE TABLE memory.main.named_papers AS
        SELECT
            paper,
            bool_or(is_new) AS has_new,
            bool_or(NOT is_new) AS has_returning,
            count(*) FILTER (is_alone)::INTEGER AS alone,
            count(*) FILTER (is_alone AND is_new)::INTEGER AS alone_new
        FROM memory.main.author_papers
        GROUP BY paper
        ORDER BY paper;
    DROP TABLE named
"""  # noqa: S608 - constants only

# Numbers of every paper, and what was read of it at each age: of many papers ten times as fast to look through as
# a join of the tables that have them.
_FACTS = f"""
    CREATE TABLE memory.main.organizations AS
        SELECT organization, row_number() OVER (ORDER BY organization)::INTEGER AS organization_number
        FROM papers
        WHERE organization IS NOT NULL
        GROUP BY organization;
    CREATE TABLE memory.main.facts AS
        WITH read AS (
            SELECT
                paper_id,
                {
    ", ".join(
        f"any_value({name}) FILTER (age = '{age}') AS {name}_{age}"
        for age in AGES
        for name in ("upvotes", "comments", "observed_at")
    )
}
            FROM upvote_readings
            GROUP BY paper_id
        )
        SELECT
            papers.rowid::INTEGER AS number, paper_id, source, topic_id, topic_probability, published_on, listed_on,
            authors_count, organization, organization_number, upvotes, comments, observed_at, {_MONTH_NUMBER},
            read.* EXCLUDE (paper_id)
        FROM papers LEFT JOIN read USING (paper_id) LEFT JOIN memory.main.organizations USING (organization)
        ORDER BY number
"""  # noqa: S608 - constants only

_STANDINGS = """
    CREATE TABLE memory.main.standings AS
        SELECT
            papers.rowid::INTEGER AS number, compared.* EXCLUDE (paper_id), reading.upvotes AS read_upvotes,
            reading.comments AS read_comments
        FROM paper_upvotes AS compared
        JOIN upvote_readings AS reading USING (paper_id, age)
        JOIN papers USING (paper_id)
        WHERE percentile IS NOT NULL
        ORDER BY week, number
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


def answer(
    connection: Connection, query: str, values: Mapping[str, object], needs: tuple[Prepare, ...] = ()
) -> pd.DataFrame:
    """The answer to a query on what `needs` make, which is made where the query does not find it."""
    return _execute(connection, query, values, needs).df()


def _execute(
    connection: Connection, query: str, values: Mapping[str, object], needs: tuple[Prepare, ...]
) -> Connection:
    for _ in range(_TIMES):
        try:
            return connection.execute(query, values or None)
        except duckdb.CatalogException:
            if not needs:
                raise
        for prepare in needs:
            prepare(connection)
    return connection.execute(query, values or None)


def names(connection: Connection) -> None:
    """Which name stands on which paper: `author_papers`, `persons`, `spellings` and `named_papers` in `memory.main`.

    Columns of the first: paper, person (a name in whatever spelling, those with the most papers first), is_new,
    is_alone (whether the name stands on no other paper of that month; not without a date); of the second: person,
    papers, name_key, name (as most papers have it); of the third: name, person; of the fourth: paper, has_new,
    has_returning (such a name), alone, alone_new (how many names, and new ones, stand on no other paper of its month).
    """
    _make(connection, "author_papers", _NAMES)


def facts(connection: Connection) -> None:
    """Every paper in numbers, in order, and organisations by name: `memory.main.facts` and `organizations`.

    Columns of the first: number, of `papers` paper_id, source, topic_id, topic_probability, published_on, listed_on,
    authors_count, organization, upvotes, comments and observed_at; month_number (of publication, see `MONTH`),
    organization_number; and of its reading at each age of `contract.AGES`, NULL without one, upvotes_<age>,
    comments_<age> and observed_at_<age>. Of the second: organization, organization_number (by name).
    """
    _make(connection, "facts", _FACTS)


def standings(connection: Connection) -> None:
    """The table `paper_upvotes` by number, where a week has papers enough to compare: `memory.main.standings`.

    Columns: number (of the paper), those of `paper_upvotes` but its paper_id, read_upvotes, read_comments (at its age).
    """
    _make(connection, "standings", _STANDINGS)


def looks(connection: Connection) -> None:
    """Every look at a paper that has a settled count above 0: `memory.main.looks`.

    Columns: paper, age_days (after listing), ratio (count then / settled count).
    """
    _make(connection, "looks", _LOOKS)


def titles(connection: Connection) -> None:
    """The words of titles: `memory.main.title_words` and `memory.main.vocabulary`.

    Columns of the first: topic_id, paper, word (its number); of the second: number, word (lower case), papers (titles
    that have it).
    """
    _make(connection, "title_words", _TITLES)


# What pages of the whole corpus need, in the order of how soon a reader comes to it.
TABLES: tuple[Prepare, ...] = (facts, standings, names, titles, looks)


@contextmanager
def terms(connection: Connection, topic: int, wanted: tuple[str, ...]) -> Iterator[str]:
    """Which papers of a topic have which of these terms in title or abstract: a table that stays with the context.

    Made anew meanwhile, it would have the terms that another session wants, and count the others as in no paper.

    Columns: term (its hash), paper (in one row NULL).
    """
    table, topic = f"terms_of_{int(topic)}", int(topic)
    texts = _TEXTS.format(topic=topic, words=WORDS.format("concat_ws(' ', title, abstract)"))
    find = _FIND_TERMS.format(topic=topic, words=WORDS.format("term"))
    with _lock_of(table):
        _make(connection, f"texts_of_{topic}", texts, _forget_topics)
        [(new,)] = connection.execute(_NEW_TERMS.format(topic=topic), {"wanted": list(wanted)}).fetchall()
        if new:
            connection.execute(find, {"new": new})
        yield f"memory.main.{table}"


def name_of(rows: str, values: Mapping[str, object]) -> str:
    """The table that has these rows, if they are kept."""
    return f"asked_{blake2b(repr((rows, values)).encode(), digest_size=8).hexdigest()}"


def keep(
    connection: Connection,
    *,
    table: str,
    rows: str,
    values: Mapping[str, object],
    needs: tuple[Prepare, ...],
) -> None:
    """Keep the papers that a query gives.

    Args:
        connection: to the snapshot.
        table: its name, see `name_of`.
        rows: the query.
        values: to bind.
        needs: make what the query needs.
    """
    with _lock_of(table):
        if _has(connection, table):
            return
        _execute(connection, f"CREATE TABLE memory.main.{table} AS {rows}", values, needs)
    # Last, so that who waits for these papers need not wait for the room as well.
    _make_room(connection, _forget_papers)


def _forget_topics(connection: Connection) -> None:
    """Let go of the texts and terms of the topics that were asked for first, but those that are read."""
    kept = [table for table, _ in _tables(connection, "texts_of_")]
    too_many = len(kept) + 1 - _TOPICS_AT_MOST
    for texts in kept:
        terms_of = texts.replace("texts", "terms")
        if too_many <= 0:
            return
        reading = _lock_of(terms_of)
        if not reading.acquire(blocking=False):
            continue
        try:
            connection.execute(
                f"DROP TABLE IF EXISTS memory.main.{texts}; DROP TABLE IF EXISTS memory.main.{terms_of}"
            )
        finally:
            reading.release()
        too_many -= 1


def _forget_papers(connection: Connection) -> None:
    """Let go of the papers that were asked for first, but not of the last."""
    kept = _tables(connection, "asked_")
    rows = sum(size for _, size in kept)
    for place, (table, size) in enumerate(kept[:-1]):
        if len(kept) - place <= _KEPT_AT_MOST and rows <= _ROWS_AT_MOST:
            return
        connection.execute(f"DROP TABLE IF EXISTS memory.main.{table}")
        rows -= size


def _tables(connection: Connection, prefix: str) -> list[tuple[str, int]]:
    """Tables in memory and their rows, the oldest first."""
    return connection.execute(
        "SELECT table_name, estimated_size FROM duckdb_tables() "
        "WHERE database_name = 'memory' AND starts_with(table_name, $prefix) ORDER BY table_oid",
        {"prefix": prefix},
    ).fetchall()


def _make(connection: Connection, table: str, script: str, forget: Prepare = lambda _: None) -> None:
    """Make a table unless it is there; sessions that ask for the same meanwhile wait."""
    with _lock_of(table):
        if not _has(connection, table):
            _make_room(connection, forget)
            connection.execute(f"BEGIN; {script}; COMMIT")


def _has(connection: Connection, table: str) -> bool:
    try:
        connection.execute(f"FROM memory.main.{table} LIMIT 0")
    except duckdb.CatalogException:
        return False
    return True


def _make_room(connection: Connection, forget: Prepare) -> None:
    with _ROOM:  # DuckDB refuses two who let go of one table
        forget(connection)


def _lock_of(table: str) -> Lock:
    with _GUARD:
        return _LOCKS.setdefault(table, Lock())
