"""The faces: HTTP and the terminal. Everything that is known stands in `graph`."""
