"""Hidden tests of a2_fast_layers.

In each question the plain case comes first: square images, square filters with stride 1, square windows side by side.
Every other test changes one thing, so that a slip is paid for where it belongs; only those about everything "together"
change all. A convolution that can do no padding is asked without, but where padding is the question. Its cases are
(N, C, H, W, F, HH, WW, stride, pad); channels differ from filters, images from channels. Pooling has its own in
`pooling`.
"""
