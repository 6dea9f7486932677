//! A text in lines that fit a width: as few as need be, all about as long, and cut with an ellipsis where there are too many.

/// What stands for the words that have no room.
const MORE: char = '…';

/// How often the width is halved in search of the narrowest.
const STEPS: usize = 8;

/// At most `most` lines, none wider than `width`, by a measure of words. What of the text is left out is said by its end.
pub(crate) fn lines(text: &str, width: f32, most: usize, measure: impl Fn(&str) -> f32) -> Vec<String> {
    let space = (measure("n n") - measure("nn")).max(0.0);
    let words: Vec<(String, f32)> = text.split_whitespace().flat_map(|word| pieces(word, width, &measure)).collect();
    let most = most.max(1);
    let mut lines = filled(&words, width, space);
    if lines.len() > most {
        let rest: Vec<&str> = lines.drain(most - 1..).flatten().collect();
        let mut wrapped = joined(&lines);
        wrapped.push(cut(&rest, width, &measure));
        return wrapped;
    }
    // Narrower lines are as many until they are all full.
    let (mut narrow, mut wide) = (0.0_f32, width);
    for _ in 0..STEPS {
        let middle = f32::midpoint(narrow, wide);
        let tried = filled(&words, middle, space);
        let fits = words.iter().all(|(_, wide)| *wide <= middle) && tried.len() == lines.len();
        if fits {
            (lines, wide) = (tried, middle);
        } else {
            narrow = middle;
        }
    }
    joined(&lines)
}

/// A word, in pieces where it is wider than a line.
fn pieces(word: &str, width: f32, measure: impl Fn(&str) -> f32) -> Vec<(String, f32)> {
    let whole = measure(word);
    if whole <= width {
        return vec![(word.to_owned(), whole)];
    }
    let (mut pieces, mut piece) = (Vec::new(), String::new());
    for letter in word.chars() {
        piece.push(letter);
        if measure(&piece) > width && piece.chars().count() > 1 {
            piece.pop();
            pieces.push((piece.clone(), measure(&piece)));
            piece = letter.to_string();
        }
    }
    pieces.push((piece.clone(), measure(&piece)));
    pieces
}

/// Words in lines, each as full as it gets.
fn filled(words: &[(String, f32)], width: f32, space: f32) -> Vec<Vec<&str>> {
    let (mut lines, mut end): (Vec<Vec<&str>>, f32) = (Vec::new(), 0.0);
    for (word, wide) in words {
        match lines.last_mut() {
            Some(line) if end + space + wide <= width => {
                line.push(word);
                end += space + wide;
            }
            _ => {
                lines.push(vec![word]);
                end = *wide;
            }
        }
    }
    lines
}

/// As many of the words as fit with the sign that there are more.
fn cut(words: &[&str], width: f32, measure: impl Fn(&str) -> f32) -> String {
    let with_sign = |text: &str| {
        let text = text.trim_end_matches(|c: char| c.is_whitespace() || ",.;:–—-".contains(c));
        format!("{text}{MORE}")
    };
    for count in (1..=words.len()).rev() {
        let line = with_sign(&words[..count].join(" "));
        if measure(&line) <= width {
            return line;
        }
    }
    let mut word = words.first().copied().unwrap_or_default().to_owned();
    while word.pop().is_some() {
        let line = with_sign(&word);
        if measure(&line) <= width {
            return line;
        }
    }
    MORE.to_string()
}

fn joined(lines: &[Vec<&str>]) -> Vec<String> {
    lines.iter().map(|line| line.join(" ")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each letter is as wide as the next.
    fn wrapped(text: &str, width: u8, most: usize) -> Vec<String> {
        let measure = |text: &str| text.chars().map(|_| 1.0).sum();
        lines(text, f32::from(width), most, measure)
    }

    #[test]
    fn lines_are_few_and_about_as_long() {
        assert_eq!(wrapped("Install", 20, 3), ["Install"]);
        assert_eq!(wrapped("one two three four five", 20, 3), ["one two three", "four five"]);
        assert_eq!(wrapped("  a   b ", 20, 3), ["a b"]);
        assert_eq!(wrapped("", 20, 3), Vec::<String>::new());
    }

    #[test]
    fn what_has_no_room_is_cut_with_a_sign_between_words() {
        assert_eq!(wrapped("one two, three four five six", 8, 2), ["one two,", "three…"]);
        assert_eq!(wrapped("one two three, four", 9, 2), ["one two", "three…"]);
        assert_eq!(wrapped("aaaaaaaaa bbbbbbbbb", 9, 1), ["aaaaaaaa…"]);
    }

    #[test]
    fn a_word_wider_than_a_line_is_in_pieces() {
        assert_eq!(wrapped("abcdefghij", 4, 3), ["abcd", "efgh", "ij"]);
        assert_eq!(wrapped("abcdefghij", 4, 2), ["abcd", "efg…"]);
        assert_eq!(wrapped("ab", 0, 9), ["a", "b"]);
    }

    #[test]
    fn no_line_is_wider_than_there_is_room() {
        let text = "A portal for each of your clients, with their files and messages in one place";
        for width in 8..80 {
            for line in wrapped(text, width, 3) {
                assert!(line.chars().count() <= usize::from(width), "{width}: {line}");
            }
        }
    }
}
