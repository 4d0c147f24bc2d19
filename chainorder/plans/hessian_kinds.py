"""The kinds of a step on a chain of second derivatives, as the codes in `HessianSteps.kind`."""

(
    ACCUMULATE,
    MULTIPLY,
    TANGENT,
    ADJOINT,
    CURVATURE,
    APPLY,
    CONGRUENCE,
    TRIANGLE,
    SQUARE,
    SWEEP,
    ROWS,
) = range(11)
"""The first four are those of a chain."""
