"""Public pages of the network, and the county of the request."""

from __future__ import annotations

from flask import Blueprint, abort, g, request

from portal.network import queries

bp = Blueprint("network", __name__)


def find_county() -> None:
    """Put the county of the request's host in `g.county`; 404 where a host is of no county."""
    if request.endpoint is None or request.endpoint.endswith("healthz"):
        return
    g.county = queries.county_of_host(request.host.partition(":")[0])
    if g.county is None:
        abort(404)
