"""The hidden tests that a mistake loses, in short: `lost(max_naive_dx="overlapping together")`."""

SPEED = "5_times 10_times 20_times"
POOL = "square maps windows overlapping gapped uneven sizes signs manners"
POOL_DX = "square maps windows overlapping gapped together uneven sizes signs manners repeated"
EVERY = {
    "conv_forward": f"square bias not_square padding stride together ends uneven manners {SPEED}",
    "conv_backward": "db dw dx dw_not_square dx_not_square no_padding dw_padding dx_padding dw_stride dx_stride together "
    f"ends uneven manners repeated {SPEED}",
    "max_naive": POOL,
    "max_naive_dx": POOL_DX,
    "max_fast": f"{POOL} {SPEED}",
    "max_fast_dx": f"{POOL_DX} {SPEED}",
    "avg": POOL,
    "avg_dx": POOL_DX,
}
DW = "dw dw_not_square no_padding dw_padding dw_stride together ends uneven"
DX = "dx dx_not_square no_padding dx_padding dx_stride together ends uneven"


def lost(**names: str) -> tuple[str, ...]:
    """Names of tests from what is particular in them, by what they all begin with; "all" is every one of these."""
    return tuple(
        f"test_{start}_{end}"
        for start, ends in names.items()
        for end in (EVERY[start] if ends == "all" else ends.replace("speed", SPEED)).split()
    )
