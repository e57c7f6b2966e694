"""What was seen of a counterexample: inputs, values, outputs, and each side as a graph that TensorFlow runs alone."""
