"""A ferry law of our own writing in three languages, and sentences that say it in other words.

It holds what the question sets lack: amounts, dates, percentages, working days, permissions and prohibitions side by
side, two parties in one rule.
"""

_TITLES = {"en": "Ferry Act", "es": "Ley de Transbordadores", "vi": "Luật Phà"}
_LABELS = {"en": "Article", "es": "Artículo", "vi": "Điều"}

_ARTICLES = {
    ("en", "3"): (
        "Licences",
        "1. The operator pays EUR 450 for a licence.\n"
        "2. The licence is valid for five years and may be renewed once.\n"
        "3. The Harbour Office shall decide on an application within 20 working days.",
    ),
    ("en", "4"): (
        "Delays",
        "1. A passenger whose ferry leaves more than 90 minutes late may ask the operator for 25 % of the fare.\n"
        "2. The passenger must claim within 3 months of the voyage.\n"
        "3. The operator must not ask for a fee for handling the claim.",
    ),
    ("en", "5"): (
        "Entry into force",
        "1. This Act applies from 1 March 2019.\n"
        "2. Licences granted before 15 June 2012 remain valid until 31 December 2024.",
    ),
    ("en", "6"): (
        "Safety",
        "1. The master must report an accident to the Harbour Office within 48 hours.\n"
        "2. The master may refuse to sail in a storm.\n3. A ferry carries at least 2 rafts and at most 400 persons.\n"
        "4. Whoever sails without a licence is fined from EUR 1,000 to EUR 20,000.",
    ),
    ("es", "3"): (
        "Licencias",
        "1. El naviero abona 450 euros por la licencia.\n"
        "2. La licencia tiene una validez de cinco años y podrá renovarse una vez.\n"
        "3. La Oficina del Puerto resolverá la solicitud en el plazo de 20 días hábiles.",
    ),
    ("es", "4"): (
        "Retrasos",
        "1. El pasajero cuyo transbordador salga con más de 90 minutos de retraso podrá exigir al naviero "
        "el 25 % del billete.\n"
        "2. El pasajero deberá reclamar en el plazo de 3 meses desde el viaje.\n"
        "3. El naviero no podrá cobrar por tramitar la reclamación.",
    ),
    ("es", "5"): (
        "Entrada en vigor",
        "1. Esta ley se aplica desde el 1 de marzo de 2019.\n"
        "2. Las licencias otorgadas antes del 15 de junio de 2012 conservan su validez "
        "hasta el 31 de diciembre de 2024.",
    ),
    ("es", "6"): (
        "Seguridad",
        "1. El capitán deberá comunicar el accidente a la Oficina del Puerto en el plazo de 48 horas.\n"
        "2. El capitán podrá negarse a zarpar con temporal.\n"
        "3. El transbordador lleva al menos 2 balsas y como máximo 400 personas.\n"
        "4. Quien navegue sin licencia será sancionado con multa de 1.000 a 20.000 euros.",
    ),
    ("vi", "3"): (
        "Giấy phép",
        "1. Chủ phà nộp lệ phí 4.500.000 đồng cho giấy phép.\n"
        "2. Giấy phép có thời hạn 05 năm và được gia hạn một lần.\n"
        "3. Văn phòng Cảng phải giải quyết hồ sơ trong thời hạn 20 ngày làm việc.",
    ),
    ("vi", "4"): (
        "Chậm chuyến",
        "1. Hành khách có phà chậm quá 90 phút có quyền yêu cầu chủ phà hoàn 25% giá vé.\n"
        "2. Hành khách phải nộp đơn trong thời hạn 03 tháng kể từ chuyến đi.\n"
        "3. Chủ phà không được thu phí giải quyết đơn.",
    ),
    ("vi", "5"): (
        "Hiệu lực",
        "1. Luật này được áp dụng từ ngày 01 tháng 3 năm 2019.\n"
        "2. Giấy phép cấp trước ngày 15 tháng 6 năm 2012 có giá trị đến ngày 31 tháng 12 năm 2024.",
    ),
    ("vi", "6"): (
        "An toàn",
        "1. Thuyền trưởng phải báo tai nạn cho Văn phòng Cảng trong thời hạn 48 giờ.\n"
        "2. Thuyền trưởng có quyền từ chối chạy phà khi có bão.\n"
        "3. Phà phải có ít nhất 2 bè cứu sinh và chở tối đa 400 người.\n"
        "4. Người chạy phà không có giấy phép bị phạt tiền từ 10.000.000 đồng đến 200.000.000 đồng.",
    ),
}

OWN_ROWS = [
    {
        "id": f"ferry-{lang}#{number}",
        "law_id": f"ferry-{lang}",
        "law_title": _TITLES[lang],
        "article": f"{_LABELS[lang]} {number}",
        "heading": heading,
        "text": text,
        "lang": lang,
        "source": "",
    }
    for (lang, number), (heading, text) in _ARTICLES.items()
]

