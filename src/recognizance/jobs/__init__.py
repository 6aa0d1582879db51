"""Jobs: long work, written down before it starts. Rows are the truth; the queue only says that something waits."""
