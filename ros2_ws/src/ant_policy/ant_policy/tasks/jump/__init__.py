"""The jumping Ant: features of its observation and its symmetries."""
