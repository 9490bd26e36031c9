# For staff on macOS and Windows: Linux with Python, make and git. The course stays in its own folder outside; only what
# `make` sets up (.venv) lies in a volume, since your own system's would not run here. In the repository:
#
#   docker build --tag cnn-course - < Dockerfile
#   docker run --interactive --tty --rm --volume "$PWD":/course --volume cnn-course-venv:/course/.venv \
#     --security-opt seccomp=unconfined --security-opt apparmor=unconfined cnn-course
#
# That gives a shell: `make demo`, `make grade ASSIGNMENT=a1_convolution`. The two --security-opt allow user namespaces,
# which students' code is shut in by. Without them it is shut in by Landlock, if the kernel has it; every result says
# which. Never use --privileged: a container shields your machine from more than the sandbox does.
#
# `make formgrade` needs its port outside: use VS Code's "Reopen in Container", which forwards it. On Intel and AMD, pip
# takes PyTorch with CUDA, some GB: --env PIP_EXTRA_INDEX_URL=... names an index that has it without.
FROM python:3.12-slim
RUN apt-get update && apt-get install --yes --no-install-recommends git make && rm -rf /var/lib/apt/lists/* \
    && git config --system --add safe.directory /course
WORKDIR /course
CMD ["bash"]
