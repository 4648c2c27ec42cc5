"""The Model page: a draft of the scoring model, and what it would do to all clients."""
