"""`dub`, and `python -m dubber`."""

import signal

if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    # Until the command line listens, Ctrl-C ends us as it ends any program: without a traceback of half an import.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from dubber.cli import main  # noqa: E402

if __name__ == "__main__":
    main()
