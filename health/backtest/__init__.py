"""Holds the scores of the past against what happened to the clients afterwards."""
