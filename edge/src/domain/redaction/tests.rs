//! What is masked, what survives, and the laws of both.

use std::time::Instant;

use proptest::prelude::*;

use super::*;
use crate::domain::id::Secret;
use crate::domain::license::LicenseKey;
use crate::domain::payment::{Provider, PurchaseId};

fn redacted(text: &str) -> String {
    redact(text).text
}

fn key(n: u32) -> LicenseKey {
    let purchase = PurchaseId { provider: Provider::Stripe, id: "cs_1".to_owned() };
    LicenseKey::derive(&Secret::new("license secret").expect("not empty"), &purchase, n)
}

/// Keys that look real would be stopped on their way by whoever looks for leaked ones.
fn fake(prefix: &str, body: &str) -> String {
    [prefix, body].concat()
}

#[test]
fn the_sender_is_told_what_was_found() {
    let text = "My card is 4111 1111 1111 1111 (cvc 123), the other 5555-5555-5555-4444.\npassword: hunter2";
    let Redacted { text, found } = redact(text);
    assert_eq!(
        text,
        "My card is [card number removed] (cvc [security code removed]), the other [card number removed].\n\
         password: [password removed]"
    );
    let list: Vec<_> = found.iter().collect();
    assert_eq!(list, [(Kind::CardNumber, 2), (Kind::SecurityCode, 1), (Kind::Password, 1)]);
    assert_eq!((found.count(Kind::CardNumber), found.count(Kind::PrivateKey)), (2, 0));
    assert_eq!(found.and(found).count(Kind::Password), 2);
    assert!(Found::default().is_empty() && !found.is_empty());
}

#[test]
fn a_mask_that_was_there_before_does_not_count() {
    let text = Kind::ALL.map(Kind::mask).join(" ");
    assert_eq!(redact(&text), Redacted { text: text.clone(), found: Found::default() });
    let Redacted { text, found } = redact("password: [password removed]");
    assert_eq!((text.as_str(), found), ("password: [password removed]", Found::default()));
    // Somebody who sends our marks gets no mask for them.
    assert_eq!(redacted("\u{fdd0}"), "\u{fffd}");
}

