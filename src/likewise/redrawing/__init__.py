"""Other data for a structure that was built: to build it is what costs, and to run it once more next to nothing."""
