"""What the person may see of the papers of cases, and what anybody sees who checks one by its code (C-3, C-18)."""
