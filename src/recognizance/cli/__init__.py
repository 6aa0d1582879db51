"""The command line: what people type. `main` assembles it; each other module is a command or what commands share."""
