"""Laplace's approximation of a small Bayesian model: a Gaussian at the posterior's mode.

Logistic regression with a Gaussian prior. The negative log posterior is a chain: weights, scores of
all observations, pointwise losses, their sum; the prior adds its own, constant second derivatives.
Newton's method finds the mode, the Hessian there is the precision of the Gaussian, and its
determinant the evidence. All Hessians come from one plan. `--small`.
"""

from __future__ import annotations

import argparse

import numpy as np

import chainorder as co

PRIOR = 1.0
"""The standard deviation of every weight before anything is observed."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true")
    count = 200 if parser.parse_args().small else 20_000
    rng = np.random.default_rng(1)
    truth = np.array([0.8, -1.5, 0.0, 0.4, 0.3])
    features = rng.normal(size=(count, len(truth)))
    labels = rng.uniform(size=count) < 1 / (1 + np.exp(-features @ truth))
    signs = np.where(labels, 1.0, -1.0)

    def sigmoid(scores):
        return 1 / (1 + np.exp(-signs * scores))

    loss = co.Function(
        lambda s: np.logaddexp(0, -signs * s),
        jacobian=lambda s: -signs * (1 - sigmoid(s)),
        tensor=lambda s: sigmoid(s) * (1 - sigmoid(s)),
    )
    scores = co.Function(lambda w: features @ w, jacobian=lambda w: features)
    operands = [scores, loss, (np.ones((1, count)), None)]
    linear = co.HessianElemental(tensor="none")
    chain = co.HessianChain(
        [len(truth), count, count, 1],
        [linear, co.HessianElemental(structure=co.Diagonal()), linear],
    )
    print(co.compare(chain))
    plan = co.plan(chain)

    w = np.zeros(len(truth))
    for _ in range(30):
        gradient = features.T @ loss.jacobian(features @ w) + w / PRIOR**2
        precision = co.execute(plan, operands, w).hessian + np.eye(len(w)) / PRIOR**2
        w = w - np.linalg.solve(precision, gradient)
        if np.abs(gradient).max() < 1e-9 * count:
            break
    covariance = np.linalg.inv(precision)
    spread = np.sqrt(np.diag(covariance))
    print(f"\n{'weight':>6} {'truth':>8} {'mode':>8} {'± 2 sd':>8}")
    for t, (true, mode, sd) in enumerate(zip(truth, w, spread, strict=True)):
        print(f"{t:>6} {true:>8.3f} {mode:>8.3f} {2 * sd:>8.3f}")
    posterior = loss.f(features @ w).sum() + w @ w / (2 * PRIOR**2)
    prior = len(w) * np.log(PRIOR)
    evidence = -posterior - prior - np.linalg.slogdet(precision)[1] / 2
    print(f"\nlog evidence, by Laplace: {evidence:.3f}")
    assert (np.abs(w - truth) < 4 * spread).all()


if __name__ == "__main__":
    main()
