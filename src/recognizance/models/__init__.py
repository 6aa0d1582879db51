"""The networks as data: which there are, where their files come from, and how those become the files that we run."""
