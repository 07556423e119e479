"""What crosses from the ETL to its readers: the published tables and how to find the current snapshot.

This module is the one home of a table's name, its columns, their types, units and meaning. It imports the
standard library only, so that any reader may use it. Columns may be added freely; renaming or dropping one
takes a new SCHEMA_VERSION.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

SCHEMA_VERSION = 1

POINTER_NAME = "current.json"
SNAPSHOTS_FOLDER = "snapshots"

OUTLIER = -1  # the topic_id of papers that belong to no topic
OUTLIER_LABEL = "No topic"

RISING, FALLING, STEADY, INSUFFICIENT = "rising", "falling", "steady", "insufficient"
SIGNALS = (RISING, FALLING, STEADY, INSUFFICIENT)

DEMO, REAL = "demo", "real"  # the two kinds of corpus, which never share a folder


@dataclass(frozen=True, slots=True)
class Age:
    """An age at which counters are compared: days after listing, both ends included; None leaves the end open."""

    first_day: int
    last_day: int | None
    meaning: str


# Upvotes of different ages are never compared raw, so what is compared is read at one of these. Counts settle one to
# two weeks after listing.
AGES = {
    "listing": Age(0, 0, "on the day of listing"),
    "early": Age(1, 2, "1 to 2 days after listing"),
    "week": Age(5, 9, "5 to 9 days after listing"),
    "settled": Age(14, None, "14 days or more after listing"),
}
SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its DuckDB type, and what it means (with the unit where it has one)."""

    name: str
    type: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Table:
    """A published table: its name, what one row is, and its columns in order."""

    name: str
    row: str
    columns: tuple[Column, ...]

    @property
    def ddl(self) -> str:
        """The CREATE TABLE statement, unqualified."""
        columns = ",\n    ".join(f"{column.name} {column.type}" for column in self.columns)
        return f"CREATE TABLE {self.name} (\n    {columns}\n)"


PAPERS = Table(
    "papers",
    "a paper",
    (
        Column(
            "paper_id", "VARCHAR NOT NULL", "the source's own id, else made from the normalised title; unique"
        ),
        Column("title_key", "VARCHAR NOT NULL", "the title as two spellings of it compare"),
        Column("source", "VARCHAR NOT NULL", "where the record was first seen: 'demo', 'file' or 'hf'"),
        Column("arxiv_id", "VARCHAR", "the bare arXiv id, without version"),
        Column("title", "VARCHAR NOT NULL", "one line, trimmed"),
        Column("abstract", "VARCHAR", "the whole abstract"),
        Column("published_on", "DATE", "day of publication (UTC); trends are computed on it"),
        Column("listed_on", "DATE", "day the source listed the paper (UTC)"),
        Column(
            "authors_count",
            "INTEGER",
            "number of authors as given, hidden ones and repeated names among them; NULL where unknown",
        ),
        Column("upvotes", "INTEGER", "the freshest count; NULL where unknown"),
        Column("comments", "INTEGER", "the freshest count; NULL where unknown"),
        Column("observed_at", "TIMESTAMP", "when the freshest upvotes or comments were read (UTC)"),
        Column("organization", "VARCHAR", "the organisation the source names"),
        Column("submitter", "VARCHAR", "who brought it to the source, by the name or handle it gives"),
        Column("repository", "VARCHAR", "address of the repository with its code"),
        Column("repository_stars", "INTEGER", "stars of the repository; NULL where unknown"),
        Column("keywords", "VARCHAR[]", "keywords the source gives"),
        Column("url", "VARCHAR", "the paper's page"),
        Column("topic_id", "INTEGER NOT NULL", "its topic; -1 for an outlier"),
        Column(
            "fitted_topic_id",
            "INTEGER",
            "the topic the model gave it, before corrections by people; -1 for an outlier",
        ),
        Column(
            "topic_probability",
            "DOUBLE NOT NULL",
            "how likely another sorter puts it there too, 0 to 1; 0 for an outlier",
        ),
        Column("x", "FLOAT", "its place on the map, near what it resembles; NULL without topics"),
        Column("y", "FLOAT", "likewise"),
        Column("run_id", "VARCHAR NOT NULL", "the run that first loaded it"),
    ),
)

