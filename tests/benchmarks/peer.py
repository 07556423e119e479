"""How long BERTrend's page runs on the papers of a snapshot, beside what `pages.py` measures of ours.

It needs Python 3.12 and some gigabytes (torch), so it runs in an environment of its own:

    uv run --isolated --no-project --python 3.12 --with bertrend,duckdb python tests/benchmarks/peer.py --data-dir DIR

BERTrend's app of weak signals (https://github.com/rte-france/BERTrend) is given the dated papers, grouped by 30 days,
and topics that BERTrend itself has fitted to them, with everything else as it comes. Their vectors are of TF-IDF, since
its own would be downloaded; how long a page runs does not hang on them. Prints the time of the fit, of the first run of
the page, and the median and 95th percentile of reruns in which the topic that it looks at changes.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

RUNS = 21
DAYS = 30
VECTOR = 100  # dimensions


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, default=Path("data"))
    data_dir = parser.parse_args().data_dir
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "BERTREND_BASE_DIR": folder,
            "HF_HUB_OFFLINE": "1",
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        }
        papers = papers_in(data_dir)
        begun = time.perf_counter()
        trend, vectors = fitted(papers)
        print(f"{len(papers):,} papers fitted in {time.perf_counter() - begun:.0f} s.")
        first, reruns = page(papers, trend, vectors)
    print(
        f"BERTrend's page: first run {first:.0f} ms; reruns {statistics.median(reruns):.0f} ms (median), "
        f"{statistics.quantiles(reruns, n=20)[-1]:.0f} ms (95 %) of {RUNS}."
    )


def papers_in(data_dir: Path) -> Any:
    """The dated papers of the published snapshot, as BERTrend wants them."""
    import duckdb  # noqa: PLC0415 - none of these is in our own environment, or only by chance

    pointer = json.loads((data_dir / "current.json").read_text(encoding="utf-8"))
    with duckdb.connect(str(data_dir / pointer["snapshot"]), read_only=True) as connection:
        return connection.execute(
            """
            SELECT
                concat_ws('. ', title, abstract) AS text, published_on::TIMESTAMP_NS AS timestamp, title, url,
                row_number() OVER (ORDER BY published_on, paper_id) AS document_id, 'papers' AS source
            FROM papers WHERE published_on IS NOT NULL ORDER BY document_id
            """
        ).df()


def fitted(papers: Any) -> tuple[Any, Any]:
    """BERTrend's topics of each 30 days, merged, and the vectors that they come from."""
    from bertrend.BERTopicModel import BERTopicModel  # noqa: PLC0415
    from bertrend.BERTrend import BERTrend  # noqa: PLC0415
    from bertrend.utils.data_loading import group_by_days  # noqa: PLC0415
    from loguru import logger  # noqa: PLC0415
    from sklearn.decomposition import TruncatedSVD  # noqa: PLC0415
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415

    logger.remove()
    logging.disable(logging.WARNING)
    counts = TfidfVectorizer(stop_words="english", min_df=3).fit_transform(papers["text"])
    vectors = TruncatedSVD(VECTOR, random_state=0).fit_transform(counts).astype("float32")
    config = BERTopicModel.get_default_config()
    config["bertopic_model"]["representation_model"] = ["MaximalMarginalRelevance"]
    trend = BERTrend(topic_model=BERTopicModel(config))
    trend.train_topic_models(
        group_by_days(papers, day_granularity=DAYS), embedding_model=None, embeddings=vectors
    )
    trend.calculate_signal_popularity()
    return trend, vectors


def page(papers: Any, trend: Any, vectors: Any) -> tuple[float, list[float]]:
    """Milliseconds of the page's first run and of its reruns."""
    from bertrend.demos import weak_signals  # noqa: PLC0415
    from streamlit.testing.v1 import AppTest  # noqa: PLC0415

    app = AppTest.from_file(str(Path(weak_signals.__file__).with_name("app.py")), default_timeout=300)
    state = {
        "data_embedded": True,
        "bertrend": trend,
        "popularity_computed": True,
        "initial_df": papers,
        "time_filtered_df": papers,
        "granularity": DAYS,
        "embeddings": vectors,
        "embedding_model": None,
    }
    for name, value in state.items():
        app.session_state[name] = value
    first = run(app)
    reruns = []
    for number in range(RUNS):
        next(field for field in app.number_input if "opic number" in field.label).set_value(number + 1)
        reruns.append(run(app))
    return first, reruns


def run(app: Any) -> float:
    """One run of the page's script, in milliseconds."""
    begun = time.perf_counter()
    app.run()
    elapsed = 1000 * (time.perf_counter() - begun)
    assert not app.exception, app.exception
    assert app.get("plotly_chart"), "the page has no chart"
    return elapsed


if __name__ == "__main__":
    main()
