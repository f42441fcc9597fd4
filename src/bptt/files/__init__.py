"""Sequences in people's files: read, understood, learnt from, predicted."""
