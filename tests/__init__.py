"""The promises of Entente, each kept by a test: laws by properties, routes through HTTP, both databases for real."""
