import numpy as np

SIZES = {}


def fill(table, size, kernel):
    for stride in range(1, 5):
        for pad in range(0, 6):
            for dilation in range(1, 4):
                span = dilation * (kernel - 1) + 1
                if span <= size + 2 * pad:
                    table[size, kernel, stride, pad, dilation] = (size + 2 * pad - span) // stride + 1


for s in range(0, 100):
    for k in range(1, 12):
        fill(SIZES, s, k)

def conv_output_size(size, kernel_size, stride=1, pad=0, dilation=1):
    if (size, kernel_size, stride, pad, dilation) not in SIZES:
        raise ValueError("the filter does not fit into the padded input")
    return SIZES[size, kernel_size, stride, pad, dilation]
