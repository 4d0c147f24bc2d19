"""The kinds of a step, as the codes in `Steps.kind`."""

ACCUMULATE, MULTIPLY, TANGENT, ADJOINT = range(4)
