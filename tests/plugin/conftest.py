from __future__ import annotations

import os
import sys

import pytest


@pytest.fixture(autouse=True)
def _fresh_process(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """A session in this process finds it as a new one would: this process's own cell and listeners are out of sight."""
    for name in (
        "LIKEWISE_EXPECT",
        "LIKEWISE_NUMERICS",
        "LIKEWISE_BEHAVIOR",
        "TF_ENABLE_ONEDNN_OPTS",
        "OMP_NUM_THREADS",
        "TF_NUM_INTEROP_THREADS",
        "PYTEST_XDIST_WORKER",
        "PYTEST_XDIST_WORKER_COUNT",
    ):
        monkeypatch.setenv(name, "")  # so that whatever the session sets is taken back
        monkeypatch.delenv(name)
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)  # other tests may have imported it
    monkeypatch.setattr("likewise.cell._wanted", {})
    monkeypatch.setattr("likewise.cell._current", None)
    monkeypatch.setattr("likewise.listening.listeners", [])
    pytester.makeini("[pytest]\nfilterwarnings = error\naddopts = -p no:cacheprovider\n")
    assert "TF_ENABLE_ONEDNN_OPTS" not in os.environ
