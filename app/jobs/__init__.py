"""Long work as rows: a durable queue, one worker process, a supervisor that keeps it alive."""
