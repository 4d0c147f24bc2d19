"""Pictures of problems and plans: drawn once, as marks, and rendered as SVG, PNG or PDF."""
