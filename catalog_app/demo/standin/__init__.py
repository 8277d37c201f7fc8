"""Stand-ins for the systems that products come from: real HTTP on loopback, and misbehaviour on command.

They import nothing of the product but the demo's own content, so that a fault of the product cannot hide in them.
"""

from catalog_app.demo.standin.faults import Fault
from catalog_app.demo.standin.xiva import Shape, XivaStandin

__all__ = ["Fault", "Shape", "XivaStandin"]