#[test]
fn labelled_secrets_are_masked() {
    for (text, expected) in [
        ("password: hunter2", "password: [password removed]"),
        ("Password = hunter2, user = admin", "Password = [password removed], user = admin"),
        ("PASSWORD:\nhunter2\nThanks", "PASSWORD:\n[password removed]\nThanks"),
        ("**Password:** hunter2", "**Password:** [password removed]"),
        ("**Password**: `hunter2`", "**Password**: `[password removed]`"),
        ("Passwort: Geheim!", "Passwort: [password removed]"),
        ("mot de passe : s3cret", "mot de passe : [password removed]"),
        ("contraseña: abc", "contraseña: [password removed]"),
        ("密码：abc123", "密码：[password removed]"),
        ("Пароль: привет", "Пароль: [password removed]"),
        ("pass: x1, pwd=y2", "pass: [password removed], pwd=[password removed]"),
        ("my password is Tr0ub4dor&3.", "my password is [password removed]."),
        ("my password is \"correct horse\".", "my password is \"[password removed]\"."),
        ("password: “correct horse battery”", "password: “[password removed]”"),
        (r#"{"user":"a","password":"a\"b","x":1}"#, r#"{"user":"a","password":"[password removed]","x":1}"#),
        ("'smtp_pass' => 'abc def',", "'smtp_pass' => '[password removed]',"),
        ("<password>abc def</password>", "<password>[password removed]</password>"),
        ("DB_PASSWORD=abc", "DB_PASSWORD=[password removed]"),
        ("define('DB_PASSWORD', 'p@ss w\\'rd');", "define('DB_PASSWORD', '[password removed]');"),
        ("define( \"DB_PASSWORD\", \"x\" );", "define( \"DB_PASSWORD\", \"[password removed]\" );"),
        ("const DB_PASSWORD = 'x';", "const DB_PASSWORD = '[password removed]';"),
        ("client_secret: abc", "client_secret: [secret key removed]"),
        ("api key: abcdef", "api key: [secret key removed]"),
        ("X-Api-Key: abcdef", "X-Api-Key: [secret key removed]"),
        ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG", "aws_secret_access_key = [secret key removed]"),
        ("access_token=abc&x=1", "access_token=[access token removed]"),
        ("Authorization: Bearer abc123def456", "Authorization: Bearer [access token removed]"),
        ("authorization: basic YWxhZGRpbjpvcGVu", "authorization: basic [access token removed]"),
        ("mysql://root:s3:cr@t@db.example.com/wp", "mysql://root:[password removed]@db.example.com/wp"),
        ("CVV: 123", "CVV: [security code removed]"),
        ("password: 4111 1111 1111 1111", "password: [card number removed]"),
        ("password: a4111111111111111b", "password: [password removed]"),
    ] {
        assert_eq!(redacted(text), expected);
    }
}

#[test]
fn each_secret_of_wordpress_is_masked() {
    for name in [
        "AUTH_KEY",
        "SECURE_AUTH_KEY",
        "LOGGED_IN_KEY",
        "NONCE_KEY",
        "AUTH_SALT",
        "SECURE_AUTH_SALT",
        "LOGGED_IN_SALT",
        "NONCE_SALT",
        "SECRET_KEY",
        "JWT_AUTH_SECRET_KEY",
        "STRIPE_SECRET_KEY",
    ] {
        let line = format!("define( '{name}',   ',|:4*7 (x)$j=&\"R<>-_z;' );");
        assert_eq!(redacted(&line), format!("define( '{name}',   '[secret key removed]' );"));
    }
    let rest = "define( 'DB_NAME', 'wp' );\ndefine( 'DB_USER', 'root' );\ndefine( 'WP_DEBUG', true );";
    assert_eq!(redacted(rest), rest);
}

#[test]
fn secrets_that_say_so_are_masked() {
    let body = "4eC39HqLyjWDarjtT1zdp7dc4eC39HqLyjWDarjt";
    for (prefix, kind) in [
        ("sk_live_", Kind::SecretKey),
        ("sk_test_", Kind::SecretKey),
        ("rk_live_", Kind::SecretKey),
        ("rk_test_", Kind::SecretKey),
        ("whsec_", Kind::SecretKey),
        ("AIza", Kind::SecretKey),
        ("ghp_", Kind::AccessToken),
        ("github_pat_", Kind::AccessToken),
        ("glpat-", Kind::AccessToken),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.", Kind::AccessToken),
    ] {
        let text = format!("It is {}, I think", fake(prefix, body));
        assert_eq!(redacted(&text), format!("It is {}, I think", kind.mask()));
    }
    let aws = format!("key {}.", fake("AKIA", "IOSFODNN7EXAMPLE"));
    assert_eq!(redacted(&aws), "key [secret key removed].");
    assert_eq!(redacted(&fake("sk_live_", "4111111111111111")), "[secret key removed]");
    for text in ["your sk_live_ key", "sk_live_…", "eyJ is how it begins", "AKIA", "whsec_", "pk_live_51H8xyzabcdef"]
    {
        assert_eq!(redacted(text), text);
    }
}

#[test]
fn private_keys_are_masked_and_public_ones_stay() {
    let lines = "MIIEpAIBAAKCAQEA75GnlUKq8wbHNQWBtMBjq7bXbpWkJxQwYmGzXz9kq0pK\nMIIEpAIBAAKCAQEA75GnlUKq8w==";
    for name in ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY", "PGP PRIVATE KEY BLOCK"] {
        let text = format!("Here:\n-----BEGIN {name}-----\n{lines}\n-----END {name}-----\nBye");
        assert_eq!(redacted(&text), "Here:\n[private key removed]\nBye", "{name}");
    }
    let cut = format!("-----BEGIN RSA PRIVATE KEY-----\n{lines}\n\nThat is all I have.");
    assert_eq!(redacted(&cut), "[private key removed]\n\nThat is all I have.");
    let public = format!("-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----");
    assert_eq!(redacted(&public), public);
}

#[test]
fn what_people_have_to_tell_us_survives() {
    let key = key(1);
    for text in [
        &format!("My license key is {}.", key.as_str()),
        &format!("license_key: {} api key: {}", key.as_str(), key.as_str()),
        &format!("API key: {}", key.as_str().trim_start_matches("CPP-")),
        "Ticket CPP-7K3M9Q, order 10023 of 2024-12-31, invoice A-2024-0001",
        "cs_test_a1b2c3 pi_3MtwBwLkdIwHu7ix28a3tqPa ch_3MmlLrLkdIwHu7ix0snN0B15 in_1MtHbELkdIwHu7ixl4OzzPMv",
        "5O190127TN364715T, I-BW452GLLEP1G, WH-2WR32451HC0233532-67976317FL4543714",
        "Call +49 151 1234 5678 or (415) 555-2671 before 10:30",
        "WordPress 6.8.1, PHP 8.2.10, MariaDB 10.11.6",
        "I forgot my password. How do I reset it?",
        "I forgot my password: how do I reset it?",
        "My password is not accepted; the password is wrong since yesterday",
        "password: ********",
        "Lost password: https://example.com/wp-login.php?action=lostpassword",
        "The bearer authentication fails, compass: north, bypass: yes",
        "if ($password == '') { return; }",
        "the fields 'password', 'username' and 'email'",
        "https://example.com:8080/a@b?x=1",
        "security code does not arrive",
        "",
    ] {
        assert_eq!(redact(text), Redacted { text: text.to_owned(), found: Found::default() });
    }
    for n in 0..500 {
        let key = self::key(n);
        assert_eq!(redacted(key.as_str()), key.as_str());
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "how long it takes is what this asks")]
fn hostile_texts_are_read_in_linear_time() {
    const BYTES: usize = 200 * 1024;
    for piece in [
        "4",
        "4 ",
        "4111111111111111 ",
        "411111111111111 ",
        "41-1",
        "0",
        "0 4",
        "password:",
        "password: ",
        "password='",
        "password:\n",
        "cvv:",
        "bearer:",
        "bearer ",
        "pass is ",
        "define('",
        "define('DB_PASSWORD',",
        "eyJ",
        "eyJ-",
        "eyJaaaa.",
        "sk_live_",
        "AKIA",
        "-----BEGIN RSA PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\n-----END",
        "://",
        "://a:",
        "a://b:c@",
        "a_",
        "CPP-",
        "-",
        " ",
        "\u{fdd0}",
        "[card number removed]",
        "[password removed]4",
        "🏴",
    ] {
        let text: String = piece.chars().cycle().take(BYTES).collect();
        let start = Instant::now();
        let once = redact(&text);
        // Linear takes some milliseconds; what is not takes minutes.
        assert!(start.elapsed().as_secs() < 2, "{piece:?} takes {:?}", start.elapsed());
        assert_eq!(redacted(&once.text), once.text, "{piece:?}");
    }
}

