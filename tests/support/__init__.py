"""What tests stand on: real databases, made by the migrations."""
