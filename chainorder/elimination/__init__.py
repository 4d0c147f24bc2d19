"""A graph as arrays, and walking an order over it: kernels, bit sets, queues."""