AUTHORS = Table(
    "authors",
    "an author on a paper, as given: every name of the list is a row, so rows of a paper count its team",
    (
        Column("paper_id", "VARCHAR NOT NULL", "the paper"),
        Column("position", "INTEGER NOT NULL", "place in the author list, from 1"),
        Column(
            "name",
            "VARCHAR NOT NULL",
            "the name as given; a name that stands twice on a paper has two rows (namesakes, or the source's slip), "
            "so whoever counts by name counts papers: count(DISTINCT paper_id)",
        ),
        Column(
            "hidden",
            "BOOLEAN NOT NULL DEFAULT false",
            "true where the source hides this author's profile claim: counted in team size, left out of lists of "
            "names",
        ),
    ),
)

TOPICS = Table(
    "topics",
    "a topic, and one row (-1) for the papers without one",
    (
        Column("topic_id", "INTEGER NOT NULL", "stable across runs; -1 stands for the outliers"),
        Column("label", "VARCHAR NOT NULL", "a short name, unique"),
        Column("keywords", "VARCHAR[] NOT NULL", "its terms by c-TF-IDF, the strongest first"),
        Column("words", "VARCHAR[]", "its single words: at most ten, and no other topic's"),
        Column("papers", "INTEGER NOT NULL", "papers assigned to it, with and without a date"),
        Column("description", "VARCHAR", "what its papers are about, in a sentence"),
        Column("area", "VARCHAR NOT NULL", "the level above: a group of related topics"),
        Column("nearest", "INTEGER[]", "the topics most like it, the nearest first"),
        Column(
            "typical",
            "VARCHAR[]",
            "paper_id of its most typical papers as of the fit, the most typical first",
        ),
        Column("centre", "FLOAT[]", "mean vector of its papers, of length one; new papers go to the nearest"),
        Column("x", "FLOAT", "its place on the map; NULL for the outliers (see etl/places.py)"),
        Column("y", "FLOAT", "likewise"),
        Column(
            "hidden",
            "BOOLEAN NOT NULL DEFAULT false",
            "true where a person left it out of lists and charts; its papers count in every corpus",
        ),
    ),
)

FITTED_TOPICS = Table(
    "fitted_topics",
    "a topic as the model found it, before corrections by people, and one row (-1) for the papers without one",
    tuple(column for column in TOPICS.columns if column.name not in ("papers", "hidden")),
)

TOPIC_FIT = Table(
    "topic_fit",
    "the fit that the topics come from; one row, none without topics",
    (
        Column("run_id", "VARCHAR NOT NULL", "the run that fitted"),
        Column("reason", "VARCHAR NOT NULL", "why it did, in words"),
        Column("papers", "BIGINT NOT NULL", "papers then"),
        Column("version", "VARCHAR NOT NULL", "of the way topics are fitted"),
        Column(
            "granularity", "VARCHAR NOT NULL", "how many topics were wanted: fewer, normal, more, or a number"
        ),
        Column("embedder", "VARCHAR NOT NULL", "the model of the vectors, with its version"),
        Column(
            "cosine", "DOUBLE NOT NULL", "mean cosine of papers and the centre of their topic, at the fit"
        ),
        Column(
            "intercept", "DOUBLE NOT NULL", "log-odds of an assignment: intercept + slope times the margin"
        ),
        Column(
            "slope", "DOUBLE NOT NULL", "by which its topic is nearer than the next (see etl/confidence.py)"
        ),
    ),
)

