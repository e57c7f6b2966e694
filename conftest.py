"""What every test of this repository stands on. Only a conftest in the root may name plugins."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

pytest_plugins = ["pytester"]

# TensorFlow traces and compiles at the first call of a structure: no deadline tells that apart from a hang.
# Under CI the same examples each time, as newer Hypothesis releases choose by themselves; those of Python 3.7 do not.
if "CI" in os.environ:
    settings.register_profile(
        "likewise-tests",
        deadline=None,
        derandomize=True,
        database=None,
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow],
    )
else:
    settings.register_profile("likewise-tests", deadline=None)
settings.load_profile("likewise-tests")
