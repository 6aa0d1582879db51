"""The operations: one plain function for each, `(context, request) -> result`; no HTTP, no signatures."""