TOPIC_MONTHS = Table(
    "topic_months",
    "a topic in a month; every topic has every month, and -1 counts the outliers",
    (
        Column("topic_id", "INTEGER NOT NULL", "the topic; -1 for the outliers"),
        Column("month", "DATE NOT NULL", "the month's first day"),
        Column("papers", "INTEGER NOT NULL", "its papers published in the month"),
        Column("corpus_papers", "INTEGER NOT NULL", "all dated papers of the month, outliers included"),
        Column("share", "DOUBLE", "papers / corpus_papers; NULL in a month without papers"),
        Column(
            "share_low",
            "DOUBLE",
            "lower end of the 95 % interval of the share (Wilson), widened where counts scatter more than by chance",
        ),
        Column("share_high", "DOUBLE", "upper end of it"),
        Column(
            "papers_low", "DOUBLE", "lower end of the 95 % interval of the papers expected in such a month"
        ),
        Column("papers_high", "DOUBLE", "upper end of it"),
        Column("upvotes_median", "DOUBLE", "median of the freshest upvotes of its papers"),
        Column("partial", "BOOLEAN NOT NULL", "true where coverage or the clock cuts the month"),
    ),
)

TOPIC_SIGNALS = Table(
    "topic_signals",
    "a topic's verdict over the window",
    (
        Column("topic_id", "INTEGER NOT NULL", "the topic"),
        Column("signal", "VARCHAR NOT NULL", "'rising', 'falling', 'steady' or 'insufficient'"),
        Column("change", "DOUBLE", "ratio of the fitted shares, last month of the window / first"),
        Column("change_low", "DOUBLE", "lower end of its 95 % interval"),
        Column("change_high", "DOUBLE", "upper end of it"),
        Column("share_start", "DOUBLE", "fitted share in the window's first month"),
        Column("share_end", "DOUBLE", "fitted share in its last month"),
        Column("p_value", "DOUBLE", "two-sided, of no change: where in the window the topic's papers lie"),
        Column(
            "q_value",
            "DOUBLE",
            "p_value with false discoveries controlled over all topics (Benjamini, Krieger and Yekutieli)",
        ),
        Column("papers", "INTEGER NOT NULL", "the topic's papers in the window"),
        Column("window_start", "DATE", "first month of the window; NULL without a complete month"),
        Column("window_end", "DATE", "last month of the window, its first day"),
    ),
)

TOPIC_CHANGES = Table(
    "topic_changes",
    "a topic's share comes to another level; none where it kept one level all along",
    (
        Column("topic_id", "INTEGER NOT NULL", "the topic"),
        Column(
            "kind",
            "VARCHAR NOT NULL",
            "'burst' (above the levels before and after), 'rise' (above the one before, not followed by a lower one) "
            "or 'fall' (below the one before)",
        ),
        Column("started_on", "DATE NOT NULL", "first month of the level"),
        Column("ended_on", "DATE", "last month of the level; NULL while it lasts"),
        Column("known_on", "DATE NOT NULL", "the first month by which the papers up to then show the change"),
        Column("months", "INTEGER NOT NULL", "months on the level, up to the last complete month"),
        Column("share_before", "DOUBLE NOT NULL", "share on the level before"),
        Column("share", "DOUBLE NOT NULL", "share on this level"),
    ),
)

TOPIC_LINEAGE = Table(
    "topic_lineage",
    "an event in a topic's life",
    (
        Column("run_id", "VARCHAR NOT NULL", "the run that refitted the topics"),
        Column("topic_id", "INTEGER NOT NULL", "the topic"),
        Column("event", "VARCHAR NOT NULL", "'born', 'kept', 'split', 'merged' or 'retired'"),
        Column("from_topic_id", "INTEGER", "the earlier topic it continues, if any"),
        Column("overlap", "DOUBLE", "Jaccard overlap of the two topics' papers"),
    ),
)

UPVOTE_OBSERVATIONS = Table(
    "upvote_observations",
    "one look at a paper's counters",
    (
        Column("paper_id", "VARCHAR NOT NULL", "the paper"),
        Column("observed_at", "TIMESTAMP NOT NULL", "when the counters were read (UTC)"),
        Column("upvotes", "INTEGER", "the count then; NULL where unknown"),
        Column("comments", "INTEGER", "the count then; NULL where unknown"),
    ),
)

