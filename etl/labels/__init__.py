"""Names for topics. What is imported here is light; `descriptions` and `areas` load SciPy and scikit-learn."""

from etl.labels.terms import capitalised, enumerated, keywords, names_a_subject, usual_case
from etl.labels.unique import distinct_labels

__all__ = ["capitalised", "distinct_labels", "enumerated", "keywords", "names_a_subject", "usual_case"]
