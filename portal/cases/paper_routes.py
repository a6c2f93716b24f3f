"""Pages of the papers of cases: the list, one paper in three sizes, forms before the signature, and the public check."""
