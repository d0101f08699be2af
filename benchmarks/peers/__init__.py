"""What others use to run a pipeline, each as a process of its own."""
