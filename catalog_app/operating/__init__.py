"""What those who run the service need: backups, a doctor, the settings as they count, and what is kept for how long."""
