import numpy as np

if __name__ == "__main__":
    def receptive_field(layers):
        size, jump = 1, 1
        for kernel, stride in layers:
            size, jump = size + (kernel - 1) * jump, jump * stride
        return size

    print(receptive_field([(3, 1)]))
    while True:
        input()
