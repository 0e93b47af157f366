"""Signals as in a terminal: under nohup, processes that tests start would ignore a hangup."""

import signal

signal.signal(signal.SIGHUP, signal.SIG_DFL)
