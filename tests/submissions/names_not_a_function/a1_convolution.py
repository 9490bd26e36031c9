import numpy

receptive_field = 5
cross_correlate2d = numpy

class convolve2d:
    def __init__(self, x, k):
        self.x = x

def conv_output_size(size, kernel_size, stride=1, pad=0, dilation=1):
    span = dilation * (kernel_size - 1) + 1
    if span > size + 2 * pad:
        raise ValueError("the filter does not fit into the padded input")
    return (size + 2 * pad - span) // stride + 1
