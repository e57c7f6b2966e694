"""Every law of the catalog, in this cell: it holds, or breaks as it declares."""

from __future__ import annotations

from hypothesis import settings

from likewise.laws import catalog

#: Few, for every cell of the matrix runs them, and each execution that they leave out is tried besides; ``likewise run
#: --examples`` is for more.
EXAMPLES = 5

for law in catalog().values():
    test = law.test(settings=settings(max_examples=EXAMPLES))
    globals()[test.__name__] = test
del test
