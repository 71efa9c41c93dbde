"""Starlette: session gate, sign-in, downloads, health, security headers."""
