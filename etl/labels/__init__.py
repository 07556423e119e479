"""Names for topics. What is imported here is light; `descriptions` and `areas` load SciPy and scikit-learn."""

from etl.labels.unique import distinct_labels
from etl.labels.wording import capitalised, enumerated

__all__ = ["capitalised", "distinct_labels", "enumerated"]
