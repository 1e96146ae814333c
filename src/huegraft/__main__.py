"""``python -m huegraft``."""

from huegraft.cli.main import main

if __name__ == "__main__":
    main()
