"""Desired access, plan, approval, apply and verify: what changes who holds what."""
