"""The ledger: what is recorded, in which bytes, and how anyone checks that nothing was changed. No disk, no clock."""
