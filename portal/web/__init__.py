"""Flask plumbing that knows no feature: access, htmx, csrf, once, errors, filters, headers, seen."""
