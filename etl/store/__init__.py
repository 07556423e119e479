"""The only writer of DuckDB: a snapshot under construction, and the cache of vectors.

A snapshot starts from the current one, so that history carries forward; it is built in a file of its own and
nobody reads it until `publish` has moved it into place. The parts of the store: `loading` takes papers in, `topics` has
what the models need, `search` what readers find papers by, `snapshot` is the whole; `published` reads back what is
closed.
"""

from etl.store.published import is_damaged, published_run, signature, violations
from etl.store.snapshot import Store
from etl.store.vector_cache import VectorCache, forget_vectors

__all__ = ("Store", "VectorCache", "forget_vectors", "is_damaged", "published_run", "signature", "violations")
