"""Consent: what somebody agreed to, and what may be done with it. No disk, no clock."""
