"""The commands, one module each, loaded when they are asked for. A module's ``command`` is the command of its name."""
