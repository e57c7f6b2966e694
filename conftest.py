"""What every test of this repository stands on. Only a conftest in the root may name plugins."""

from __future__ import annotations

from hypothesis import settings

pytest_plugins = ["pytester"]

# TensorFlow traces and compiles at the first call of a structure: no deadline tells that apart from a hang.
# Derived from the settings in force, so that what Hypothesis chooses by itself under CI stays.
settings.register_profile("likewise-tests", settings(deadline=None))
settings.load_profile("likewise-tests")
