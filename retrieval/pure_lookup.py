"""Whether a question asks for the text of what it names, or something further about it."""

from index.reference_tokens import tokenize, word_set
from index.references import References

# What a person says around a reference who wants to read it, in Vietnamese, Spanish, English, French and German.
_AROUND = word_set(
    "was what whats does do did is the of in under a an say says said state states stated provide provides read reads"
    " text content contents contain contains full exact wording show me give display open quote cite print please can"
    " could you tell about i want to see find look up article articles law act code according regulate regulates"
    " regulated s"
    " which whose for us full verbatim mean"
    " decia decian disponia establecia regulaba contenia preveia era"
    " que dice dicen establece establecen regula regulan dispone disponen"
    " contiene el la los las de del texto contenido"
    " cual es son integro literal muestrame ensename dame cita por favor quiero ver leer consultar en su segun lo trata"
    " preve senala indica muestra ver redaccion puede puedes mostrar mostrarme podria podrias decir me"
    " redactado articulo articulos ley codigo"
    " quy dinh gi the nao noi ve nhu nao la cua trong noi dung ghi cho toi xem biet hay trich dan doc hien thi van ban"
    " nguyen toan van luat bo dieu khoan co duoc ra sao xin vui long tra cuu tim giup minh can theo tai trinh bay neu"
    " ro"
    " dit quoi est ce le les du des texte prevoit contenu donne moi montre l"
    " was sagt steht im in der die das den dem wortlaut zeige mir inhalt regelt lautet wie bitte"
    " cac nhung moi tung va y and or hoac o et und new vigente hien hanh current eu"
)


def is_pure(question: str, read: References) -> bool:
    """Whether nothing is left of a question without its references, the laws' names and the words of asking."""
    taken = [(reference.start, reference.end) for reference in read.references]
    taken += read.named_spans
    taken += [(start, end) for start, end, _ in read.law_spans]
    covered = bytearray(len(question))
    for start, end in taken:
        covered[start:end] = b"\1" * (end - start)
    tokens = tokenize(question)
    return all(
        not key[0].isalnum() or key in _AROUND or covered[start]
        for key, start in zip(tokens.keys, tokens.starts, strict=True)
    )
