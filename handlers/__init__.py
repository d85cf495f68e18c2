"""The Slack face: parse what came in, one call into `tmon`, draw what comes out."""
