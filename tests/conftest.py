"""Signals as in a terminal."""

import signal

# Under nohup, processes that tests start would ignore a hangup; a handler, unlike SIG_IGN, is not inherited by them.
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda *_: None)
