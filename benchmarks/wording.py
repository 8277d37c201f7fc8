"""How operators name and describe products, in several languages: some words are in most of them, some in few."""

# ruff: noqa: RUF001  # other scripts are what this is about

from dataclasses import dataclass


@dataclass(frozen=True)
class Language:
    """The words of one language. A name is put together of three, a description of two to four sentences."""

    code: str
    first: tuple[str, ...]
    second: tuple[str, ...]
    third: tuple[str, ...]
    sentences: tuple[str, ...]
    rare: tuple[str, ...]
    categories: tuple[str, ...]

    def name(self, mixed: int, number: int) -> str:
        words = (
            self.first[mixed % len(self.first)],
            self.second[(mixed >> 6) % len(self.second)],
            self.third[(mixed >> 12) % len(self.third)],
        )
        return f"{' '.join(words)} {number}" if number else " ".join(words)

    def description(self, mixed: int) -> str:
        size = len(self.sentences)
        said = [self.sentences[(mixed >> shift) % size] for shift in range(0, 3 * (2 + mixed % 3), 3)]
        if mixed % 97 == 0:
            said.append(self.rare[(mixed >> 4) % len(self.rare)])
        return " ".join(dict.fromkeys(said))


ENGLISH = Language(
    "en",
    ("Smart", "Super", "Family", "Freedom", "Student", "Traveller", "Business", "Gold", "Silver", "Weekend", "Night"),
    ("5G", "Data", "Voice", "Roaming", "Bundle", "Social", "Streaming", "Gaming", "Internet", "Hotspot", "Calls"),
    ("1 GB", "5 GB", "10 GB", "50 GB", "100 GB", "Unlimited", "Max", "Plus", "Lite", "500 min", "Monthly", "Daily"),
    (
        "Unlimited calls inside the network and a monthly allowance of data at full speed.",
        "What is left moves to the next month, once.",
        "Roaming in the neighbouring countries is included; taxes are in the price.",
        "Ends with 30 days notice.",
        "Social networks and messengers do not count against the allowance.",
        "Streaming in high definition, on one screen at a time.",
        "After the allowance is used the speed falls to 256 kbit/s.",
        "For new and existing customers, activation free of charge until the end of the month.",
        "Dial *123# to activate; a confirmation arrives by SMS.",
        "Only together with a postpaid contract of twelve months.",
    ),
    ("Includes a satellite fallback.", "With a veterinary hotline.", "Zanzibar and the Quirimbas too."),
    ("Postpaid/Data", "Prepaid/Data", "Prepaid/Voice", "Devices/Phones", "Roaming/Europe", "Roaming/World", "Rewards"),
)
RUSSIAN = Language(
    "ru",
    ("Умный", "Семейный", "Супер", "Свободный", "Ночной", "Деловой", "Золотой", "Студенческий"),
    ("Интернет", "Роуминг", "Пакет", "Тариф", "Безлимит", "Звонок", "Стриминг"),
    ("1 ГБ", "5 ГБ", "10 ГБ", "100 ГБ", "Макс", "Плюс", "Лайт", "500 мин"),
    (
        "Безлимитные звонки внутри сети и пакет интернета на полной скорости.",
        "Остаток переносится на следующий месяц один раз.",
        "Роуминг в соседних странах включён, налоги учтены в цене.",
        "Мессенджеры и социальные сети не расходуют трафик.",
        "После исчерпания пакета скорость снижается до 256 Кбит/с.",
        "Подключение бесплатно до конца месяца.",
        "Наберите *123#, и подтверждение придёт в SMS.",
        "Только вместе с договором на двенадцать месяцев.",
    ),
    ("Спутниковая связь на Шпицбергене.", "Ветеринарная линия помощи."),
    ("Постоплата/Интернет", "Предоплата/Интернет", "Предоплата/Звонки", "Роуминг/Европа"),
)
ARABIC = Language(
    "ar",
    ("باقة", "عرض", "خطة", "بطاقة"),
    ("الإنترنت", "التجوال", "المكالمات", "الأعمال", "العائلة", "الشباب"),
    ("١ جيجابايت", "٥ جيجابايت", "غير محدودة", "الشهرية", "اليومية", "بلس"),
    (
        "مكالمات غير محدودة داخل الشبكة وبيانات شهرية بالسرعة الكاملة.",
        "ينتقل المتبقي إلى الشهر التالي مرة واحدة.",
        "التجوال في الدول المجاورة مشمول والضرائب ضمن السعر.",
        "لا تُحتسب تطبيقات التواصل من الباقة.",
        "بعد انتهاء الباقة تنخفض السرعة.",
        "التفعيل مجاني حتى نهاية الشهر.",
    ),
    ("تشمل الاتصال عبر الأقمار الصناعية.",),
    ("الإنترنت/شهري", "التجوال/العالم", "المكالمات/يومي"),
)
TURKISH = Language(
    "tr",
    ("Akıllı", "Süper", "Aile", "Özgür", "Öğrenci", "Gece"),
    ("İnternet", "Dolaşım", "Paket", "Konuşma", "Sınırsız"),
    ("1 GB", "10 GB", "Aylık", "Günlük", "Artı"),
    (
        "Şebeke içi sınırsız konuşma ve tam hızda aylık internet.",
        "Kalan haklar bir kez sonraki aya devreder.",
        "Komşu ülkelerde dolaşım dahildir, vergiler fiyata dahildir.",
        "Sosyal ağlar ve mesajlaşma kotadan düşmez.",
        "Paket bitince hız düşer; iptal için 30 gün önce bildirin.",
    ),
    ("Uydu bağlantısı dahildir.",),
    ("Faturalı/İnternet", "Faturasız/İnternet", "Dolaşım/Avrupa"),
)
CHINESE = Language(
    "zh",
    ("智能", "家庭", "商务", "学生", "夜间"),
    ("流量包", "漫游", "套餐", "通话", "宽带"),
    ("1GB", "10GB", "无限", "每月", "每日"),
    (
        "网内通话不限,每月全速流量。",
        "剩余流量可结转至下月一次。",
        "包含周边国家漫游,价格含税。",
        "用完后降速至256kbit/s。",
        "月底前免费开通。",
    ),
    ("包含卫星连接。",),
    ("后付费/流量", "预付费/流量", "漫游/全球"),
)
LANGUAGES = (ENGLISH,) * 5 + (RUSSIAN,) * 2 + (ARABIC, TURKISH, CHINESE)
