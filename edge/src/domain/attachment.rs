//! Files that somebody sends with a message. What a file is, its first bytes say; its name only has to agree. Text is masked as
//! messages are; an archive is never opened.

use serde::{Deserialize, Serialize};

use super::id::{Secret, hex, unhex};
use super::ticket::TicketNumber;
use super::{plain_text, redaction};
use crate::contract::Datum;
use crate::declare;

/// Files of one message.
pub const FILES_MAX: usize = 3;
/// Bytes of them in all.
pub const BYTES_MAX: usize = 5 * 1024 * 1024;
/// How the names may end, for the form.
pub const ENDS: &str = ".png,.jpg,.jpeg,.webp,.pdf,.txt,.log,.zip";
const NAME_CHARS_MAX: usize = 100;
const ID_LEN: usize = 16;

/// A file as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// As its sender calls it.
    pub name: String,
    /// All of it.
    pub bytes: Vec<u8>,
}

/// A file that is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fit {
    /// One line, without folders.
    pub name: String,
    /// As it is kept.
    pub bytes: Vec<u8>,
    /// Whether something in it was masked.
    pub is_masked: bool,
}

/// Why files are not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// There are too many.
    #[error("At most three files.")]
    TooMany,
    /// They are too large.
    #[error("At most 5 MiB in all.")]
    TooLarge,
    /// One is of a kind that is not taken, or not of the kind that its name says.
    #[error("Only png, jpg, webp, pdf, txt, log and zip, and each has to be what its name says.")]
    OtherKind,
}

impl Unfit {
    /// The sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::TooMany => "At most three files.",
            Self::TooLarge => "At most 5 MiB in all.",
            Self::OtherKind => "Only png, jpg, webp, pdf, txt, log and zip, and each has to be what its name says.",
        }
    }
}

/// Names a file in the store: 128 bits that say nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FileId(String);

impl FileId {
    /// The file of a ticket with these contents: sent twice, it is one.
    pub fn of(secret: &Secret, ticket: &TicketNumber, file: &Fit) -> Self {
        let contents = secret.mac();
        let contents = hex(&hmac::Mac::finalize(hmac::Mac::chain_update(contents, &file.bytes)).into_bytes());
        let tag = secret.tag(&["file", ticket.as_str(), &file.name, &contents]);
        Self(hex(tag.get(..ID_LEN).unwrap_or(&tag)))
    }

    /// Reads 32 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        unhex::<ID_LEN>(text).map(|bytes| Self(hex(&bytes)))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for FileId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not the id of a file")
    }
}

impl From<FileId> for String {
    fn from(id: FileId) -> Self {
        id.0
    }
}

impl Datum for FileId {}

/// A file as its message lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attached {
    /// Names it in the store.
    pub id: FileId,
    /// As its sender calls it.
    pub name: String,
    /// Its length.
    pub bytes: u32,
}

declare! {
    Attached {
        id: [Attachment] for [Support];
        name: [Attachment] for [Support];
        bytes: [Attachment] for [Support];
    }
}

/// Looks at the files of one message: all of them are taken, or none. A browser sends a nameless one where none was chosen.
pub fn check(uploads: Vec<Upload>) -> Result<Vec<Fit>, Unfit> {
    let chosen: Vec<Upload> =
        uploads.into_iter().filter(|file| !file.name.is_empty() || !file.bytes.is_empty()).collect();
    if chosen.len() > FILES_MAX {
        return Err(Unfit::TooMany);
    }
    if chosen.iter().map(|file| file.bytes.len()).sum::<usize>() > BYTES_MAX {
        return Err(Unfit::TooLarge);
    }
    chosen.into_iter().map(fit).collect()
}

/// The files that can be kept of a mail, and the names of those that cannot: whoever sent it is told, not asked.
pub fn sort(uploads: Vec<Upload>) -> (Vec<Fit>, Vec<String>) {
    let (mut kept, mut left): (Vec<Fit>, Vec<String>) = (vec![], vec![]);
    let mut room = BYTES_MAX;
    for file in uploads {
        let (name, bytes) = (plain_text::line(&file.name), file.bytes.len());
        match fit(file) {
            Ok(file) if kept.len() < FILES_MAX && bytes <= room => {
                room -= bytes;
                kept.push(file);
            }
            _ => left.push(name),
        }
    }
    (kept, left)
}

fn fit(Upload { name, bytes }: Upload) -> Result<Fit, Unfit> {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = plain_text::line(name).replace('"', "'");
    let (stem, end) = name.rsplit_once('.').ok_or(Unfit::OtherKind)?;
    let end = end.to_ascii_lowercase();
    let kind = Kind::of(&bytes).filter(|kind| kind.ends().contains(&end.as_str())).ok_or(Unfit::OtherKind)?;
    let stem: String = stem.chars().take(NAME_CHARS_MAX - end.len() - 1).collect();
    let (bytes, is_masked) = match (kind, String::from_utf8(bytes)) {
        (Kind::Text, Ok(text)) => {
            let masked = redaction::redact(&text);
            let is_masked = !masked.found.is_empty();
            (masked.text.into_bytes(), is_masked)
        }
        (_, Ok(text)) => (text.into_bytes(), false),
        (_, Err(error)) => (error.into_bytes(), false),
    };
    Ok(Fit { name: format!("{stem}.{end}"), bytes, is_masked })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Png,
    Jpeg,
    Webp,
    Pdf,
    Zip,
    Text,
}

