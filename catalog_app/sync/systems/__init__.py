"""External systems as settings: kept, checked, tried and edited through page, command and JSON."""
