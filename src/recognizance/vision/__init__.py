"""Image bytes in, faces and embeddings out. `pipeline` is the main path; every other module is one step of it."""
