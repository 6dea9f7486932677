//! What a mail is taken for, whatever it says of itself.

use super::*;
use crate::domain::ticket::{conversation_root, reply_address};

const FROM: &str = "Us <support@example.com>";
const AUTHORITY: &str = "mx.example.net";

fn secret() -> Secret {
    Secret::new("pepper").expect("not empty")
}

fn number() -> TicketNumber {
    TicketNumber::of_form(&secret(), "a")
}

fn address() -> String {
    reply_address(&secret(), &number(), FROM).expect("an address")
}

fn root() -> String {
    conversation_root(&secret(), &number(), FROM).expect("an id")
}

/// A mail from Ada with these headers more.
fn mail(to: &str, headers: &str, body: &str) -> Inbound {
    let text = format!(
        "From: \"Ada\" <ada@example.org>\r\nTo: {to}\r\nSubject: Re: It breaks\r\nMessage-ID: <1@example.org>\r\n{headers}\r\n\r\n{body}"
    )
    .replace("\r\n\r\n\r\n", "\r\n\r\n");
    let envelope = Envelope { from: Some("ada@example.org".to_owned()), to: to.to_owned() };
    read(&secret(), text.as_bytes(), &envelope, AUTHORITY).expect("a mail")
}

#[test]
fn an_answer_finds_its_ticket_by_its_address_or_by_what_it_answers() {
    assert_eq!(mail(&address(), "", "x").ticket, Some(number()));
    assert_eq!(mail("support@example.com", &format!("Cc: {}\r\n", address()), "x").ticket, Some(number()));
    let references = format!("References: <other@example.com> {} <last@example.com>\r\n", root());
    assert_eq!(mail("support@example.com", &references, "x").ticket, Some(number()));
    assert_eq!(mail("support@example.com", &format!("In-Reply-To: {}\r\n", root()), "x").ticket, Some(number()));
    let forged = root().replace('.', ".0");
    assert_eq!(mail("support@example.com", &format!("In-Reply-To: {forged}\r\n"), "x").ticket, None);
    assert_eq!(mail("support@example.com", "", &address()).ticket, None, "what stands in the text counts for nothing");
}

#[test]
fn a_program_is_known_by_what_it_says_of_itself() {
    for header in [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-generated; owner-email=\"x\"",
        "Precedence: bulk",
        "precedence: LIST",
        "List-Id: <news.example.org>",
        "List-Unsubscribe: <mailto:x@example.org>",
        "X-Autoreply: yes",
    ] {
        assert_eq!(mail(&address(), &format!("{header}\r\n"), "x").kind, Kind::Automatic, "{header}");
    }
    for header in ["Auto-Submitted: no", "Precedence: first-class", "X-Auto-Response-Suppress: All"] {
        assert_eq!(mail(&address(), &format!("{header}\r\n"), "x").kind, Kind::Letter, "{header}");
    }
    let nobody = Envelope { from: Some(String::new()), to: address() };
    let raw = b"From: Ada <ada@example.org>\r\nSubject: Out of office\r\n\r\nI am away.";
    assert_eq!(read(&secret(), raw, &nobody, "").expect("a mail").kind, Kind::Automatic);
}

#[test]
fn a_mail_server_that_returns_a_mail_names_its_ticket() {
    let raw = format!(
        "From: MAILER-DAEMON@example.net\r\nTo: support@example.com\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status;\r\n boundary=\"b\"\r\n\r\n--b\r\n\r\nIt came back.\r\n--b\r\n\
         Content-Type: message/delivery-status\r\n\r\nFinal-Recipient: rfc822; ada@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n\
         --b\r\nContent-Type: text/rfc822-headers\r\n\r\nTo: ada@example.org\r\nReferences: {}\r\n--b--\r\n",
        root()
    );
    let bounce = read(&secret(), raw.as_bytes(), &Envelope::default(), "").expect("a mail");
    assert_eq!((bounce.kind, bounce.ticket), (Kind::Bounce, Some(number())));
}

