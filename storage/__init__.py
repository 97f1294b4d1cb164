"""What Retrace remembers: rows (SQLAlchemy), vectors (FAISS over the rows), media (files)."""
