"""Whether the score predicted what happened: the back-test of a model, and of a draft beside it."""
