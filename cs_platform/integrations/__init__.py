"""
The outside world: files that come in, and the systems we talk to.

Owns the runs of imports. May read and write every room through its operations; nothing below knows it.
"""
