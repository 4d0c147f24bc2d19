"""The answer: steps, what they cost, and the plan that they make."""
