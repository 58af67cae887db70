"""From what designers and clients write to the resource graph."""
