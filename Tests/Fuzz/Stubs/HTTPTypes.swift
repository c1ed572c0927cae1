// Stands for the package in this build: nothing of it is used.
