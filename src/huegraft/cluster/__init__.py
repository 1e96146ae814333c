"""Cluster: pictures of a batch and shots of a film on the workers of dask.distributed."""
