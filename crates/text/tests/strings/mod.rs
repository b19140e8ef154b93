//! The gallery: strings that have broken text engines, each with the direction its field or label has.

pub mod draw;

use text::Direction::{self, Ltr, Rtl};

/// Name of the string, its direction, the text.
pub const GALLERY: &[(&str, Direction, &str)] = &[
    // Names.
    ("name", Rtl, "محمد علی"),
    ("name-izafat", Rtl, "شاہ رُکنِ عالم"),
    ("name-bari-ye", Rtl, "بے نظیر بھٹو"),
    ("name-noon-ghunna", Rtl, "جہاں آرا خاں"),
    ("name-hamza", Rtl, "رؤف صائمہ مؤمن"),
    ("name-allah", Rtl, "عبد اللہ رحمت اللہ"),
    ("name-long", Rtl, "صاحبزادہ سید غلام مصطفیٰ نقشبندی"),
    ("name-do-chashmi", Rtl, "بھٹی چھیمہ گھمن ڈھلوں"),
    ("name-retroflex", Rtl, "ٹوانہ ڈوگر کھوکھر ڑ"),
    ("name-tashdid", Rtl, "محمّد عبّاس"),
    ("name-tanvin", Rtl, "فوراً یقیناً"),
    ("name-zwnj", Rtl, "خیر\u{200C}النسا می\u{200C}خواہ"),
    ("name-madd", Rtl, "آمنہ آصف قرآن"),
    (
        "letters-final",
        Rtl,
        "ا ب پ ت ٹ ث ج چ ح خ د ڈ ذ ر ڑ ز ژ س ش ص ض ط ظ ع غ ف ق ک گ ل م ن ں و ہ ھ ء ی ے",
    ),
    (
        "letters-joined",
        Rtl,
        "بببب ججج سسس صصص ططط ععع ففف ککک للل ممم ہہہ ییی",
    ),
    ("high-stack", Rtl, "مستحقین تحصیلدار پیچیدگی"),
    ("higher-stack", Rtl, "بنجمینسکی تحقیقاتی کمیشن"),
    ("deep-ye", Rtl, "علی ے سے گئے ہے کی بی پیٹی"),
    ("vowels", Rtl, "کِتَابُ الْعِلْمِ"),
    ("superscript-alef", Rtl, "مصطفیٰ موسیٰ عیسیٰ اعلیٰ"),
    // Places.
    (
        "address",
        Rtl,
        "مکان نمبر 12، گلی 4، محلہ شاہ رکنِ عالم، ملتان 60000",
    ),
    (
        "address-slash",
        Rtl,
        "مکان \u{2066}12/B\u{2069}، بلاک \u{2066}C-3\u{2069}، گلشنِ اقبال، کراچی",
    ),
    (
        "address-latin-block",
        Rtl,
        "بلاک B، سیکٹر \u{2066}G-9/4\u{2069}، اسلام آباد",
    ),
    (
        "village",
        Rtl,
        "چک نمبر \u{2066}34/WB\u{2069} تحصیل و ضلع وہاڑی",
    ),
    (
        "union-council",
        Rtl,
        "یونین کونسل \u{2066}31\u{2069} اسلام آباد",
    ),
    ("places", Rtl, "کوئٹہ، گوادر، سکھر، ملتان، پشاور، مظفرآباد"),
    // Numbers, dates, cards.
    ("cnic", Ltr, "35202-0001234-1"),
    (
        "cnic-in-urdu",
        Rtl,
        "شناختی کارڈ \u{2066}35202-0001234-1\u{2069} درست ہے",
    ),
    (
        "cnic-at-end",
        Rtl,
        "شناختی کارڈ نمبر: \u{2066}35202-0001234-1\u{2069}",
    ),
    (
        "cnic-at-start",
        Rtl,
        "\u{2066}35202-0001234-1\u{2069} پہلے سے درج ہے",
    ),
    (
        "two-cnics",
        Rtl,
        "\u{2066}35202-0001234-1\u{2069} اور \u{2066}36302-0004512-3\u{2069}",
    ),
    ("date", Ltr, "31/02/1984"),
    (
        "date-in-urdu",
        Rtl,
        "تاریخ پیدائش \u{2066}13/02/1984\u{2069}",
    ),
    (
        "date-words",
        Rtl,
        "\u{2066}13\u{2069} فروری \u{2066}1984\u{2069}",
    ),
    ("time-in-urdu", Rtl, "آج \u{2066}06:40\u{2069} بجے"),
    ("phone", Rtl, "فون \u{2066}+92 300 1234567\u{2069}"),
    ("percent", Rtl, "پہلی تصویر درست: \u{2066}93 %\u{2069}"),
    ("money", Rtl, "فیس \u{2066}1,500.00\u{2069} روپے"),
    ("range", Rtl, "مرحلہ \u{2066}2\u{2069} از \u{2066}6\u{2069}"),
    ("urdu-digits", Rtl, "مرحلہ ۲ از ۶ · کوائف"),
    ("urdu-digits-long", Rtl, "۳۵۲۰۲-۰۰۰۱۲۳۴-۱"),
    ("arabic-digits", Rtl, "٣٥٢٠٢"),
    ("digits-beside-letters", Rtl, "نمبر12گلی4"),
    ("negative", Rtl, "فرق \u{2066}-12.5\u{2069}"),
    ("version", Ltr, "Shanakht 0.1.0 (ur)"),
    ("hex", Ltr, "046d:082d"),
    // Mixed.
    (
        "latin-in-urdu",
        Rtl,
        "کیمرہ \u{2066}Logitech C270\u{2069} تیار ہے",
    ),
    ("urdu-in-latin", Ltr, "Name محمد علی accepted"),
    (
        "urdu-in-latin-number",
        Ltr,
        "Applicant محمد علی, \u{2066}35202-0001234-1\u{2069}",
    ),
    ("not-isolated", Ltr, "Applicant محمد علی, 35202-0001234-1"),
    ("parentheses", Rtl, "نام (اردو)"),
    (
        "parentheses-latin",
        Rtl,
        "نام (انگریزی) \u{2066}Muhammad Ali (s/o Ahmed)\u{2069}",
    ),
    ("brackets", Rtl, "قطار [تین] {چار} «پانچ»"),
    ("quotes", Rtl, "اس نے کہا: “شناخت”"),
    ("key", Ltr, "F12 اردو"),
    ("key-rtl", Rtl, "\u{2066}F11\u{2069} صوتی کی بورڈ"),
    ("email", Rtl, "\u{2066}multan@nadra.example\u{2069}"),
    (
        "nested-isolates",
        Rtl,
        "فائل \u{2066}MUL-03 \u{2067}شناخت\u{2069} .tar\u{2069} بند",
    ),
    ("unclosed-isolate", Rtl, "کارڈ \u{2066}35202-0001234-1"),
    // Sentences.
    ("question", Rtl, "کیا یہ درست ہے؟"),
    ("full-stop", Rtl, "تصویر محفوظ ہو گئی۔"),
    ("semicolon", Rtl, "رکیں؛ پھر دوبارہ کوشش کریں!"),
    ("error", Rtl, "فروری میں اتنے دن نہیں ہوتے"),
    (
        "long-sentence",
        Rtl,
        "نیٹ ورک نہیں ہے۔ اندراج اس اسٹیشن پر مہر بند محفوظ ہے اور رابطہ بحال ہوتے ہی مرکز کو بھیج دیا جائے گا۔",
    ),
    (
        "latin-sentence",
        Ltr,
        "Everything works without the network. 18 enrolments are sealed and will leave when the link is back.",
    ),
    ("latin-accents", Ltr, "Åse Çelik Nuñez Żółć ḥāfiẓ ʿAlī"),
    ("latin-tabular", Ltr, "0123456789 1111 8888"),
    // Degenerate.
    ("empty", Rtl, ""),
    ("space", Rtl, " "),
    ("trailing-space", Rtl, "علی "),
    ("leading-space", Rtl, " علی"),
    ("only-marks", Rtl, "َُِّ"),
    ("only-isolates", Rtl, "\u{2066}\u{2069}"),
    ("missing-letters", Rtl, "漢字 😀 ՀԱՅ"),
    ("one-letter", Rtl, "ے"),
    ("ellipsis", Rtl, "درخواست گزار انکار کرتا ہے…"),
    ("salla", Rtl, "محمد ﷺ"),
];
