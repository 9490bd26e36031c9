import numpy as np

calls = 0
history = []

def receptive_field(layers):
    global calls
    calls += 1
    history.append(layers)
    size, jump = 1, 1
    for kernel, stride in layers:
        size, jump = size + (kernel - 1) * jump, jump * stride
    return size
