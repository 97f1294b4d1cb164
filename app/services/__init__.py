"""What a person can do, one file each. No UI code; every service takes an Actor first."""
