"""Exact search over templates: a fast int8 index with a proof, and the plain numpy twin it must agree with."""
