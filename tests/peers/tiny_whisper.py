"""A Whisper without training: faster-whisper loads it like any other, but its weights are computed, not learnt.

A pure tone picks a sentence: tone ``k`` (``tone_hz``) is heard as sentence ``k``, silence and noise as nothing.
Loading, mel spectrum, encoder, cross attention, decoder and tokenizer are the real ones, so it proves that everything
around a model works.  It says nothing about how well anybody is understood.

A token is a direction: each word has a dimension of its own, the encoder writes the tone it hears into another, and
each line of a feed-forward layer is one rule, "after this word, in this sentence, comes that word".
"""

import json
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

SENTENCES = (
    "turn on the kitchen lights",
    "turn off the kitchen lights",
    "set bedroom temperature to twenty one",
    "unlock the front door",
    "is the garage door open",
    "stop everything now",
    "good night",
    "open the living room blinds",
    "turn on the bedroom lamp",
    "stop",
    "yes",
    "what time is it",
)
MELS, STATE_FRAMES, CONTEXT = 80, 1500, 448
FIRST_BAND, BETWEEN = 8, 5
CLOSES = "<|1.00|>"
"""The time at which every sentence ends, for decoding with timestamps."""

Array = NDArray[np.float32]


def band(k: int) -> int:
    """The mel bin of the tone that stands for sentence ``k``; there is room for 14 of them."""
    return FIRST_BAND + BETWEEN * k


def tone_hz(k: int) -> float:
    """The middle of that bin, on Slaney's scale."""
    mel = float(np.linspace(0.0, 45.245640471924965, MELS + 2)[band(k) + 1])
    return mel * 200 / 3 if mel < 15 else float(1000 * np.exp(np.log(6.4) / 27 * (mel - 15)))


def build(folder: Path, sentences: tuple[str, ...] = SENTENCES, *, multilingual: bool = False) -> Path:
    """Write the model into ``folder``, which is made, and return it; takes a second and a megabyte."""
    folder.mkdir(parents=True, exist_ok=True)
    words = _Words.of(sentences, multilingual=multilingual)
    spec = _scripted(words)
    spec.register_vocabulary(words.tokens)
    at = words.ids
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = [at["\u0120"], at["<|endoftext|>"]]
    spec.config.lang_ids = [at[f"<|{one}|>"] for one in words.languages]
    spec.config.alignment_heads = [(0, 0)]
    spec.validate()
    spec.optimize(quantization="float16")
    spec.save(str(folder))
    _write_tokenizer(folder, words)
    shape = {"feature_size": MELS, "sampling_rate": 16_000, "hop_length": 160, "chunk_length": 30, "n_fft": 400}
    (folder / "preprocessor_config.json").write_text(json.dumps(shape), encoding="utf-8")
    return folder


@cache
def _letters() -> dict[int, str]:
    """How the tokenizer writes each byte: as itself where that can be printed, else as one that nobody uses."""
    printed = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printed]
    return {byte: chr(byte) for byte in printed} | {byte: chr(256 + at) for at, byte in enumerate(others)}


@dataclass(frozen=True)
class _Words:
    """The vocabulary: bytes, words, then what has a meaning of its own, and times at the end."""

    sentences: tuple[str, ...]
    words: list[str]
    languages: list[str]
    tokens: list[str]
    special: list[str]
    ids: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, sentences: tuple[str, ...], *, multilingual: bool) -> "_Words":
        letters = [_letters()[byte] for byte in range(256)]
        words = sorted({word for one in sentences for word in one.split()})
        spelt = ["".join(_letters()[byte] for byte in f" {word}".encode()) for word in words]
        languages: list[str] = []
        if multilingual:
            from faster_whisper.tokenizer import _LANGUAGE_CODES  # noqa: PLC0415  slow; the list it counts by

            languages = [one for one in _LANGUAGE_CODES if one != "yue"]
        special = [
            *("<|endoftext|>", "<|startoftranscript|>"),
            *(f"<|{one}|>" for one in languages),
            *(
                "<|translate|>",
                "<|transcribe|>",
                "<|startoflm|>",
                "<|startofprev|>",
                "<|nospeech|>",
                "<|notimestamps|>",
            ),
            *(f"<|{at * 0.02:.2f}|>" for at in range(1501)),
        ]
        # The empty token is how ctranslate2 tells a model of many languages.
        tokens = [*letters, *spelt, *([""] if multilingual else []), *special]
        return cls(sentences, words, languages, tokens, special, {token: at for at, token in enumerate(tokens)})

    def id_of(self, word: str) -> int:
        return self.ids["\u0120" + word]


