"""What a module holds is read where torch keeps it: a class can say what it likes."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlab.checking import module_facts, probes

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402


class Shared(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU())
        self.again = self.first
        self.scale = nn.Parameter(torch.ones(2))
        self.tied = self.first[0].weight
        self.missing = None
        self.register_buffer("steps", torch.zeros(1))
        self.register_parameter("nothing", None)


def test_names_and_order_are_torchs_own():
    for model in (Shared(), nn.Sequential(nn.LSTM(2, 3), nn.Linear(3, 1)), nn.ModuleDict({"a": nn.Identity()})):
        assert list(module_facts.parameters(model).items()) == list(model.named_parameters())
        assert list(module_facts.buffers(model).items()) == list(model.named_buffers())
        assert list(module_facts.modules(model).items()) == list(model.named_modules())


class Liar(Shared):
    def named_parameters(self, *args, **kwargs):
        yield "lie", nn.Parameter(torch.zeros(61))

    def named_buffers(self, *args, **kwargs):
        return iter(())

    def named_modules(self, *args, **kwargs):
        yield "", self

    def modules(self):
        return iter([self])

    def train(self, mode=True):
        return self

    def state_dict(self, *args, **kwargs):
        return {}

    __dict__ = property(lambda self: {"_modules": {}, "_parameters": {}, "_buffers": {}, "training": True})
    training = property(lambda self: True, lambda self, value: None)

    def __getattribute__(self, name):
        if name in ("_parameters", "_modules", "_buffers", "_forward_hooks"):
            return {}
        return super().__getattribute__(name)


def test_no_method_or_attribute_of_a_class_is_asked():
    torch.manual_seed(0)
    model = Shared()
    model.first[2].register_forward_hook(print)
    before = {name: value.copy() for name, value in probes.probe_parameters(model).items()}
    model.__class__ = Liar
    after = probes.probe_parameters(model)
    assert list(after) == list(before) == ["scale", "tied", "first.0.bias", "first.1.weight", "first.1.bias"]
    assert all(np.array_equal(after[name], before[name]) for name in before)
    assert list(probes.probe_buffers(model)) == [
        "steps",
        *(f"first.1.{n}" for n in ("running_mean", "running_var", "num_batches_tracked")),
    ]
    assert probes.probe_gradients(model)["scale"] is None and probes.probe_hooks(model) == 1
    assert set(probes.probe_modes(model)) == {"", "first", "first.0", "first.1", "first.2"}
    probes.probe_set_mode(model, False)
    assert not any(probes.probe_modes(model).values())
    probes.probe_set_mode(model, True, "first.1")
    assert [name for name, training in probes.probe_modes(model).items() if training] == ["first.1"]
    probes.probe_load(model, {name: value + 1 for name, value in before.items()})
    assert all(np.array_equal(probes.probe_parameters(model)[name], before[name] + 1) for name in before)


def test_what_is_no_module_is_said():
    class Forgetful(nn.Module):
        def __init__(self):
            pass

    for nothing in (5, object(), Forgetful()):
        with pytest.raises(TypeError, match=r"is no nn\.Module, or does not call super\(\)\.__init__\(\)"):
            module_facts.parameters(nothing)
    model = Shared()
    object.__setattr__(model, "_parameters", [1])
    with pytest.raises(TypeError, match="the _parameters of a Shared are no dict"):
        module_facts.parameters(model)
