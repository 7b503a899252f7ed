"""Rules of the project that no single module can keep alone."""
