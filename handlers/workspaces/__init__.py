"""Installation in a workspace: its pages in the browser, and the mails about it."""