UPVOTE_READINGS = Table(
    "upvote_readings",
    "a paper's counters at an age at which papers can be compared",
    (
        Column("paper_id", "VARCHAR NOT NULL", "the paper"),
        Column(
            "age", "VARCHAR NOT NULL", "'listing', 'early', 'week' or 'settled': see AGES in etl/contract.py"
        ),
        Column("age_days", "INTEGER NOT NULL", "days from listing (else publication) to the reading"),
        Column("upvotes", "INTEGER NOT NULL", "the count then: the latest reading within the age"),
        Column("comments", "INTEGER", "the count then; NULL where unknown"),
        Column("observed_at", "TIMESTAMP NOT NULL", "when it was read (UTC)"),
    ),
)

RUNS = Table(
    "runs",
    "a run of the ETL",
    (
        Column("run_id", "VARCHAR NOT NULL", "sorts by start"),
        Column("started_at", "TIMESTAMP NOT NULL", "UTC"),
        Column("finished_at", "TIMESTAMP", "UTC"),
        Column("status", "VARCHAR NOT NULL", "'published' or 'failed'"),
        Column("source", "VARCHAR NOT NULL", "the source asked for"),
        Column("options", "VARCHAR NOT NULL", "what it was asked, as JSON"),
        Column("records", "BIGINT NOT NULL", "records read"),
        Column("rejected", "BIGINT NOT NULL", "records refused"),
        Column("papers_added", "BIGINT NOT NULL", "papers not seen before"),
        Column("observations_added", "BIGINT NOT NULL", "looks at counters not seen before"),
        Column("papers", "BIGINT", "papers in the snapshot"),
        Column("topics", "INTEGER", "topics in the snapshot, outliers not counted"),
        Column("outliers", "BIGINT", "papers without a topic"),
        Column("refitted", "BOOLEAN", "whether topics were fitted anew"),
        Column("granularity", "VARCHAR", "how many topics were asked for: fewer, normal, more, or a number"),
        Column("embedder", "VARCHAR", "the model that the topics' vectors came from, with its version"),
        Column("versions", "VARCHAR NOT NULL", "of the packages that shape the result, as JSON"),
        Column("error", "VARCHAR", "why it failed"),
    ),
)

REJECTS = Table(
    "rejects",
    "a record refused",
    (
        Column("run_id", "VARCHAR NOT NULL", "the run that first refused it"),
        Column("source", "VARCHAR NOT NULL", "the source, with file and place where known"),
        Column("reason", "VARCHAR NOT NULL", "one sentence"),
        Column("raw", "VARCHAR NOT NULL", "the record as it came, shortened to 2,000 characters"),
    ),
)

COVERAGE = Table(
    "coverage",
    "a span of days that a run's source was asked for",
    (
        Column("run_id", "VARCHAR NOT NULL", "the run"),
        Column("source", "VARCHAR NOT NULL", "as in papers.source"),
        Column("covered_from", "DATE NOT NULL", "first day"),
        Column("covered_until", "DATE NOT NULL", "the day after the last"),
    ),
)

FETCHED_DAYS = Table(
    "fetched_days",
    "a day's list of a source, as it was last fetched; a day without papers has no entries, and its row",
    (
        Column("source", "VARCHAR NOT NULL", "as in papers.source"),
        Column("day", "DATE NOT NULL", "the day asked for"),
        Column("fetched_at", "TIMESTAMP NOT NULL", "when (UTC)"),
        Column("entries", "INTEGER NOT NULL", "entries of the list"),
        Column("run_id", "VARCHAR NOT NULL", "the run that published them"),
    ),
)

SNAPSHOT = Table(
    "snapshot",
    "the snapshot itself; one row",
    (
        Column("schema_version", "INTEGER NOT NULL", "of these tables"),
        Column("run_id", "VARCHAR NOT NULL", "the run that published it"),
        Column("published_at", "TIMESTAMP NOT NULL", "UTC"),
        Column("corpus", "VARCHAR NOT NULL", "'demo' (synthetic papers) or 'real'"),
        Column(
            "topics_fingerprint",
            "VARCHAR NOT NULL",
            "of the texts, model and settings the topics were fitted with",
        ),
        Column("encoder_papers", "BIGINT NOT NULL", "papers the text encoder was fitted on; 0 without one"),
        Column("note", "VARCHAR", "a sentence the reader should know, such as why there are no topics"),
    ),
)

