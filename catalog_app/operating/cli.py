"""The commands of this room."""

from catalog_app.operating.backups.cli import backup, restore
from catalog_app.operating.doctor.cli import doctor
from catalog_app.operating.purging import purge
from catalog_app.operating.settings_told import config

COMMANDS = (backup, restore, doctor, config, purge)
