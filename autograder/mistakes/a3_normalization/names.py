"""Names of hidden tests, in short."""


def tests_of(name: str, *parts: str) -> tuple[str, ...]:
    """`tests_of("bn", "train", "eps")` is ("test_bn_train", "test_bn_eps")."""
    return tuple(f"test_{name}_{part}" for part in parts)