ENCODER_TERMS = Table(
    "encoder_terms",
    "a term of the text encoder: BM25 weights times projection give a text's vector (see etl/encode.py)",
    (
        Column("model", "VARCHAR NOT NULL", "name and fingerprint of the fitted encoder"),
        Column("term", "VARCHAR NOT NULL", "a lower-case word; '' is no word but the mean text"),
        Column("idf", "FLOAT NOT NULL", "its inverse document frequency; of '' the mean length in words"),
        Column("projection", "FLOAT[] NOT NULL", "its row of the projection; of '' the mean projection"),
    ),
)

SEARCH_PAPERS = Table(
    "search_papers",
    "a paper as search knows it",
    (
        Column("number", "INTEGER NOT NULL", "its number in this snapshot's postings, from 0"),
        Column("paper_id", "VARCHAR NOT NULL", "the paper"),
        Column("text_key", "UBIGINT NOT NULL", "fingerprint of its title and abstract"),
        Column("words", "INTEGER NOT NULL", "its length in words, those of the title counted three times"),
        Column("model", "VARCHAR", "the text encoder that its vector comes from; NULL without one"),
        Column(
            "vector",
            "TINYINT[]",
            "what it says: the encoder's general view of it, in whole numbers; its length means nothing",
        ),
    ),
)

SEARCH_TERMS = Table(
    "search_terms",
    "a word of titles and abstracts",
    (
        Column("term", "VARCHAR NOT NULL", "lower-case, two characters or more"),
        Column(
            "term_id", "INTEGER NOT NULL", "its number in this snapshot's postings, in alphabetical order"
        ),
        Column("papers", "INTEGER NOT NULL", "papers it stands in"),
    ),
)

SEARCH_POSTINGS = Table(
    "search_postings",
    "a word in a paper; none for words of more than half of many papers, which find nothing",
    (
        Column("term_id", "INTEGER NOT NULL", "the word; rows are sorted by it"),
        Column("number", "INTEGER NOT NULL", "the paper, as in search_papers"),
        Column(
            "count", "UTINYINT NOT NULL", "how often it stands there, in the title three times; 255 at most"
        ),
    ),
)

DEMO_TRUTH_TOPICS = Table(
    "demo_truth_topics",
    "a planted topic of the demo corpus",
    (
        Column("truth_topic", "INTEGER NOT NULL", "number of the planted topic, from 0"),
        Column("name", "VARCHAR NOT NULL", "its name"),
        Column("kind", "VARCHAR NOT NULL", "flat, rising, falling, bursting, born, died or balance"),
        Column("change", "DOUBLE", "planted ratio of shares, end / start of the movement"),
        Column("started_on", "DATE", "first month of the movement"),
        Column("ended_on", "DATE", "last month of the movement"),
    ),
)

DEMO_TRUTH_MONTHS = Table(
    "demo_truth_months",
    "a planted topic in a month",
    (
        Column("truth_topic", "INTEGER NOT NULL", "the planted topic"),
        Column("month", "DATE NOT NULL", "the month's first day"),
        Column("share", "DOUBLE NOT NULL", "its planted share of the month's papers"),
    ),
)

DEMO_TRUTH_PAPERS = Table(
    "demo_truth_papers",
    "a paper of the demo corpus and the topic planted in it",
    (
        Column("paper_id", "VARCHAR NOT NULL", "the paper"),
        Column("truth_topic", "INTEGER NOT NULL", "the planted topic"),
    ),
)

