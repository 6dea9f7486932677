//! Which words are labels, in the languages of the people who write to us.

use super::{Kind, Shape};

/// A label, in lower case with spaces for underscores and dashes.
struct Label {
    text: &'static str,
    kind: Kind,
    shape: Shape,
    /// Whether letters may touch it from the left: `userpassword`, but not `bypass`.
    is_end: bool,
}

const fn end(text: &'static str, kind: Kind) -> Label {
    Label { text, kind, shape: Shape::Any, is_end: true }
}

const fn whole(text: &'static str, kind: Kind, shape: Shape) -> Label {
    Label { text, kind, shape, is_end: false }
}

const LABELS: &[Label] = &[
    end("password", Kind::Password),
    end("passwort", Kind::Password),
    end("passwd", Kind::Password),
    end("passphrase", Kind::Password),
    end("passcode", Kind::Password),
    end("kennwort", Kind::Password),
    end("wachtwoord", Kind::Password),
    end("contraseña", Kind::Password),
    end("contrasena", Kind::Password),
    end("пароль", Kind::Password),
    end("密码", Kind::Password),
    end("密碼", Kind::Password),
    end("パスワード", Kind::Password),
    whole("pass", Kind::Password, Shape::Any),
    whole("pwd", Kind::Password, Shape::Any),
    whole("pw", Kind::Password, Shape::Any),
    whole("mot de passe", Kind::Password, Shape::Any),
    whole("senha", Kind::Password, Shape::Any),
    whole("hasło", Kind::Password, Shape::Any),
    whole("lösenord", Kind::Password, Shape::Any),
    whole("adgangskode", Kind::Password, Shape::Any),
    // `secure_auth_key` and the others of `wp-config.php` end like these.
    end("secret", Kind::SecretKey),
    end("apikey", Kind::SecretKey),
    end("secretkey", Kind::SecretKey),
    whole("api key", Kind::SecretKey, Shape::Any),
    whole("secret key", Kind::SecretKey, Shape::Any),
    whole("private key", Kind::SecretKey, Shape::Any),
    whole("access key", Kind::SecretKey, Shape::Any),
    whole("auth key", Kind::SecretKey, Shape::Any),
    whole("logged in key", Kind::SecretKey, Shape::Any),
    whole("nonce key", Kind::SecretKey, Shape::Any),
    whole("salt", Kind::SecretKey, Shape::Any),
    end("token", Kind::AccessToken),
    whole("bearer", Kind::AccessToken, Shape::Credential),
    whole("authorization: basic", Kind::AccessToken, Shape::Credential),
    whole("cvv", Kind::SecurityCode, Shape::Code),
    whole("cvc", Kind::SecurityCode, Shape::Code),
    whole("cvv2", Kind::SecurityCode, Shape::Code),
    whole("cvc2", Kind::SecurityCode, Shape::Code),
    whole("csc", Kind::SecurityCode, Shape::Code),
    whole("security code", Kind::SecurityCode, Shape::Code),
    whole("prüfnummer", Kind::SecurityCode, Shape::Code),
];

/// Longer than any label by the one character before it.
const LABEL_CHARS_MAX: usize = 24;

/// What a text that ends with a label announces.
pub(super) fn label(text: &str) -> Option<(Kind, Shape)> {
    let start = text.char_indices().rev().take(LABEL_CHARS_MAX).last().map_or(text.len(), |(at, _)| at);
    let plain = |c: char| if matches!(c, '_' | '-') { ' ' } else { c };
    let tail: String = super::part(text, start, text.len()).chars().map(plain).flat_map(char::to_lowercase).collect();
    let is_label = |label: &&Label| {
        let before = tail.strip_suffix(label.text);
        // Letters of other scripts than ours touch without a space.
        before.is_some_and(|before| label.is_end || !before.ends_with(|c: char| c.is_ascii_alphanumeric()))
    };
    LABELS.iter().find(is_label).map(|label| (label.kind, label.shape))
}

/// Words that follow a label when a sentence goes on: *I forgot my password: how can I …*. No password is one of them.
const PROSE: &[&str] = &[
    "a", "and", "are", "but", "can", "could", "did", "do", "does", "for", "have", "how", "i", "if", "in", "is", "it",
    "my", "no", "not", "of", "on", "or", "please", "that", "the", "there", "this", "to", "was", "we", "what", "when",
    "where", "which", "why", "with", "you", "your",
];

pub(super) fn is_prose(word: &str) -> bool {
    PROSE.iter().any(|prose| word.eq_ignore_ascii_case(prose))
}
