"""Policy: what a collection may be used for. Rules alone, without rows or a clock."""
