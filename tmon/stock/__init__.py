"""Stock: SKUs, what was sold, and what TMON is told of it."""
