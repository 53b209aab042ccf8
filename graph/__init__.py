"""The domain: what actors are said to have done to whom, when, and on whose word. Knows nothing of HTTP."""
