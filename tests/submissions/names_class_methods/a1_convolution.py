class Layers:
    step = 1

    @staticmethod
    def size(size, kernel_size, stride=1, pad=0, dilation=1):
        span = dilation * (kernel_size - 1) + 1
        if span > size + 2 * pad:
            raise ValueError("the filter does not fit into the padded input")
        return (size + 2 * pad - span) // stride + 1

    def field(self, layers):
        size, jump = self.step, self.step
        for kernel, stride in layers:
            size, jump = size + (kernel - 1) * jump, jump * stride
        return size

net = Layers()
conv_output_size = Layers.size
receptive_field = net.field
