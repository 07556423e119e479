"""One topic: what was published of it, its papers, and its words."""

from __future__ import annotations

import pandas as pd

from dashboard.filters import Filters
from dashboard.queries import prepared
from dashboard.queries.matching import ask
from dashboard.queries.papers import nameless
from dashboard.queries.prepared import LISTED, Connection
from etl.contract import AGES

# Papers that can be compared by upvotes, all read at one age: that at which most of them were read; of equals the
# oldest. $ages binds AGES. Columns of stood: number, paper_id, age, percentile, excess, read_upvotes and read_comments;
# the other columns of many papers take as long as all the rest, so that they are joined once there are few.
STOOD = """
    , compared AS MATERIALIZED (
        SELECT number, paper_id, standing.age, percentile, excess, read_upvotes, read_comments
        FROM memory.main.standings AS standing JOIN matching USING (number)
    ),
    chosen AS (
        SELECT age FROM compared GROUP BY age
        ORDER BY count(*) DESC, list_position($ages::VARCHAR[], age) DESC
        LIMIT 1
    ),
    stood AS (SELECT * FROM compared SEMI JOIN chosen USING (age))
"""
# The papers of an expression `shown`, which has columns of `stood` and others, as those of an expression `page`.
OF_STOOD = f"""
    , page AS (
        SELECT
            matching.* REPLACE (read_upvotes AS upvotes, read_comments AS comments),
            shown.* EXCLUDE (number, paper_id, read_upvotes, read_comments),
            {LISTED} AS day
        FROM shown JOIN matching USING (number)
    )
"""  # noqa: S608 - constants only


def about(connection: Connection, topic: int) -> pd.DataFrame:
    """What was published of a topic, in one row, or no row.

    Columns: topic_id, label, area, keywords (list), papers, nearest (topic_id of those most like it), and, in snapshots
    that have them, description (a sentence, or None).
    """
    # By pattern, since a snapshot may be older than the column `description`.
    return connection.execute(
        "SELECT COLUMNS('^(topic_id|label|area|keywords|papers|nearest|description)$') FROM topics "
        "WHERE topic_id = $topic",
        {"topic": topic},
    ).df()


def lineage(connection: Connection, topic: int) -> pd.DataFrame:
    """What happened to a topic from run to run, oldest first.

    Columns: on (day of the run, NaT where it is not on record), event, topic_id, from_topic_id, overlap. Events of
    other topics that came from it or took it in are among them.
    """
    return connection.execute(
        """
        SELECT started_at::DATE AS on, event, topic_id, from_topic_id, overlap
        FROM topic_lineage LEFT JOIN runs USING (run_id)
        WHERE topic_id = $topic OR from_topic_id = $topic
        ORDER BY run_id, event, topic_id, from_topic_id
        """,
        {"topic": topic},
    ).df()


def attribution(connection: Connection, topic: int) -> pd.DataFrame:
    """Where a topic's change comes from: the corpus first, then contributors, the largest part first.

    Columns: those of the table `topic_attribution`.
    """
    return connection.execute(
        "SELECT * FROM topic_attribution WHERE topic_id = $topic "
        "ORDER BY kind <> 'corpus', part DESC NULLS LAST, kind, name",
        {"topic": topic},
    ).df()


def changes(connection: Connection) -> pd.DataFrame:
    """When each topic's share came to another level. Columns: those of the table `topic_changes`."""
    return connection.execute("SELECT * FROM topic_changes ORDER BY topic_id, started_on").df()


def forecasts(connection: Connection) -> pd.DataFrame:
    """The next quarter of each topic. Columns: those of the table `topic_forecasts`."""
    return connection.execute("SELECT * FROM topic_forecasts ORDER BY topic_id").df()


def topic_newness(connection: Connection) -> pd.DataFrame:
    """What is new about each topic, the newest first. Columns: those of the table `topic_newness`."""
    return connection.execute("SELECT * FROM topic_newness ORDER BY rank").df()


def typical_papers(connection: Connection, filters: Filters, topic: int, limit: int) -> pd.DataFrame:
    """The topic's most typical papers among those asked for, the most typical first, with the columns of `papers` but
    authors.

    Those that were typical at the fit and have gone to another topic since stay out.
    """
    return ask(
        connection,
        filters.in_topic(topic),
        f"""
        , page AS (
            SELECT *, list_position((SELECT typical FROM topics WHERE topic_id = $topic), paper_id) AS place
            FROM matching
            WHERE place IS NOT NULL
            ORDER BY place
            LIMIT $limit
        )
        {nameless()}
        """,  # noqa: S608 - constants only
        topic=topic,
        limit=limit,
    )


