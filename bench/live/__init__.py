"""Figures that only the real lab can give: `python -m lab.room enter … -m bench.live.NAME`, see docs/performance.md."""
