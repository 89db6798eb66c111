"""Where everything is kept: settings, the database engine, base classes and migrations."""
