# Set-up: run this cell first, and again after every restart. It installs cnnlab and changes nothing else.
import glob, importlib, site, subprocess, sys

ASSIGNMENT, TERM, VERSION = "{assignment}", "{term}", "{version}"
WHEEL = "{wheel}"
try:
    import cnnlab

    assert cnnlab.at_least(VERSION)
except (ImportError, AttributeError, AssertionError):
    wheel = (glob.glob(f"cnnlab-{VERSION}-*.whl") or [WHEEL])[0]
    print(f"Installing {wheel} ...")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--force-reinstall", wheel]
    done = subprocess.run(pip, capture_output=True, text=True)
    if done.returncode:
        advice = f"Without a network, put cnnlab-{VERSION}-py3-none-any.whl beside this notebook and run this again."
        raise ModuleNotFoundError(f"cnnlab was not installed. {advice} pip says:\n{done.stderr}") from None
    for name in [name for name in sys.modules if name.split(".")[0] == "cnnlab"]:
        del sys.modules[name]
    site.main(), importlib.invalidate_caches()
    import cnnlab
cnnlab.set_up(ASSIGNMENT, TERM, VERSION)
