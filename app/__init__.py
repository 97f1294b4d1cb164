"""What people do: services, jobs, REST, pages and the command line, on the three packages."""
