"""Mistakes in layer_summary."""

from typing import Any

from autograder.mistakes import Mistake
from autograder.mistakes.a4_lenet.base import MODES, plain

CALLS, NAMES, PARAMETERS = "test_summary_calls", "test_summary_nested", "test_summary_parameters"
NOT_SQUARE = "test_summary_not_square"
SHAPES, COUNTS = ("test_summary_shapes", NOT_SQUARE), ("test_summary_counts", PARAMETERS)
ALL_NAMES = ("test_summary_names", CALLS, NAMES)
MIXED, BUFFERS, HOOKS = "test_summary_mixed_modes", "test_summary_buffers", "test_summary_hooks"
KEEPS = (*MODES, BUFFERS, HOOKS)  # not checked where the layers were not looked at
SHAPE = "shape = tuple(output.shape[1:])"
COUNT = "count = sum(parameter.numel() for parameter in module.parameters())"
LEAVES = "if len(list(module.children())) == 0:"
REMOVE = "    for handle in handles:\n        handle.remove()\n"
RESTORE = "    for module, mode in modes:\n        module.training = mode\n"
EVAL = "    model.eval()\n"
RUN = "    with torch.no_grad():\n        model(torch.zeros(1, *input_shape))\n"


def summary(name: str, hint: str, *changes: tuple[str, ...], loses: tuple[str, ...], **fields: Any) -> Mistake:
    return plain.mistake(name, "layer_summary", hint, *changes, loses=loses, **fields)


