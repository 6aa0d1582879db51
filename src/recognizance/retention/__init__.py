"""Retention: until when a face may be kept. No disk, no clock."""
