"""How everything is measured: metrics, names, development cases, and played patients."""
