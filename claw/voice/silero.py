"""How likely a moment of sound is speech: the Silero detector that comes with faster-whisper, frame by frame.

Used in child processes alone: numpy and onnxruntime are large, and native code may crash.  The package faster_whisper
itself is not imported, only its file is read: with it come decoders for every format there is.
"""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from claw.base.errors import Broken
from claw.base.reinstall import adding
from claw.voice.child import QUIET

CONTEXT = 64
"""Samples of the frame before that the model wants in front of each."""
_MODEL = "silero_vad_v*.onnx"


class Silero:
    """Listens to one stream; what it heard before is part of what it says next."""

    def __init__(self) -> None:
        """Load the model; raises Broken where the extra ``voice`` is not installed."""
        os.environ.update(QUIET)  # also where no child begins: what tells its maker does so when it is loaded
        try:
            import onnxruntime  # noqa: PLC0415  30 MB, and missing without the extra
        except ImportError:
            raise Broken(f"onnxruntime is missing: {adding('voice')}") from None
        options: Any = onnxruntime.SessionOptions()
        options.inter_op_num_threads = options.intra_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 4
        self._session: Any = onnxruntime.InferenceSession(
            str(model()), providers=["CPUExecutionProvider"], sess_options=options
        )
        self.forget()

    def forget(self) -> None:
        """Begin a stream anew."""
        self._h = np.zeros((1, 1, 128), np.float32)
        self._c = np.zeros((1, 1, 128), np.float32)
        self._context = np.zeros(CONTEXT, np.float32)

    def hear(self, pcm: bytes) -> float:
        """Return how likely the next 512 samples, signed 16-bit and 16,000 a second, are speech: from 0 to 1."""
        frame = samples(pcm)
        whole = np.concatenate((self._context, frame))[np.newaxis, :]
        said, self._h, self._c = self._session.run(None, {"input": whole, "h": self._h, "c": self._c})
        self._context = frame[-CONTEXT:]
        return float(said.reshape(-1)[0])


def samples(pcm: bytes) -> NDArray[np.float32]:
    """Return signed 16-bit little-endian samples as figures from -1 to 1; half a sample at the end is dropped."""
    return np.frombuffer(pcm[: len(pcm) & ~1], "<i2").astype(np.float32) / 32768.0


def model() -> Path:
    """Return the file of the model; raises Broken where there is none."""
    package = find_spec("faster_whisper")
    folders = [] if package is None else list(package.submodule_search_locations or ())
    found = sorted(path for folder in folders for path in Path(folder, "assets").glob(_MODEL))
    if not found:
        raise Broken(f"the detector of speech is missing: {adding('voice')}")
    return found[-1]