TOPIC_FORECASTS = Table(
    "topic_forecasts",
    "a topic's share in the quarter after the last complete month, as forecast",
    (
        Column("topic_id", "INTEGER NOT NULL", "the topic"),
        Column("quarter_start", "DATE NOT NULL", "first month of the quarter, its first day"),
        Column("quarter_end", "DATE NOT NULL", "last month of it, its first day"),
        Column("share", "DOUBLE NOT NULL", "forecast of papers / corpus papers of the quarter"),
        Column(
            "share_low",
            "DOUBLE NOT NULL",
            "lower end of its 80 % interval, the quarter's sampling noise included",
        ),
        Column("share_high", "DOUBLE NOT NULL", "upper end of it"),
        Column(
            "method",
            "VARCHAR NOT NULL",
            "the method that did best so far: see METHODS in etl/trends/forecast.py",
        ),
        Column(
            "skill",
            "DOUBLE",
            "1 - mean absolute error of past forecasts of this topic / that of the last observed share; NULL untested",
        ),
        Column("corpus_skill", "DOUBLE", "the same over all topics, errors in units of sampling noise"),
        Column(
            "coverage", "DOUBLE", "part of past quarters, of all topics, that lay within the 80 % interval"
        ),
        Column("tests", "INTEGER NOT NULL", "past quarters, overlapping, that were forecast and have passed"),
        Column(
            "shown",
            "BOOLEAN NOT NULL",
            "true where both skills are above 0: only then is it worth showing",
        ),
    ),
)

TOPIC_NEWNESS = Table(
    "topic_newness",
    "what is new about a topic",
    (
        Column("topic_id", "INTEGER NOT NULL", "the topic"),
        Column("rank", "INTEGER NOT NULL", "by score; 1 for the newest"),
        Column(
            "kind", "VARCHAR NOT NULL", "'born' within the last year, 'accelerating', 'growing' or 'other'"
        ),
        Column("score", "DOUBLE NOT NULL", "the share surely grew to so many times what it was: growth_low"),
        Column(
            "growth", "DOUBLE", "share of the last quarter / of up to a year before; infinite from nothing"
        ),
        Column("growth_low", "DOUBLE", "lower end of its 95 % interval"),
        Column("growth_high", "DOUBLE", "upper end of it"),
        Column("q_value", "DOUBLE", "of no growth, false discoveries controlled over all topics"),
        Column("acceleration", "DOUBLE", "growth over the last two thirds of a year / over the first two"),
        Column(
            "acceleration_q", "DOUBLE", "of no acceleration, false discoveries controlled over all topics"
        ),
        Column("born_on", "DATE", "first month of its life; NULL where its birth was not seen"),
    ),
)

TOPIC_ATTRIBUTION = Table(
    "topic_attribution",
    "where a topic's change comes from: the corpus's growth, or up to three contributors of a kind",
    (
        Column("topic_id", "INTEGER NOT NULL", "the topic"),
        Column(
            "kind",
            "VARCHAR NOT NULL",
            "'corpus', 'organization', 'author' or 'day' (of listing); no organisations where they came to be named "
            "between the two periods",
        ),
        Column("rank", "INTEGER NOT NULL", "within the kind, by part; 1 for the largest"),
        Column("name", "VARCHAR", "the contributor; NULL for the corpus"),
        Column(
            "papers_before", "INTEGER NOT NULL", "its papers on the topic in the first half of the last year"
        ),
        Column("papers_after", "INTEGER NOT NULL", "in the second half"),
        Column(
            "gained_by_corpus",
            "DOUBLE",
            "papers the topic gained because the corpus grew; for the corpus only",
        ),
        Column("gained_by_share", "DOUBLE", "papers it gained because its share rose; for the corpus only"),
        Column("change", "DOUBLE NOT NULL", "ratio of the topic's shares, second half / first"),
        Column("change_without", "DOUBLE", "the same without this contributor's papers"),
        Column(
            "change_without_all",
            "DOUBLE",
            "the same without this contributor and those ranked before it; NULL for authors, who write together",
        ),
        Column(
            "part",
            "DOUBLE",
            "part of the log change that goes with the contributor; below 0 it held it back",
        ),
        Column("period_start", "DATE NOT NULL", "first day of the first half"),
        Column("period_middle", "DATE NOT NULL", "first day of the second half"),
        Column("period_end", "DATE NOT NULL", "the day after the second half"),
    ),
)