_SAID = {
    ("en", "3"): (
        "A licence costs the operator EUR 450.",
        "The licence may be renewed once.",
        "The licence is valid for 5 years.",
        "The Harbour Office must decide within 20 working days of an application.",
        "For a licence, EUR 450 is due from the operator.",
    ),
    ("en", "4"): (
        "The passenger may ask for 25% of the fare if the ferry leaves more than 90 minutes late.",
        "The claim must be made within 3 months of the voyage.",
        "The operator must not charge a fee for the claim.",
        "After a late departure the passenger may ask for 25 % of the fare.",
        "The passenger must claim within three months.",
    ),
    ("en", "5"): (
        "The Act applies from 1 March 2019.",
        "Licences granted before 15 June 2012 are valid until 31 December 2024.",
        "Since 1 March 2019 this Act applies.",
        "Older licences, granted before 15 June 2012, remain valid.",
    ),
    ("en", "6"): (
        "The master must tell the Harbour Office of an accident within 48 hours.",
        "The master may refuse to sail in a storm.",
        "At most 400 persons are carried by a ferry.",
        "Sailing without a licence is fined with EUR 1,000 to EUR 20,000.",
        "In a storm the master may refuse to sail.",
        "A ferry must carry at least 2 rafts.",
        "An accident must be reported within 48 hours.",
    ),
    ("es", "3"): (
        "La licencia cuesta al naviero 450 euros.",
        "La licencia podrá renovarse una vez.",
        "La licencia es válida durante 5 años.",
        "La Oficina del Puerto debe resolver la solicitud en 20 días hábiles.",
        "Por la licencia se abonan 450 euros.",
    ),
    ("es", "4"): (
        "El pasajero podrá exigir el 25 % del billete si hay más de 90 minutos de retraso.",
        "La reclamación debe presentarse en el plazo de 3 meses desde el viaje.",
        "El naviero no puede cobrar por tramitar la reclamación.",
        "El pasajero podrá pedir al naviero el 25% del billete por el retraso.",
        "El pasajero debe reclamar en tres meses.",
    ),
    ("es", "5"): (
        "La ley se aplica desde el 1 de marzo de 2019.",
        "Las licencias anteriores al 15 de junio de 2012 son válidas hasta el 31 de diciembre de 2024.",
        "Desde el 1 de marzo de 2019 se aplica esta ley.",
        "Las licencias de antes del 15 de junio de 2012 conservan su validez.",
    ),
    ("es", "6"): (
        "El capitán debe comunicar el accidente a la Oficina del Puerto en 48 horas.",
        "El capitán podrá negarse a zarpar con temporal.",
        "El transbordador lleva como máximo 400 personas.",
        "Navegar sin licencia se sanciona con multa de 1.000 a 20.000 euros.",
        "Con temporal, el capitán puede negarse a zarpar.",
        "El transbordador debe llevar al menos 2 balsas.",
        "El accidente se comunica en el plazo de 48 horas.",
    ),
    ("vi", "3"): (
        "Lệ phí giấy phép mà chủ phà nộp là 4.500.000 đồng.",
        "Giấy phép được gia hạn một lần.",
        "Giấy phép có thời hạn 5 năm.",
        "Văn phòng Cảng phải giải quyết hồ sơ trong 20 ngày làm việc.",
        "Chủ phà nộp 4.500.000 đồng cho giấy phép.",
    ),
    ("vi", "4"): (
        "Hành khách có quyền yêu cầu hoàn 25% giá vé khi phà chậm quá 90 phút.",
        "Đơn phải được nộp trong thời hạn 3 tháng kể từ chuyến đi.",
        "Chủ phà không được thu phí khi giải quyết đơn.",
        "Khi phà chậm chuyến, hành khách có quyền yêu cầu chủ phà hoàn 25% giá vé.",
        "Hành khách phải nộp đơn trong 03 tháng.",
    ),
    ("vi", "5"): (
        "Luật được áp dụng từ ngày 01 tháng 3 năm 2019.",
        "Giấy phép cấp trước ngày 15/6/2012 có giá trị đến ngày 31/12/2024.",
        "Từ ngày 01/03/2019, luật này được áp dụng.",
        "Giấy phép cấp trước ngày 15 tháng 6 năm 2012 vẫn có giá trị.",
    ),
    ("vi", "6"): (
        "Thuyền trưởng phải báo tai nạn cho Văn phòng Cảng trong 48 giờ.",
        "Thuyền trưởng có quyền từ chối chạy phà khi có bão.",
        "Phà chở tối đa 400 người.",
        "Chạy phà không có giấy phép bị phạt tiền từ 10.000.000 đồng đến 200.000.000 đồng.",
        "Khi có bão, thuyền trưởng có quyền từ chối chạy phà.",
        "Phà phải có ít nhất 2 bè cứu sinh.",
        "Tai nạn phải được báo trong thời hạn 48 giờ.",
    ),
}

OWN_SENTENCES = [(f"ferry-{lang}#{number}", lang, text) for (lang, number), texts in _SAID.items() for text in texts]
