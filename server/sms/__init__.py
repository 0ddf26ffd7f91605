"""Text messages: an interface, an HTTP gateway behind it, and a stand-in for development."""
