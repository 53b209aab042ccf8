"""Clients generated from the OpenAPI document, run against a live service."""
