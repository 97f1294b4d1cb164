"""The workshop of a person detector of our own: pictures to learn from, training, export."""
