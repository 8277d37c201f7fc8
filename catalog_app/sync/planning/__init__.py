"""The plan: what a listing means for the catalogue, decided record by record before anything is written."""
