"""Steps on machines: who does what when, so that the last step is done soonest."""
