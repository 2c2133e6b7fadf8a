"""Other programs' modules by their own names, on ``darknet_py``'s networks."""

__all__ = []
