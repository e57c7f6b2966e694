"""Every law of the catalog can fail: it notices each mutant that is not shown to be equivalent."""

from __future__ import annotations

import pytest

from likewise.laws import catalog

EXAMPLES = 100


@pytest.mark.parametrize("name", list(catalog()))
def test_law_notices_every_mutant(name: str) -> None:
    audit = catalog()[name].audit(examples=EXAMPLES)
    assert audit, str(audit)
    assert audit.killed
    assert audit.score == 1.0
    assert audit.median_examples is not None
    assert 1 <= audit.median_examples <= max(each.examples for each in audit.killed) <= EXAMPLES