TOPIC_SOURCE_MONTHS = Table(
    "topic_source_months",
    "a topic in a month among the papers of one source",
    (
        Column("source", "VARCHAR NOT NULL", "as in papers.source"),
        Column("topic_id", "INTEGER NOT NULL", "the topic; -1 for the outliers"),
        Column("month", "DATE NOT NULL", "the month's first day"),
        Column("papers", "INTEGER NOT NULL", "its papers of this source, published in the month"),
        Column("corpus_papers", "INTEGER NOT NULL", "all dated papers of this source in the month"),
        Column(
            "covered", "BOOLEAN NOT NULL", "whether the source was asked for every day of the month, all past"
        ),
    ),
)

SOURCE_BREAKS = Table(
    "source_breaks",
    "a month from which another set of sources is covered: what changes there is no trend",
    (
        Column("month", "DATE NOT NULL", "the month's first day"),
        Column("joined", "VARCHAR[] NOT NULL", "sources covered from here on"),
        Column("ended", "VARCHAR[] NOT NULL", "sources no longer covered"),
    ),
)

PAPER_UPVOTES = Table(
    "paper_upvotes",
    "a reading of upvote_readings, made comparable among papers of its source and age",
    (
        Column("paper_id", "VARCHAR NOT NULL", "the paper"),
        Column("age", "VARCHAR NOT NULL", "as in upvote_readings"),
        Column("week", "DATE NOT NULL", "Monday of the week in which it was listed"),
        Column("peers", "INTEGER NOT NULL", "papers of that week read at this age, itself among them"),
        Column("percentile", "DOUBLE", "mid-rank among them, 0 to 100; NULL where they are fewer than 5"),
        Column(
            "expected", "DOUBLE NOT NULL", "upvotes that age, weekday, month and papers of the day predict"
        ),
        Column("excess", "DOUBLE NOT NULL", "upvotes - expected"),
    ),
)

UPVOTE_GROWTH = Table(
    "upvote_growth",
    "an age in days, and how much of their settled count papers have by then; of papers read again when settled",
    (
        Column("age_days", "INTEGER NOT NULL", "full days from the start of the day of listing"),
        Column("papers", "INTEGER NOT NULL", "papers read at this age"),
        Column("part", "DOUBLE NOT NULL", "median of upvotes / settled upvotes"),
        Column("part_low", "DOUBLE NOT NULL", "lower quartile of it"),
        Column("part_high", "DOUBLE NOT NULL", "upper quartile"),
    ),
)

UPVOTE_SETTLING = Table(
    "upvote_settling",
    "a paper read when settled, and when it had 95 % of that count",
    (
        Column("paper_id", "VARCHAR NOT NULL", "the paper"),
        Column("upvotes", "INTEGER NOT NULL", "its settled count"),
        Column(
            "settled_after",
            "DOUBLE NOT NULL",
            "age at the last look at a lower count, in days; 0 without one",
        ),
        Column("settled_by", "DOUBLE NOT NULL", "age at the first look that was not lower"),
        Column(
            "settled_days",
            "DOUBLE",
            "between the two, on a straight line; NULL where they are more than a week apart",
        ),
    ),
)

AUTHOR_MONTHS = Table(
    "author_months",
    "a month's teams and names",
    (
        Column("month", "DATE NOT NULL", "the month's first day"),
        Column("papers", "INTEGER NOT NULL", "papers of known team size, published in the month"),
        Column("team_median", "DOUBLE", "median team size"),
        Column("team_median_low", "DOUBLE", "lower end of its 95 % band"),
        Column("team_median_high", "DOUBLE", "upper end"),
        Column("team_mean", "DOUBLE", "mean team size"),
        Column("team_mean_low", "DOUBLE", "lower end of its 95 % band"),
        Column("team_mean_high", "DOUBLE", "upper end"),
        Column("team_p90", "DOUBLE", "90th percentile of team size"),
        Column("team_p90_low", "DOUBLE", "lower end of its 95 % band"),
        Column("team_p90_high", "DOUBLE", "upper end"),
        Column("authors", "INTEGER NOT NULL", "distinct names"),
        Column(
            "new_authors", "INTEGER NOT NULL", "names of no earlier month of the corpus: all, in its first"
        ),
        Column("returning_authors", "INTEGER NOT NULL", "the others"),
    ),
)

