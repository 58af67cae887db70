"""Pictures of a service: what its designer wrote, and the resources that it comes to in the order of execution. Pure.

topology or plan → Sketch (what is to be seen) → `fold` (where that is much) → `lay_out` → Drawing (where it stands) → SVG, HTML
"""
