"""Fees (domain F): what may be charged, on which basis, and what was collected. Money is whole fen.

A fee that is on no list cannot be charged. The law is `portal/rules/fees.py`. Public page: /fees.
"""