def upvoted_papers(connection: Connection, filters: Filters, limit: int) -> pd.DataFrame:
    """The most upvoted papers of those asked for, by how they stood among the papers of their week.

    All were read at one age: that at which most of these papers were read; of equals the oldest. A paper whose week
    has too few papers to compare with stays out.

    The columns are those of `papers` but authors, with the upvotes and comments read then, and percentile (mid-rank
    among the papers of its week, 0 to 100) and age (of contract.AGES).
    """
    return ask(
        connection,
        filters,
        f"""
        {STOOD},
        shown AS (
            SELECT *, row_number() OVER () AS place
            FROM (SELECT * FROM stood ORDER BY percentile DESC, excess DESC, paper_id LIMIT $limit)
        )
        {OF_STOOD}
        {nameless("percentile", "age")}
        """,  # noqa: S608 - constants only
        needs=(prepared.standings,),
        limit=limit,
        ages=list(AGES),
    )


def title_words(
    connection: Connection, filters: Filters, topic: int, at_least: int, limit: int
) -> pd.DataFrame:
    """The words of titles that tell the topic's papers asked for from all of other topics, the most telling first.

    A word counts once a title. Its score is its part of the Kullback-Leibler divergence of the topic's titles from the
    others': p log(p / q), where p and q are the shares of titles that have it; half a title is added to the others', so
    that q is never 0. Words that are not at least twice as frequent in the topic, such as "for", stay out.

    Columns: word (lower case), papers (of the topic, at_least or more), score.
    """
    return ask(
        connection,
        filters.in_topic(topic),
        """
        , size AS (
            SELECT
                (SELECT count(*) FROM matching) AS own,
                (SELECT count(*) FROM papers WHERE topic_id <> $topic) AS others
        ),
        counted AS (
            SELECT word, count(number) AS papers, count(*) AS of_all
            FROM memory.main.title_words LEFT JOIN matching ON paper = matching.number
            WHERE title_words.topic_id = $topic
            GROUP BY word
        ),
        scored AS (
            SELECT
                vocabulary.word,
                counted.papers,
                counted.papers / size.own AS p,
                (vocabulary.papers - of_all + 0.5) / (size.others + 1) AS q,
                p * ln(p / q) AS score
            FROM counted JOIN memory.main.vocabulary ON counted.word = vocabulary.number, size
            WHERE counted.papers >= $at_least
        )
        SELECT word, papers, score
        FROM scored
        WHERE p >= 2 * q
        ORDER BY score DESC, word
        LIMIT $limit
        """,
        needs=(prepared.titles,),
        topic=topic,
        at_least=at_least,
        limit=limit,
    )


def terms(connection: Connection, filters: Filters, topic: int, wanted: tuple[str, ...]) -> pd.DataFrame:
    """How many of the topic's papers have a term in title or abstract, by quarter within the dates asked for.

    A term is one word or several in a row; case and punctuation do not matter, and "rl" is not in "early".

    Columns: term, quarter (its first day), papers (with the term), topic_papers (all of the topic in the quarter),
    partial (whether the quarter is cut, by what was loaded or by the dates asked for); every term has every quarter.
    """
    with prepared.terms(connection, topic, wanted) as written:
        return ask(
            connection,
            filters.in_topic(topic),
            f"""
            , dated AS (
                SELECT number, date_trunc('quarter', published_on)::DATE AS quarter
                FROM matching
                WHERE published_on IS NOT NULL
            ),
            wanted AS (SELECT unnest($terms::VARCHAR[]) AS term),
            counted AS (
                SELECT wanted.term, quarter, count(*) AS papers
                FROM {written} AS written
                JOIN wanted ON written.term = hash(wanted.term)
                JOIN dated ON paper = number
                GROUP BY wanted.term, quarter
            ),
            sizes AS (
                SELECT quarter, count(*) AS papers FROM dated GROUP BY quarter
            ),
            quarters AS (
                SELECT date_trunc('quarter', month)::DATE AS quarter, bool_or(partial) OR count(*) < 3 AS partial
                FROM topic_months
                WHERE topic_id = -1 AND month >= coalesce($date_from, month) AND month <= coalesce($date_until, month)
                GROUP BY 1
            )
            SELECT
                term,
                quarter,
                coalesce(counted.papers, 0)::INTEGER AS papers,
                coalesce(sizes.papers, 0)::INTEGER AS topic_papers,
                partial
            FROM quarters
            CROSS JOIN wanted
            LEFT JOIN counted USING (term, quarter)
            LEFT JOIN sizes USING (quarter)
            ORDER BY list_position($terms::VARCHAR[], term), quarter
            """,  # noqa: S608 - constants only
            terms=list(wanted),
            date_from=filters.date_from,
            date_until=filters.date_until,
        )
