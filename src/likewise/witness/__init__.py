"""Witnesses: files that hold a counterexample with all it takes to see it again, in any cell or without TensorFlow."""
