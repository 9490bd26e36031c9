"""`python -m cnnlab.datasets`: fetch CIFAR-10 once, so that notebooks find it."""

from __future__ import annotations

import argparse
import sys

from cnnlab.datasets.cifar10 import SIZES, cifar10
from cnnlab.datasets.storage import ROOT_VARIABLE, DatasetError, find_root


def main(arguments: list[str] | None = None) -> int:
    """Exit status: 0 with the data in place, 1 with a sentence that says why not, 130 if interrupted."""
    parser = argparse.ArgumentParser("python -m cnnlab.datasets", description="Fetch CIFAR-10 and say where it is.")
    parser.add_argument("--root", help=f"folder to keep it in (default: {ROOT_VARIABLE}, else ~/.cache/cnnlab)")
    parser.add_argument("--archive", help="path of an archive or unpacked folder, or URL of a mirror")
    options = parser.parse_args(arguments)
    try:
        counts = {split: len(cifar10(options.root, split, archive=options.archive).labels) for split in SIZES}
    except DatasetError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. Nothing half-written is left; run it again when you like.", file=sys.stderr)
        return 130
    print(f"CIFAR-10 is in {find_root(options.root)}")
    for split, count in counts.items():
        print(f"  {split:<6}{count:>7,} images")
    return 0


if __name__ == "__main__":
    sys.exit(main())
