"""Real systems to try vtnmd against, each started for one purpose and stopped without a trace."""