TABLE = (
    summary(
        "training mode while it runs",
        "a forward pass in training mode, which changes running statistics and fails for a single image",
        (EVAL, ""),
        loses=(PARAMETERS, BUFFERS),
        number=87,
    ),
    summary(
        "mode not restored",
        "the model left in evaluation mode",
        (RESTORE, ""),
        loses=MODES,
        number=87,
    ),
    summary(
        "training mode afterwards",
        "the model put into training mode afterwards, whatever it was before",
        (RESTORE, "    model.train()\n"),
        loses=MODES,
        number=87,
    ),
    summary(
        "one mode for all modules",
        "the mode of the model given to all its modules: each has its own",
        (RESTORE, "    model.train(modes[0][1])\n"),
        loses=(MIXED,),
        number=87,
    ),
    summary(
        "hooks not removed",
        "hooks left on the modules: handle.remove()",
        (REMOVE, ""),
        loses=(HOOKS,),
    ),
    summary(
        "all hooks cleared",
        "the model's own hooks removed together with those of the summary",
        (REMOVE, "    for module in model.modules():\n        module._forward_hooks.clear()\n"),
        loses=(HOOKS,),
    ),
    summary(
        "batch in the shape",
        "the batch in the output's shape: leave the first axis out",
        (SHAPE, "shape = tuple(output.shape)"),
        loses=SHAPES,
    ),
    summary(
        "shape of the input",
        "the shape of a module's input: it is the output's that is asked for",
        (SHAPE, "shape = tuple(inputs[0].shape[1:])"),
        loses=SHAPES,
    ),
    summary(
        "number of outputs",
        "the number of outputs: it is their shape that is asked for",
        (SHAPE, "shape = output.numel()"),
        loses=SHAPES,
    ),
    summary(
        "class names",
        "the name of the class: it is the module's dotted name that is asked for",
        ("rows.append((name, ", "rows.append((type(module).__name__, "),
        loses=(*ALL_NAMES, *KEEPS),
    ),
    summary(
        "last part of the name",
        "the last part of a module's name: it is the whole dotted name that is asked for",
        ("rows.append((name, ", 'rows.append((name.split(".")[-1], '),
        loses=(NAMES,),
    ),
    summary(
        "children of the model only",
        "the model's direct children only: there may be modules inside of them",
        ("in model.named_modules():", "in model.named_children():"),
        loses=(NAMES,),
    ),
    summary(
        "a dict of the direct children",
        "one row for each of the model's direct children: there are modules inside of them, and each call has its row",
        ("    rows = []\n", "    rows = {}\n"),
        ("in model.named_modules():", "in model.named_children():"),
        ("rows.append((name, shape, count))", "rows[name] = (name, shape, count)"),
        ("    return rows", "    return list(rows.values())"),
        loses=ALL_NAMES[1:],
    ),
    summary(
        "containers in the table",
        "rows for modules that have children, too",
        (LEAVES, "if True:"),
        loses=ALL_NAMES,
    ),
    summary(
        "containers but the model itself",
        "rows for blocks that have children, too",
        (LEAVES, "if module is not model:"),
        loses=(NAMES,),
    ),
    summary(
        "order of definition",
        "rows in the order of definition: it is the order of the calls that is asked for",
        (
            "    return rows",
            "    order = [name for name, _ in model.named_modules()]\n    return sorted(rows, key=lambda row: order.index(row[0]))",
        ),
        loses=(*ALL_NAMES, *KEEPS),
    ),
    summary(
        "one row for each module",
        "one row for a module that is called twice: each call has its row",
        (
            "            rows.append(",
            "            if name not in [row[0] for row in rows]:\n                rows.append(",
        ),
        loses=(CALLS,),
    ),
    summary(
        "trainable parameters only",
        "trainable parameters only: frozen ones count, too",
        (COUNT, COUNT.replace("module.parameters())", "module.parameters() if parameter.requires_grad)")),
        loses=(PARAMETERS,),
    ),
    summary(
        "weights without biases",
        "the weight alone counted: a bias and other parameters count, too",
        (COUNT, 'count = module.weight.numel() if hasattr(module, "weight") else 0'),
        loses=COUNTS,
        number=77,
    ),
    summary(
        "weight and bias only",
        "weight and bias counted: a module may have parameters of other names",
        (
            COUNT,
            'found = [getattr(module, kind, None) for kind in ("weight", "bias")]\n            count = sum(part.numel() for part in found if part is not None)',
        ),
        loses=(PARAMETERS,),
    ),
    summary(
        "buffers counted",
        "buffers counted: running statistics are no parameters",
        (COUNT, "count = sum(value.numel() for value in module.state_dict().values())"),
        loses=(PARAMETERS,),
    ),
    summary(
        "number of tensors",
        "the number of weights and biases as tensors: it is their entries that count",
        (COUNT, "count = len(list(module.parameters()))"),
        loses=COUNTS,
    ),
    summary(
        "known layers only",
        "rows for Conv2d and Linear only: every module without children has one",
        (LEAVES, "if isinstance(module, (nn.Conv2d, nn.Linear)):"),
        loses=("test_summary_names", CALLS, NAMES, NOT_SQUARE, PARAMETERS, *KEEPS),
    ),
    summary(
        "gradients thrown away",
        "the model's gradients thrown away",
        (RUN, f"{RUN}    model.zero_grad()\n"),
        loses=(BUFFERS,),
    ),
    summary(
        "square images",
        "a square image, whatever input_shape says",
        ("torch.zeros(1, *input_shape)", "torch.zeros(1, input_shape[0], input_shape[1], input_shape[1])"),
        loses=(NOT_SQUARE,),
    ),
    summary(
        "a parameter taken for granted",
        "the device of the model's first parameter: a model may have none",
        (
            RUN,
            RUN.replace(
                "torch.zeros(1, *input_shape)", "torch.zeros(1, *input_shape, device=next(model.parameters()).device)"
            ),
        ),
        loses=(PARAMETERS,),
    ),
    summary(
        "parameters counted at the first call only",
        "0 parameters at a module's second call: every row has all of the module's own",
        (COUNT, f"{COUNT} * (name not in [row[0] for row in rows])"),
        loses=(CALLS,),
    ),
    summary(
        "three axes for every layer",
        "three axes for every output: that of a fully-connected layer has one",
        (SHAPE, "shape = (*output.shape[1:], 1, 1)[:3]"),
        loses=("test_summary_shapes",),
    ),
)
