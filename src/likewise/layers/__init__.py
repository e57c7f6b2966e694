"""What Keras layers know of training: which variables it changes, and whether they are called for it."""
