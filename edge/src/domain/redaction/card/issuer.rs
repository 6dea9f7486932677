//! Which beginnings of numbers are given out as cards, and how long those are. Nine of ten numbers that pass the check digit
//! by chance do not begin like a card of that length.

/// The shortest card number.
pub(super) const DIGITS_MIN: usize = 13;

/// From and to, by the first six digits, and the lengths: the public lists of the schemes, somewhat wider where they
/// disagree. Visa, Mastercard, American Express, Diners, JCB, Discover with `RuPay`, `UnionPay`, Mir, Maestro with Dankort, Elo
/// and Verve, Hipercard and Bankcard, Troy.
const RANGES: &[(u32, u32, &[usize])] = &[
    (220_000, 220_599, &[16, 17, 18, 19]),
    (222_100, 272_099, &[16]),
    (300_000, 305_999, &[14, 16, 19]),
    (309_500, 309_599, &[14, 16, 19]),
    (340_000, 349_999, &[15]),
    (352_800, 358_999, &[16, 17, 18, 19]),
    (360_000, 369_999, &[14, 16, 19]),
    (370_000, 379_999, &[15]),
    (380_000, 399_999, &[14, 16, 19]),
    (400_000, 499_999, &[13, 16, 19]),
    (500_000, 509_999, &[16, 17, 18, 19]),
    (510_000, 559_999, &[16]),
    (560_000, 589_999, &[16, 17, 18, 19]),
    (600_000, 699_999, &[16, 17, 18, 19]),
    (810_000, 829_999, &[16, 17, 18, 19]),
    (979_200, 979_299, &[16]),
];

pub(super) fn may_begin(digit: u8) -> bool {
    matches!(digit, 2..=6 | 8 | 9)
}

pub(super) fn gives_out(digits: &[u8]) -> bool {
    let Some(beginning) = digits.get(..6) else { return false };
    let beginning = beginning.iter().fold(0, |number, digit| number * 10 + u32::from(*digit));
    RANGES.iter().any(|(from, to, lengths)| (*from..=*to).contains(&beginning) && lengths.contains(&digits.len()))
}
