"""Public pages of the network, and the county of the request."""

from __future__ import annotations

from flask import Blueprint, abort, g, render_template, request

from portal.network import pages, queries
from portal.network.forms import FindPointForm
from portal.web.access import public
from portal.web.page import clock, county

bp = Blueprint("network", __name__)
OF_NO_COUNTY = frozenset({"static", "healthz", "readyz"})


def find_county() -> None:
    """Put the county of the request's host in `g.county`; 404 where a host is of no county."""
    if request.endpoint is not None and request.endpoint.rpartition(".")[2] in OF_NO_COUNTY:
        return
    g.county = queries.county_of_host(request.host.partition(":")[0])
    if g.county is None and request.endpoint is not None:
        abort(404)


@bp.get("/network")
@public
def network():  # type: ignore[no-untyped-def]
    """All points of the county, grouped; or those that were looked for (N-3, N-5)."""
    form = FindPointForm(request.args)
    is_fine = form.validate()
    points = queries.list_points(county().id)
    text = (form.q.data or "") if is_fine else ""
    found = queries.find_points(county().id, text, points=points) if text else None
    values = {
        "form": form,
        "text": text,
        "found": found,
        "network": pages.network(points),
        "levels": pages.level_names(county().id, clock().today()),
    }
    return render_template("network/network.html", statuses=pages.STATUSES, tones=pages.TONES, **values), 200 if is_fine else 422
