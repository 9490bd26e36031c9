class TooSmall(ValueError):
    pass


def conv_output_size(size, kernel_size, stride=1, pad=0, dilation=1):
    room = size + 2 * pad - dilation * (kernel_size - 1) - 1
    if room < 0:
        raise TooSmall("the filter does not fit")
    return room // stride + 1
