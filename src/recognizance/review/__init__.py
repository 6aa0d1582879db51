"""Review: people decide what a search found. Rules alone, without rows, pictures or a clock."""
