"""The frozen data types that travel between the rooms: no logic, no input or output."""
