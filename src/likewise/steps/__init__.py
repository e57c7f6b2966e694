"""What claims have computed besides the plain call: gradients, updates, an optimizer's step.

A step (``modes.Step``) is a function of a ``program.Call``; these are what steps are made of.
"""
