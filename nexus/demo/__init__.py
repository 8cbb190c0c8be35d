"""The demonstration that ``nexus demo`` runs."""
