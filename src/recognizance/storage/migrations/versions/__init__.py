"""The revisions. One never changes after its release; a change of the tables is a new one."""
