"""Live video: a camera in, records of who is seen out. `runner` is the main path, `fleet` keeps processors going."""
