"""ISO 18626: the messages between libraries that lend to each other, read leniently and written strictly."""
