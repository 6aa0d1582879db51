"""What outlives the process: the data folder, the database and its tables, access keys, and buckets of pictures."""
