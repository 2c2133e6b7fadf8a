"""One engine a file, each run in a process of its own; see base.py.  None but darknet_py.py needs the package."""
