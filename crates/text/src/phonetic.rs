//! Urdu from a keyboard with Latin letters: the phonetic layout that Pakistani offices know (CRULP's), where `b` is ب.

/// The keys of the on-screen keyboard, row by row: what is on the key, its Urdu letter, and the one with Shift.
pub const KEYBOARD_ROWS: [&[(char, char, char)]; 4] = [
    &[
        ('1', '۱', '!'),
        ('2', '۲', '@'),
        ('3', '۳', '#'),
        ('4', '۴', '$'),
        ('5', '۵', '٪'),
        ('6', '۶', '^'),
        ('7', '۷', '&'),
        ('8', '۸', '*'),
        ('9', '۹', ')'),
        ('0', '۰', '('),
        ('-', '-', '_'),
        ('=', '=', '+'),
    ],
    &[
        ('q', 'ق', 'ْ'),
        ('w', 'و', 'ّ'),
        ('e', 'ع', 'ٰ'),
        ('r', 'ر', 'ڑ'),
        ('t', 'ت', 'ٹ'),
        ('y', 'ے', 'َ'),
        ('u', 'ء', 'ئ'),
        ('i', 'ی', 'ِ'),
        ('o', 'ہ', 'ۃ'),
        ('p', 'پ', 'ُ'),
        ('[', ']', '}'),
        (']', '[', '{'),
    ],
    &[
        ('a', 'ا', 'آ'),
        ('s', 'س', 'ص'),
        ('d', 'د', 'ڈ'),
        ('f', 'ف', 'ً'),
        ('g', 'گ', 'غ'),
        ('h', 'ح', 'ھ'),
        ('j', 'ج', 'ض'),
        ('k', 'ک', 'خ'),
        ('l', 'ل', 'ٗ'),
        (';', '؛', ':'),
        ('\'', '\'', '"'),
    ],
    &[
        ('z', 'ز', 'ذ'),
        ('x', 'ش', 'ژ'),
        ('c', 'چ', 'ث'),
        ('v', 'ط', 'ظ'),
        ('b', 'ب', 'ؓ'),
        ('n', 'ن', 'ں'),
        ('m', 'م', '٘'),
        (',', '،', 'ٔ'),
        ('.', '۔', 'ٕ'),
        ('/', '/', '؟'),
    ],
];

/// The Urdu letter for a typed Latin character: lower case without Shift, upper case with it. Digits stay 0 … 9 (records use
/// them; ۰ … ۹ are on the drawn keyboard), and what is on no key stays itself.
/// ```
/// let typed: String = "pakstan".chars().map(text::urdu_for_key).collect();
/// assert_eq!(typed, "پاکستان");
/// ```
pub fn urdu_for_key(typed: char) -> char {
    if typed.is_ascii_digit() {
        return typed;
    }
    let lower = typed.to_ascii_lowercase();
    let shifted = typed.is_ascii_uppercase();
    for (key, plain, with_shift) in KEYBOARD_ROWS.iter().copied().flatten().copied() {
        if key == lower && key.is_ascii_alphabetic() {
            return if shifted { with_shift } else { plain };
        }
        if !key.is_ascii_alphanumeric() && key == typed {
            return plain;
        }
        if typed == '?' && key == '/' {
            return with_shift;
        }
    }
    typed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_of_the_urdu_alphabet_can_be_typed() {
        let reachable: Vec<char> = KEYBOARD_ROWS
            .iter()
            .copied()
            .flatten()
            .flat_map(|(_, a, b)| [*a, *b])
            .collect();
        for letter in "ءاآبپتٹثجچحخدڈذرڑزژسشصضطظعغفقکگلمنںوہھیےئۃ".chars()
        {
            assert!(reachable.contains(&letter), "{letter} is on no key");
        }
    }

    #[test]
    fn names_typed_phonetically_come_out_in_urdu() {
        let typed = |latin: &str| latin.chars().map(urdu_for_key).collect::<String>();
        assert_eq!(typed("mHmd ely"), "مھمد علے");
        assert_eq!(typed("mhmd eli"), "محمد علی");
        assert_eq!(typed("zinb nwr"), "زینب نور");
        assert_eq!(typed("klai?"), "کلای؟");
        assert_eq!(typed("12-4"), "12-4");
    }
}
