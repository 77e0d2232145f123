"""Both reference recipes, to their last epoch, on the packaged embedder: from labelled questions to a served folder."""

import json

import pytest

from app.cli import main
from index.encoder import SentenceEncoder

VI = (
    ("Bên cho thuê nhà trả lại tiền đặt cọc trong thời hạn 30 ngày.", "Khi nào chủ nhà phải trả cọc?"),
    ("Người lao động được nghỉ phép năm 12 ngày làm việc.", "Một năm tôi được nghỉ bao nhiêu ngày?"),
    ("Xe máy chạy quá tốc độ bị phạt tiền 800.000 đồng.", "Chạy xe nhanh quá thì bị phạt sao?"),
    ("Con từ đủ 7 tuổi được hỏi ý kiến về người trực tiếp nuôi.", "Ly hôn thì con có được chọn ở với ai không?"),
    ("Người mua được trả lại hàng hóa có khuyết tật.", "Mua đồ bị hỏng có đổi được không?"),
    ("Hộ kinh doanh phải đăng ký tại cơ quan cấp huyện.", "Mở quán nhỏ phải đăng ký ở đâu?"),
    ("Người thừa kế từ chối nhận di sản bằng văn bản.", "Không muốn nhận thừa kế thì làm thế nào?"),
    ("Công dân tố cáo không phải trả phí.", "Tố cáo có mất tiền không?"),
)
ES = (
    ("El arrendador devolverá la fianza en el plazo de un mes.", "¿Cuándo me devuelven el depósito del piso?"),
    ("El trabajador tendrá derecho a treinta días de vacaciones.", "¿Cuántos días libres tengo al año?"),
    ("Circular con exceso de velocidad se sanciona con multa de 300 euros.", "¿Qué pasa si corro con el coche?"),
    ("El juez oirá al menor antes de decidir sobre su custodia.", "¿Puede mi hijo decir con quién quiere vivir?"),
    ("El comprador podrá exigir la reparación del bien defectuoso.", "Compré algo roto, ¿me lo arreglan?"),
    ("Los comerciantes se inscribirán en el registro mercantil.", "¿Dónde registro mi tienda?"),
    ("La repudiación de la herencia se hará ante notario.", "¿Cómo renuncio a lo que me dejó mi abuelo?"),
    ("La denuncia no devengará tasa alguna.", "¿Cuesta dinero poner una denuncia?"),
)


@pytest.fixture
def training_files(cache, tmp_path, monkeypatch):
    """Writes the law of a recipe's language, its pairs and its dev questions; gives their folder and the language."""

    def write(recipe: str):
        lang, law = {"vn": ("vi", VI), "es": ("es", ES)}[recipe]
        corpus, pairs, dev = [], [], []
        for number, (text, question) in enumerate(law):
            name = f"L#{number}"
            article = {"id": name, "law_id": "L", "law_title": "L", "article": str(number + 1), "heading": ""}
            corpus.append({**article, "text": text, "lang": lang, "source": "x"})
            pairs.append({"question": question, "article": name, "source": "own"})
            asked = text[: len(text) // 2]
            dev.append({"id": name, "question": asked, "relevant": [name], "lang": lang, "split": "dev"})
        for name, lines in (("corpus", corpus), ("pairs", pairs), ("dev", dev)):
            text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
            (tmp_path / f"{name}.jsonl").write_text(text, encoding="utf-8")
        return tmp_path, lang

    if not (cache / "models").is_dir():
        pytest.skip(f"the packaged embedder is not in {cache}; run `make setup`")
    monkeypatch.setenv("LEXCITE_CACHE", str(cache))
    return write


@pytest.mark.parametrize(("recipe", "steps", "dimensions"), [("vn", 3, [384]), ("es", 32, [384, 256, 128, 64])])
def test_a_reference_recipe_trains_the_packaged_embedder(training_files, capsys, recipe, steps, dimensions):
    folder, lang = training_files(recipe)
    files = [part for name in ("pairs", "corpus", "dev") for part in (f"--{name}", str(folder / f"{name}.jsonl"))]
    # So few steps show nothing at the rates that hundreds are made for.
    changes = ["--set", "max_length=32", "--set", "learning_rate=2e-4", "--set", "log_every=1"]
    changes += ["--set", "freeze_embeddings=true"]  # four fifths of the memory and none of what is tested
    out = folder / "out"
    assert main(["train", "--recipe", recipe, *files, *changes, "--device", "cpu", "--out", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["kind"], told["steps"], told["base_name"]) == ("full", steps, "multilingual-e5-small")
    log = [json.loads(line) for line in (out / "training_log.jsonl").read_text(encoding="utf-8").splitlines()]
    losses = [line["loss"] for line in log if "loss" in line]
    assert losses[-1] < losses[0]
    card = (out / "README.md").read_text(encoding="utf-8")
    assert all(f"### {lang}, {dimension} dimensions" in card for dimension in dimensions)
    assert SentenceEncoder.load(out, dimension=dimensions[-1]).embed_queries(["?"]).shape == (1, dimensions[-1])
