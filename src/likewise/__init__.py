"""likewise tells whether two ways of writing a neural network are the same network."""

from __future__ import annotations

__version__ = "0.1.0"
