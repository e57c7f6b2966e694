"""Whether a law can fail: mutants of its candidate, each of which a claim has to notice.

A file a kind of mutant, each with the same function: ``mutants(sample)`` gives those that can be
made where a law was tried, and the same ones by the same names wherever they can be made again.
"""
