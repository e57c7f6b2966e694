"""What was seen: of a counterexample its inputs, values, outputs, and each side as a graph that TensorFlow runs alone.

And of a run of a law, beside what claims compare: what the outputs depend on, and the constants that the graphs hold.
"""
