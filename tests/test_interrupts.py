"""Ctrl-C while kernels are compiled: neither lost nor in the midst of the compiler."""

import os
import signal

import pytest

from chainorder import compiled


def test_an_interrupt_while_a_kernel_is_compiled_comes_right_after():
    reached = []

    def interrupted():
        with compiled._interrupts_held():
            os.kill(os.getpid(), signal.SIGINT)
            reached.append("the end")

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert reached == ["the end"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_without_an_interrupt_nothing_is_raised():
    with compiled._interrupts_held():
        pass
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
