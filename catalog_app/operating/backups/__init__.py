"""Online backups in one file that either database can be restored from (docs/adr/0032-backups.md)."""
