"""What must hold however badly it goes: syncs that are killed, frozen, raced and edited into, with their figures."""