def _write_tokenizer(folder: Path, words: _Words) -> None:
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers  # noqa: PLC0415  for who builds one

    texts = words.tokens[: len(words.tokens) - len(words.special)]
    tokenizer: Any = Tokenizer(models.BPE(vocab={token: at for at, token in enumerate(texts)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_tokens([AddedToken(one, special=True, normalized=False) for one in words.special])
    tokenizer.save(str(folder / "tokenizer.json"))


def _blank(d: int, ffn: int, vocabulary: int) -> Any:
    """A Whisper of one layer and width ``d`` whose every weight is zero."""
    from ctranslate2.specs import WhisperSpec  # noqa: PLC0415  native, for who builds one

    spec: Any = WhisperSpec(1, 1, 1, 1)
    heard, said = spec.encoder, spec.decoder
    for conv, inputs in ((heard.conv1, MELS), (heard.conv2, d)):
        conv.weight, conv.bias = _zeros(d, inputs, 3), _zeros(d)
    heard.position_encodings.encodings = _zeros(STATE_FRAMES, d)
    said.embeddings.weight, said.position_encodings.encodings = _zeros(vocabulary, d), _zeros(CONTEXT, d)
    said.projection.weight, said.projection.bias = _zeros(vocabulary, d), _zeros(vocabulary)
    for half in (heard, said):
        layer = half.layer[0]
        for norm in (half.layer_norm, layer.self_attention.layer_norm, layer.ffn.layer_norm):
            norm.gamma, norm.beta = np.ones(d, np.float32), _zeros(d)
        own = layer.self_attention.linear
        for linear, rows, columns in (
            (own[0], 3 * d, d),
            (own[1], d, d),
            (layer.ffn.linear_0, ffn, d),
            (layer.ffn.linear_1, d, ffn),
        ):
            linear.weight, linear.bias = _zeros(rows, columns), _zeros(rows)
    across = said.layer[0].attention
    across.layer_norm.gamma, across.layer_norm.beta = np.ones(d, np.float32), _zeros(d)
    for linear, rows in zip(across.linear, (d, 2 * d, d), strict=True):
        linear.weight, linear.bias = _zeros(rows, d), _zeros(rows)
    return spec


def _zeros(*shape: int) -> Array:
    return np.zeros(shape, np.float32)


def _scripted(words: _Words) -> Any:
    sentences = words.sentences
    names = ["start", "go", "close", "end", "silence", *(f"tone {k}" for k in range(len(sentences))), *words.words]
    dims = {name: at for at, name in enumerate(names, start=1)}
    tones = [dims[f"tone {k}"] for k in range(len(sentences))]
    rules: list[tuple[str, int | None, str]] = [("start", None, "go"), ("close", None, "end")]
    for k, sentence in enumerate(sentences):
        rules += [(before, k, after) for before, after in pairwise(["go", *sentence.split(), "close"])]
    d, ffn = -(-(len(names) + 1) // 16) * 16, -(-(len(rules) + 1) // 16) * 16
    spec = _blank(d, ffn, len(words.tokens))
    # What one 1, and each of two 1s, among zeros is after a layer norm.
    one = float((1 - 1 / d) / np.sqrt(1 / d - 1 / d**2))
    two = float((1 - 2 / d) / np.sqrt(2 / d - 4 / d**2))
    _listen(spec, tones, d, one)
    _know_words(spec, words, dims)
    first, second = spec.decoder.layer[0].ffn.linear_0, spec.decoder.layer[0].ffn.linear_1
    for row, (before, k, after) in enumerate(rules):
        first.weight[row, dims[before]] = 4.0 / two
        first.bias[row] = -2.0
        if k is not None:
            first.weight[row, tones[k]], first.bias[row] = 4.0 / two, -6.6
        second.weight[dims[after], row] = 10.0
    row = len(rules)  # at the start, and no tone is on
    first.weight[row, dims["start"]], first.bias[row] = 8.0 / one, -4.0
    first.weight[row, tones] = -12.0 / two
    second.weight[dims["silence"], row] = 30.0
    return spec


def _listen(spec: Any, tones: list[int], d: int, one: float) -> None:
    """A tone is on where its bin is clearly louder than the middle; the decoder looks at frames where one is."""
    heard, across = spec.encoder, spec.decoder.layer[0].attention
    across.linear[0].bias[0] = 10.0
    for k, tone in enumerate(tones):
        heard.conv1.weight[tone, band(k), 1], heard.conv1.bias[tone] = 20.0, -20.0
        heard.conv2.weight[tone, tone, 1] = 1.0
        across.linear[1].weight[0, tone] = 2.0
        across.linear[1].weight[d + tone, tone] = 1 / one
        across.linear[2].weight[tone, tone] = 1.0


def _know_words(spec: Any, words: _Words, dims: dict[str, int]) -> None:
    """Which dimension each token puts in, and which token each dimension asks for."""
    known, asked = spec.decoder.embeddings.weight, spec.decoder.projection.weight
    at = words.ids
    stamps = at["<|0.00|>"]
    known[stamps + 1 :, dims["close"]] = 1
    known[[stamps, at["<|notimestamps|>"]], dims["go"]] = 1
    starts = ["<|startoftranscript|>", "<|transcribe|>", *(f"<|{one}|>" for one in words.languages)]
    known[[at[one] for one in starts], dims["start"]] = 1
    for word in words.words:
        known[words.id_of(word), dims[word]] = 1
        asked[words.id_of(word), dims[word]] = 4.0
    for token, name in (("<|0.00|>", "go"), (CLOSES, "close"), ("<|endoftext|>", "end"), ("<|nospeech|>", "silence")):
        asked[at[token], dims[name]] = 4.0
    if words.languages:
        asked[at["<|en|>"], dims["go"]] = 2.0
    spec.decoder.projection.bias[at["<|endoftext|>"]] = 4.0  # nothing heard: the end