#[test]
fn only_the_server_in_front_of_us_vouches_for_a_sender() {
    let is_aligned = |header: &str| mail(&address(), &format!("Authentication-Results: {header}\r\n"), "x").is_aligned;
    assert!(is_aligned("mx.example.net; dmarc=pass header.from=example.org"));
    assert!(is_aligned("mx.example.net 1; spf=fail; dkim=pass header.d=example.org header.s=k"));
    for lie in [
        "mx.example.net; dmarc=fail header.from=example.org",
        "mx.example.net; dmarc=pass header.from=evil.example",
        "mx.evil.example; dmarc=pass header.from=example.org",
        "mx.evil.example; x\r\nAuthentication-Results: mx.example.net; dmarc=pass header.from=example.org",
        "mx.example.net; spf=pass smtp.mailfrom=example.org",
        "",
    ] {
        assert!(!is_aligned(lie), "{lie}");
    }
}

#[test]
fn a_page_becomes_text_and_an_answer_holds_no_link_to_the_ticket() {
    let headers = "MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n";
    let page = "<p>It is <b>1.2.3</b> &amp; new</p><script>alert(1)</script><img src=x onerror=y>";
    let read = mail(&address(), headers, page);
    assert!(read.text.contains("It is 1.2.3 & new"), "{}", read.text);
    assert!(!read.text.contains("onerror"), "{}", read.text);
    let code = "0123456789abcdef".repeat(2);
    let link = format!("> https://example.com/support/t/CPP-7K3M9Q/{code}");
    let read = mail(&address(), "", &format!("Done.\r\n\r\nOn 4 May 2026, Us wrote:\r\n> -- Please\r\n{link}\r\n"));
    assert_eq!(read.text, "Done.");
    let quoted = read.quoted.expect("what it quotes");
    assert!(quoted.contains("CPP-7K3M9Q/…") && !quoted.contains(&code), "{quoted}");
}

#[test]
fn files_come_with_their_names() {
    let headers = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n";
    let body = "--b\r\nContent-Type: text/plain\r\n\r\nSee there.\r\n--b\r\nContent-Type: image/png\r\n\
                Content-Disposition: attachment; filename=\"a\u{202e}gnp.png\"\r\n\r\nx\r\n--b--\r\n";
    let read = mail(&address(), headers, body);
    let file = Upload { name: "a\u{202e}gnp.png".to_owned(), bytes: b"x".to_vec() };
    assert_eq!((read.text.as_str(), read.files), ("See there.", vec![file]));
}

#[test]
fn the_same_mail_brought_twice_has_one_id() {
    assert_eq!(mail(&address(), "", "x").id, mail(&address(), "X-Hop: 2\r\n", "x").id);
    let without =
        |body: &str| read(&secret(), format!("From: a@example.org\r\n\r\n{body}").as_bytes(), &Envelope::default(), "");
    let [a, again, b] = ["a", "a", "b"].map(|body| without(body).expect("a mail").id);
    assert_eq!(a, again);
    assert_ne!(a, b);
}

#[test]
fn the_envelope_is_what_the_server_wrote_on_top() {
    let raw = b"Return-Path: <ada@example.org>\r\nX-Original-To: support+x@example.com\r\nDelivered-To: box@example.com\r\nFrom: a@example.org\r\n\r\nx";
    let expected = Envelope { from: Some("ada@example.org".to_owned()), to: "support+x@example.com".to_owned() };
    assert_eq!(envelope(raw), expected);
    assert_eq!(envelope(b"Return-Path: <>\r\n\r\nx").from.as_deref(), Some(""));
    assert_eq!(
        envelope(b"From: a@example.org\r\n\r\nx").from,
        None,
        "who says nothing does not say that nobody sent it"
    );
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test of how long it takes")]
fn nothing_that_comes_in_makes_it_fail() {
    let hostile: Vec<Vec<u8>> = vec![
        vec![],
        vec![0; 100_000],
        b"\xff\xfe\xfd".repeat(10_000),
        "From: ".repeat(50_000).into_bytes(),
        format!("References: {}\r\n\r\n", "<a@b>".repeat(100_000)).into_bytes(),
        format!(
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n{}",
            "--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n".repeat(5_000)
        )
        .into_bytes(),
        format!("From: a@example.org\r\n\r\n{}", "<ticket+".repeat(50_000)).into_bytes(),
        format!("From: a@example.org\r\nContent-Type: text/html\r\n\r\n{}", "<div>".repeat(100_000)).into_bytes(),
    ];
    for raw in hostile {
        let began = std::time::Instant::now();
        _ = read(&secret(), &raw, &Envelope::default(), AUTHORITY);
        assert!(began.elapsed().as_secs() < 3, "{:?} for {} bytes", began.elapsed(), raw.len());
    }
}