impl Kind {
    /// What the first bytes say; of a text, all of them.
    fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some(Self::Png),
            [0xFF, 0xD8, 0xFF, ..] => Some(Self::Jpeg),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::Webp),
            [b'%', b'P', b'D', b'F', b'-', ..] => Some(Self::Pdf),
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Self::Zip),
            _ => {
                let is_text = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r' | '\u{C}' | '\u{1B}');
                str::from_utf8(bytes).ok().filter(|text| text.chars().all(is_text)).map(|_| Self::Text)
            }
        }
    }

    fn ends(self) -> &'static [&'static str] {
        match self {
            Self::Png => &["png"],
            Self::Jpeg => &["jpg", "jpeg"],
            Self::Webp => &["webp"],
            Self::Pdf => &["pdf"],
            Self::Zip => &["zip"],
            Self::Text => &["txt", "log"],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, bytes: &[u8]) -> Upload {
        Upload { name: name.to_owned(), bytes: bytes.to_vec() }
    }

    fn name_of(name: &str) -> Result<String, Unfit> {
        check(vec![file(name, b"text")]).map(|files| files.into_iter().map(|file| file.name).collect())
    }

    #[test]
    fn a_file_is_what_its_first_bytes_say_and_its_name_agrees() {
        for (name, bytes) in [
            ("a.png", &b"\x89PNG\r\n\x1A\n..."[..]),
            ("a.JPG", b"\xFF\xD8\xFF\xE0..."),
            ("a.jpeg", b"\xFF\xD8\xFF\xE1..."),
            ("a.webp", b"RIFF\0\0\0\0WEBPVP8 "),
            ("a.pdf", b"%PDF-1.7\n"),
            ("a.zip", b"PK\x03\x04..."),
            ("debug.log", "[04-May-2026] PHP Fatal error: \u{1b}[31m\u{fc}\r\n".as_bytes()),
            ("a.txt", b""),
        ] {
            assert_eq!(check(vec![file(name, bytes)]).expect(name).len(), 1);
        }
        for (name, bytes) in [
            ("a.png", &b"GIF89a"[..]),
            ("a.png", b"%PDF-1.7"),
            ("a.pdf.exe", b"%PDF-1.7"),
            ("a.exe", b"MZ\x90\0"),
            ("a.svg", b"<svg onload=alert(1)>"),
            ("a.html", b"<script>"),
            ("a.txt", b"PK\x03\x04"),
            ("a.txt", b"a\0b"),
            ("a.log", b"\xFF\xFE"),
            ("png", b"\x89PNG\r\n\x1A\n"),
            ("", b"text"),
        ] {
            assert_eq!(check(vec![file(name, bytes)]), Err(Unfit::OtherKind), "{name}");
        }
    }

    #[test]
    fn a_name_is_one_line_without_folders_or_tricks() {
        assert_eq!(name_of("../../etc/passwd.txt").as_deref(), Ok("passwd.txt"));
        assert_eq!(name_of("C:\\logs\\debug.log").as_deref(), Ok("debug.log"));
        assert_eq!(name_of("a\u{202E}txt.exe\r\nX: y\".txt").as_deref(), Ok("atxt.exe X: y'.txt"));
        assert_eq!(name_of(&format!("{}.txt", "x".repeat(5_000))).map(|name| name.chars().count()), Ok(NAME_CHARS_MAX));
    }

    #[test]
    fn there_are_three_and_they_are_small() {
        let many = |count| vec![file("a.txt", b"x"); count];
        assert_eq!(check(many(FILES_MAX)).map(|files| files.len()), Ok(FILES_MAX));
        assert_eq!(check(many(FILES_MAX + 1)), Err(Unfit::TooMany));
        let large = |bytes| vec![file("a.txt", &vec![b'x'; bytes - 1]), file("b.txt", b"x")];
        assert!(check(large(BYTES_MAX)).is_ok());
        assert_eq!(check(large(BYTES_MAX + 1)), Err(Unfit::TooLarge));
        assert_eq!(check(vec![file("", b"")]), Ok(vec![]), "what a browser sends where no file was chosen");
    }

    #[test]
    fn of_a_mail_is_kept_what_can_be() {
        let (kept, left) = sort(vec![
            file("a.exe", b"MZ"),
            file("a.txt", b"x"),
            file("b.txt", b"x"),
            file("c.txt", b"x"),
            file("d.txt", b"x"),
        ]);
        assert_eq!(kept.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(), ["a.txt", "b.txt", "c.txt"]);
        assert_eq!(left, ["a.exe", "d.txt"]);
        let (kept, left) = sort(vec![file("large.txt", &vec![b'x'; BYTES_MAX + 1]), file("b.txt", b"x")]);
        assert_eq!((kept.len(), left), (1, vec!["large.txt".to_owned()]));
    }

    #[test]
    fn secrets_in_a_log_are_masked_and_an_archive_is_left_as_it_is() {
        let log = check(vec![file("debug.log", b"card 4242 4242 4242 4242")]).expect("a file");
        assert!(log.iter().all(|file| file.is_masked && !file.bytes.windows(4).any(|part| part == b"4242")));
        let zip = b"PK\x03\x04 4242 4242 4242 4242";
        assert_eq!(check(vec![file("a.zip", zip)]).expect("a file")[0].bytes, zip);
    }

    #[test]
    fn the_same_file_sent_twice_to_a_ticket_is_one() {
        let secret = Secret::new("pepper").expect("not empty");
        let [a, b] = ["a", "b"].map(|nonce| TicketNumber::of_form(&secret, nonce));
        let fit = |name: &str, bytes: &[u8]| check(vec![file(name, bytes)]).expect("a file").remove(0);
        let id = |ticket, name, bytes| FileId::of(&secret, ticket, &fit(name, bytes));
        assert_eq!(id(&a, "x.txt", b"1"), id(&a, "x.txt", b"1"));
        for other in [id(&b, "x.txt", b"1"), id(&a, "y.txt", b"1"), id(&a, "x.txt", b"2")] {
            assert_ne!(id(&a, "x.txt", b"1"), other);
        }
    }
}
