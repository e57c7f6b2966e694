"""One run of a law in several processes: which examples are whose, who judges the whole, and one record of all."""
