"""Start Retrace: `python run_app.py` serves, `python run_app.py --help` lists the commands."""

from app.cli import main

if __name__ == "__main__":
    main()