CONCENTRATION_MONTHS = Table(
    "concentration_months",
    "how unevenly a month's papers are spread over authors, or over organisations",
    (
        Column("kind", "VARCHAR NOT NULL", "'author' or 'organization'"),
        Column("month", "DATE NOT NULL", "the month's first day"),
        Column("names", "INTEGER NOT NULL", "distinct names"),
        Column("gini", "DOUBLE", "Gini coefficient of papers a name: 0 even, towards 1 all with one"),
        Column("gini_low", "DOUBLE", "lower end of its 95 % band (bootstrap over names)"),
        Column("gini_high", "DOUBLE", "upper end"),
        Column("hhi", "DOUBLE", "Herfindahl-Hirschman index: sum of squared shares of papers"),
        Column("hhi_low", "DOUBLE", "lower end of its 95 % band"),
        Column("hhi_high", "DOUBLE", "upper end"),
        Column("top_share", "DOUBLE", "part of the papers that the most active tenth of the names has"),
        Column("top_share_low", "DOUBLE", "lower end of its 95 % band"),
        Column("top_share_high", "DOUBLE", "upper end"),
    ),
)

TABLES = (
    PAPERS,
    AUTHORS,
    TOPICS,
    FITTED_TOPICS,
    TOPIC_FIT,
    TOPIC_MONTHS,
    TOPIC_SIGNALS,
    TOPIC_CHANGES,
    TOPIC_LINEAGE,
    UPVOTE_OBSERVATIONS,
    UPVOTE_READINGS,
    RUNS,
    REJECTS,
    COVERAGE,
    FETCHED_DAYS,
    SNAPSHOT,
    ENCODER_TERMS,
    SEARCH_PAPERS,
    SEARCH_TERMS,
    SEARCH_POSTINGS,
    TOPIC_FORECASTS,
    TOPIC_NEWNESS,
    TOPIC_ATTRIBUTION,
    TOPIC_SOURCE_MONTHS,
    SOURCE_BREAKS,
    PAPER_UPVOTES,
    UPVOTE_GROWTH,
    UPVOTE_SETTLING,
    AUTHOR_MONTHS,
    CONCENTRATION_MONTHS,
)
DEMO_TABLES = (DEMO_TRUTH_TOPICS, DEMO_TRUTH_MONTHS, DEMO_TRUTH_PAPERS)


@dataclass(frozen=True, slots=True)
class Pointer:
    """The content of `current.json`: which snapshot is published."""

    snapshot: Path  # absolute
    run_id: str
    published_at: datetime  # naive UTC
    corpus: str
    schema_version: int


class SchemaMismatch(Exception):
    """The published snapshot speaks another SCHEMA_VERSION; its text is a sentence for the user."""


class PointerUnreadable(Exception):
    """`current.json`, or the snapshot it names, cannot be used; its text is a sentence for the user."""


def read_pointer(data_dir: Path) -> Pointer | None:
    """Where the current snapshot is, or None where nothing is published.

    Raises:
        PointerUnreadable: the pointer is damaged, or names a file that is gone.
        SchemaMismatch: the snapshot was written by another version of Papertide.
    """
    path = data_dir / POINTER_NAME
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        content = json.loads(text)
        pointer = Pointer(
            snapshot=(data_dir / content["snapshot"]).resolve(),
            run_id=content["run_id"],
            published_at=datetime.fromisoformat(content["published_at"]),
            corpus=content["corpus"],
            schema_version=content["schema_version"],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise PointerUnreadable(
            f"{path} is damaged; put a good copy back, or remove it and run the ETL again."
        ) from error
    if pointer.schema_version != SCHEMA_VERSION:
        raise SchemaMismatch(
            f"The snapshot in {data_dir} has schema version {pointer.schema_version} and this Papertide reads "
            f"version {SCHEMA_VERSION}; use the Papertide that wrote it, or run the ETL into another --data-dir."
        )
    if not pointer.snapshot.is_file():
        raise PointerUnreadable(
            f"{path} names {content['snapshot']}, which is gone; put it back, or remove {path} and run the ETL again."
        )
    return pointer
