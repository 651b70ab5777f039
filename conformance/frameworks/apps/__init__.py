"""The applications, each as its framework's users write one."""
