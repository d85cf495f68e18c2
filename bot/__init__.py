"""The process: settings, wiring, database, scheduler, outbox, mail, logs, command line, playground."""
