"""Governance: what the rules need of rows, keys and the ledger, one part a module. The rules themselves are pure."""