/// Pieces that rules look for, so that they come to stand side by side.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "4111111111111111",
            "4111 1111 ",
            "1111 1111",
            "378282246310005",
            "5555",
            "41",
            "4",
            "0.",
            "+",
            "CPP-",
            "cs_",
            "sk_live_",
            "abc123def",
            "eyJhbGci.",
            "AKIAIOSFODNN7EXAMPLE",
            "-----BEGIN PRIVATE KEY-----",
            "-----END ",
            "PRIVATE KEY-----",
            "MIIEpAIBAAKCAQEA75GnlUKq8w",
        ]),
        prop::sample::select(vec![
            "password",
            "password: ",
            "DB_PASSWORD",
            "pass=",
            "token",
            "Bearer ",
            "cvv ",
            "define('",
            "', '",
            "');",
            "://",
            "user:",
            "@",
            " is ",
            ": ",
            "=",
            "'",
            "\"",
            "**",
            "<",
            ">",
            "\n",
            "\r\n",
            " ",
            "-",
            ".",
            "_",
            "\u{200b}",
            "[card number removed]",
            "[password removed]",
            " removed]",
            "\u{fdd1}",
            "ß",
        ]),
        "[0-9]{1,20}".prop_map(|digits: String| &*digits.leak()),
        "[a-zA-Z0-9]{1,12}".prop_map(|word: String| &*word.leak()),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// Whether a run of digits and plain separators is, as a whole, the number of a card; written without the code above.
fn has_card(text: &str) -> bool {
    let of_run = |c: char| c.is_ascii_digit() || " -\n".contains(c);
    text.split(|c| !of_run(c)).any(|run| {
        let digits: Vec<u32> = run.chars().filter_map(|c| c.to_digit(10)).collect();
        let sum: u32 =
            digits.iter().rev().zip([1, 2].iter().cycle()).map(|(d, weight)| d * weight).map(|d| d / 10 + d % 10).sum();
        let is_issued = matches!(
            (digits.first(), digits.get(1), digits.len()),
            (Some(4), _, 16 | 19) | (Some(5), Some(1..=5), 16) | (Some(3), Some(4 | 7), 15) | (Some(6), _, 16)
        );
        let gaps = run.trim_matches(|c: char| !c.is_ascii_digit()).split(|c: char| c.is_ascii_digit());
        is_issued && sum.is_multiple_of(10) && gaps.map(str::len).max() <= Some(3)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn what_was_masked_stays_as_it_is(text in text()) {
        let once = redact(&text);
        let twice = redact(&once.text);
        prop_assert_eq!(&twice.text, &once.text);
        prop_assert!(twice.found.is_empty());
    }

    #[test]
    fn no_card_is_left(before in text(), after in text()) {
        let text = format!("{before} x 4111 1111 1111 1111 x {after}");
        prop_assert!(!redacted(&text).contains("x 4111 1111 1111 1111 x"));
    }

    #[test]
    fn numbers_and_separators_alone_leave_no_card(text in "[0-9 \n-]{0,60}") {
        prop_assert!(!has_card(&redacted(&text)), "{}", redacted(&text));
    }

    #[test]
    fn text_without_digits_and_labels_stays_as_it_is(text in "[a-zA-Z äöüéж漢🏴\n.,;!?()-]{0,200}") {
        prop_assert_eq!(redact(&text), Redacted { text: text.clone(), found: Found::default() });
    }

    #[test]
    fn no_text_is_too_broken(text in any::<String>()) {
        let once = redact(&text);
        prop_assert_eq!(redact(&once.text).text, once.text);
    }
}
