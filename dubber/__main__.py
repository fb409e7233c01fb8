"""`python -m dubber` is `dub`."""

from dubber.cli import main

if __name__ == "__main__":
    main()
