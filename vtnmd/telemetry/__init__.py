"""What goes on, for machines to watch: metrics, logs and traces, all fed by the journal's events and by measured drivers."""
