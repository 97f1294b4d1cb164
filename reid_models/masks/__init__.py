"""Where in a crop the person is, and which body region where: what MGRAN looks through."""
