"""Video: clips and streams in, people over time out. `analysis` is the main path; each other module is a step of it."""
