"""REST under /api/v1: a route beside each service, JSON in and out."""
