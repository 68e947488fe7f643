"""Running many sources politely and safely: who may go now, how gently a host is asked, when to leave one alone."""
