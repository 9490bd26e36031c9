"""Hidden tests of a4_lenet.

A model stays with the student's code: it is asked by probes (`cnnlab.checking.probes`), whose answers are claims of the
student's own process. Points are for numbers that nobody has who has not done the work: a test that something was left
as it was asks the same call for what it was to do. The networks that were trained are judged from their weights alone,
in a worker that runs none of the student's code (`autograder.grading.trained`).
"""
