"""The process: settings, wiring, database, scheduler, outbox worker, mail, logs, command line, playground."""
