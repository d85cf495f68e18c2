"""Claims: cancels, returns, exchanges and redeliveries that buyers ask for."""
