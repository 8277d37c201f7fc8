"""When systems are read: frequencies, due times, the heartbeat that takes them, and the threads that work."""
