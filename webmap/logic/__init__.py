"""The application's own logic, without Flask: pages, the interface and the command line call it."""
