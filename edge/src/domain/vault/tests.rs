//! What a vault does with purchases, reports and its outbox.

use super::*;
use crate::domain::fact::Fact;
use crate::domain::id::Secret;
use crate::domain::license::{LicenseKey, Status};
use crate::domain::outbox::{JobId, Try, Work};
use crate::domain::payment::{DisputeStage, Incident, Paid, Provider, Refund};
use crate::domain::subscription::Turn;
use crate::site::Term;

const NOW: Moment = Moment(1_790_000_000);

fn purchase(id: &str) -> Purchase {
    Purchase {
        at: NOW,
        id: PurchaseId::new(Provider::Stripe, id),
        subscription: None,
        renews: None,
        customer: None,
        product: "client-portal-plus".to_owned(),
        plan: "single".to_owned(),
        seats: 1,
        term: Term::OneYear,
        price_drift: false,
        policy: "2025-03-31".to_owned(),
    }
}

fn payment(id: &str) -> PaymentId {
    PaymentId::new(Provider::Stripe, format!("pi_{id}"))
}

fn paid(id: &str) -> Settlement {
    Settlement::Paid { paid: Paid { at: NOW, until: None, payment: Some(payment(id)), amount: None } }
}

fn license_of(id: &str) -> Issued {
    let (secret, id) = (Secret::new("secret").expect("not empty"), PurchaseId::new(Provider::Stripe, id));
    Issued { id: LicenseId::derive(&secret, &id, 1), key: LicenseKey::derive(&secret, &id, 1) }
}

fn open(purchase: Purchase, settlement: Settlement) -> Command {
    let email = Email::parse("ada@example.com").expect("an address");
    let holder = Holder { as_of: NOW, name: "Ada".to_owned(), email };
    let offer = license_of(&purchase.id.id);
    Command::Open { purchase, settlement, holder, offer }
}

fn issue_command(id: &str) -> Command {
    open(purchase(id), paid(id))
}

fn refund(id: &str) -> Command {
    let incident = Incident::Refund { id: "ch_1".to_owned(), at: NOW, refund: Refund::Whole {} };
    Command::Report { fact: Fact::Incident { payment: payment(id), incident } }
}

fn run(commands: impl IntoIterator<Item = Command>) -> (Vault, Option<Reply>) {
    commands.into_iter().fold((Vault::default(), None), |(vault, _), command| {
        let (vault, reply) = apply(vault, command, NOW);
        (vault, Some(reply))
    })
}

fn standing(vault: &Vault) -> Status {
    vault.state(vault.orders.values().next().expect("an order")).standing
}

#[test]
fn a_purchase_ends_in_one_license_and_its_three_jobs() {
    let (vault, reply) = run([issue_command("cs_1")]);
    let Some(Reply::Opened { license, state }) = reply else { panic!("a license") };
    assert_eq!(state.status(NOW), Status::Active);
    let due: Vec<&str> = vault.outbox.values().filter(|job| job.due_at <= NOW).map(|job| job.id.word()).collect();
    assert_eq!(due, ["mail-license", "publish", "register"]);
    assert_eq!(vault.alarm(), Some(NOW));
    assert!(vault.outbox.contains_key(&JobId::MailLicense { license: license.id }.name()));
}

#[test]
fn the_same_purchase_again_changes_nothing() {
    let (once, first) = run([issue_command("cs_1")]);
    let (twice, second) = run([issue_command("cs_1"), issue_command("cs_1")]);
    assert_eq!((once, first), (twice, second));
}

#[test]
fn a_purchase_keeps_the_license_it_has() {
    let Command::Open { purchase, holder, settlement, .. } = issue_command("cs_1") else { panic!("issue") };
    let Command::Open { offer: other, .. } = issue_command("cs_2") else { panic!("issue") };
    let (vault, _) = run([issue_command("cs_1"), Command::Open { purchase, settlement, holder, offer: other.clone() }]);
    assert_ne!(vault.orders.values().next().expect("an order").license, other);
}

#[test]
fn a_refund_counts_whether_it_comes_after_the_purchase_or_before() {
    assert_eq!(standing(&run([issue_command("cs_1"), refund("cs_1")]).0), Status::Refunded);
    assert_eq!(standing(&run([refund("cs_1"), issue_command("cs_1")]).0), Status::Refunded);
}

#[test]
fn a_refund_of_one_purchase_leaves_the_other_alone() {
    let (vault, _) = run([issue_command("cs_1"), issue_command("cs_2"), refund("cs_1")]);
    let by_id = |id: &str| vault.state(&vault.orders[&purchase(id).id]).standing;
    assert_eq!((by_id("cs_1"), by_id("cs_2")), (Status::Refunded, Status::Active));
}

#[test]
fn a_won_dispute_gives_the_license_back() {
    let dispute = |at, stage| {
        let incident = Incident::Dispute { id: "dp_1".to_owned(), at: Moment(at), stage };
        Command::Report { fact: Fact::Incident { payment: payment("cs_1"), incident } }
    };
    let open = dispute(1, DisputeStage::Open);
    assert_eq!(standing(&run([issue_command("cs_1"), open.clone()]).0), Status::Suspended);
    assert_eq!(standing(&run([issue_command("cs_1"), dispute(2, DisputeStage::Won), open]).0), Status::Active);
}

#[test]
fn a_license_ends_with_its_term() {
    let (vault, _) = run([issue_command("cs_1")]);
    let state = vault.state(vault.orders.values().next().expect("an order"));
    let end = state.expires_at.expect("a term");
    assert_eq!(state.status(Moment(end.0 - 1)), Status::Active);
    assert_eq!(state.status(end), Status::Expired);
}

#[test]
fn delivered_jobs_leave_and_only_the_view_comes_back_to_be_refreshed() {
    let (vault, reply) = run([issue_command("cs_1"), Command::Due]);
    let Some(Reply::Jobs { jobs }) = reply else { panic!("jobs") };
    let settled = jobs.into_iter().fold(vault, |vault, job| {
        apply(vault, Command::Settle { job: job.id, revision: job.revision, ended: Try::Delivered }, NOW).0
    });
    let left: Vec<&str> = settled.outbox.values().map(|job| job.id.word()).collect();
    assert_eq!(left, ["mail-reminder", "mail-reminder", "publish"]);
    assert!(settled.alarm().expect("a refresh") > NOW);
    assert_eq!(apply(settled, Command::Due, NOW).1, Reply::Jobs { jobs: vec![] });
}

#[test]
fn a_view_published_while_a_refund_came_in_is_published_again() {
    let (vault, reply) = run([issue_command("cs_1"), Command::Due]);
    let Some(Reply::Jobs { jobs }) = reply else { panic!("jobs") };
    let publish = jobs.into_iter().find(|job| matches!(job.id, JobId::Publish { .. })).expect("a view");
    let (vault, _) = apply(vault, refund("cs_1"), NOW);
    let settle = Command::Settle { job: publish.id.clone(), revision: publish.revision, ended: Try::Delivered };
    let (vault, _) = apply(vault, settle, NOW);
    assert_eq!(vault.outbox[&publish.id.name()].due_at, NOW);
}

fn site(name: &str, exempt: bool) -> Site {
    let secret = Secret::new("secret").expect("not empty");
    let identity = crate::domain::seat::SiteIdentity::parse(name).expect("an address");
    let mark = SiteMark::of(&secret, &license_of("cs_1").id, &identity);
    Site { mark, address: None, exempt, version: String::new(), token: None }
}

fn named() -> Named {
    Named::Key { key: license_of("cs_1").key }
}

fn activate(name: &str) -> Command {
    Command::Activate { license: named(), site: site(name, false) }
}

fn grant(reply: Option<Reply>) -> Grant {
    match reply {
        Some(Reply::Activated(activated)) => activated.grant,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_limit_of_seats_is_a_limit() {
    let (vault, reply) = run([issue_command("cs_1"), activate("a.test.com"), activate("b.test.com")]);
    assert_eq!(grant(reply), Grant::NoSeats);
    assert_eq!(vault.activations.len(), 1);
    let (_, reply) = run([issue_command("cs_1"), activate("a.test.com"), activate("a.test.com")]);
    assert_eq!(grant(reply), Grant::Granted);
}

#[test]
fn a_freed_seat_can_be_taken_again() {
    let free = Command::Deactivate { license: named(), site: site("a.test.com", false).mark };
    let (vault, reply) =
        run([issue_command("cs_1"), activate("a.test.com"), free.clone(), free, activate("b.test.com")]);
    assert_eq!(grant(reply), Grant::Granted);
    assert_eq!(vault.activations.len(), 1);
}

#[test]
fn a_staging_site_takes_no_seat_until_it_is_said_to_be_a_live_one() {
    let staging = Command::Activate { license: named(), site: site("b.test.com", true) };
    let (vault, reply) = run([issue_command("cs_1"), activate("a.test.com"), staging.clone()]);
    assert_eq!(grant(reply), Grant::Granted);
    assert_eq!((standing_of(&vault).seats_used, standing_of(&vault).sites_exempt), (1, 1));
    let (_, reply) = run([issue_command("cs_1"), activate("a.test.com"), staging.clone(), activate("b.test.com")]);
    assert_eq!(grant(reply), Grant::NoSeats);
    // What a site says of itself frees no seat that it has taken.
    let as_staging = Command::Activate { license: named(), site: site("a.test.com", true) };
    let (vault, _) = run([issue_command("cs_1"), activate("a.test.com"), as_staging]);
    assert_eq!(standing_of(&vault).seats_used, 1);
}

#[test]
fn a_license_that_is_not_good_is_not_activated_and_can_be_moved_away() {
    let (vault, reply) = run([issue_command("cs_1"), activate("a.test.com"), refund("cs_1"), activate("b.test.com")]);
    assert_eq!(grant(reply), Grant::NotGood);
    let free = Command::Deactivate { license: named(), site: site("a.test.com", false).mark };
    assert_eq!(apply(vault, free, NOW).0.activations.len(), 0);
}

#[test]
fn a_plan_that_was_made_smaller_keeps_its_sites() {
    use crate::domain::subscription::{Course, PlanChange, Turn};

    let subscription = SubscriptionId::new(Provider::Stripe, "sub_1");
    let sold = Purchase { seats: 2, subscription: Some(subscription.clone()), ..purchase("cs_1") };
    let plan = Some(PlanChange { plan: "one".to_owned(), seats: 1 });
    let turn = Turn::Course { at: NOW, course: Course::Renewing, plan };
    let smaller = Command::Report { fact: Fact::Turn { subscription, turn } };
    let opened = open(sold, paid("cs_1"));
    let (vault, reply) = run([
        opened,
        activate("a.test.com"),
        activate("b.test.com"),
        smaller,
        activate("b.test.com"),
        activate("c.test.com"),
    ]);
    assert_eq!(grant(reply), Grant::NoSeats);
    let state = standing_of(&vault);
    assert_eq!((state.plan.as_str(), state.seats, state.seats_used), ("one", 1, 2));
}

#[test]
fn a_renewal_prolongs_the_license_and_does_not_change_its_holder() {
    let renewal = Purchase { renews: Some(license_of("cs_1").id), ..purchase("cs_2") };
    let Command::Open { purchase, settlement, offer, .. } = open(renewal, paid("cs_2")) else { panic!("open") };
    let friend = Email::parse("friend@example.com").expect("an address");
    let holder = Holder { as_of: NOW.a_year_later(), name: "Friend".to_owned(), email: friend };
    let (vault, _) = run([issue_command("cs_1"), Command::Open { purchase, settlement, holder, offer }]);
    assert_eq!(vault.holder.as_ref().map(|holder| holder.name.as_str()), Some("Ada"));
    assert_eq!(standing_of(&vault).expires_at, Some(NOW.a_year_later().a_year_later()));
    let mails: Vec<&str> =
        vault.outbox.values().map(|job| job.id.word()).filter(|word| word.starts_with("mail")).collect();
    assert_eq!(mails, ["mail-license", "mail-reminder", "mail-reminder", "mail-renewed"]);
}

#[test]
fn nothing_is_mailed_before_it_is_paid_and_once_it_is() {
    let word = |vault: &Vault| vault.outbox.contains_key(&JobId::MailLicense { license: license_of("cs_1").id }.name());
    let waiting = open(purchase("cs_1"), Settlement::Awaited {});
    let (vault, _) = run([waiting.clone()]);
    assert!(!word(&vault));
    assert_eq!(standing(&vault), Status::Pending);
    let arrived = Command::Report { fact: Fact::Settled { purchase: purchase("cs_1").id, settlement: paid("cs_1") } };
    for story in [vec![waiting.clone(), arrived.clone()], vec![arrived, waiting]] {
        let (vault, _) = run(story);
        assert!(word(&vault));
        assert_eq!(standing(&vault), Status::Active);
    }
}

#[test]
fn a_buyer_hears_that_the_money_did_not_come() {
    let failed = Settlement::Failed { at: NOW };
    let failed = Command::Report { fact: Fact::Settled { purchase: purchase("cs_1").id, settlement: failed } };
    let (vault, reply) = run([open(purchase("cs_1"), Settlement::Awaited {}), failed, Command::Due]);
    assert_eq!(standing(&vault), Status::Revoked);
    let Some(Reply::Jobs { jobs }) = reply else { panic!("jobs") };
    assert_eq!(
        jobs.iter().filter(|job| job.id.word().starts_with("mail")).map(|job| job.id.word()).collect::<Vec<_>>(),
        ["mail-failed"]
    );
}

/// Does all that is due, and adds what was mailed.
fn deliver(vault: Vault, mailed: &mut Vec<&'static str>) -> Vault {
    let (vault, reply) = apply(vault, Command::Due, NOW);
    let Reply::Jobs { jobs } = reply else { panic!("jobs") };
    jobs.into_iter().fold(vault, |vault, job| {
        mailed.extend(matches!(job.work, Work::Mail { .. }).then(|| job.id.word()));
        apply(vault, Command::Settle { job: job.id, revision: job.revision, ended: Try::Delivered }, NOW).0
    })
}

#[test]
fn a_buyer_hears_of_a_failed_renewal_once_whichever_report_comes_first() {
    let subscription = SubscriptionId::new(Provider::Stripe, "sub_1");
    let bought = Purchase { subscription: Some(subscription.clone()), ..purchase("cs_1") };
    let turn = |turn| Command::Report { fact: Fact::Turn { subscription: subscription.clone(), turn } };
    let unpaid = |at: i64| turn(Turn::Unpaid { invoice: "in_2".to_owned(), at: Moment(at) });
    let first = Paid { at: NOW, until: None, payment: Some(payment("cs_1")), amount: None };
    let story = [
        open(bought, Settlement::Awaited {}),
        turn(Turn::Paid { invoice: "in_1".to_owned(), paid: first }),
        unpaid(NOW.0 + 1),
        unpaid(NOW.0 + 2),
    ];
    for turns in 0..story.len() {
        for backwards in [false, true] {
            let mut told = story.to_vec();
            told.rotate_left(turns);
            if backwards {
                told.reverse();
            }
            let mut mailed = vec![];
            told.into_iter()
                .fold(Vault::default(), |vault, command| deliver(apply(vault, command, NOW).0, &mut mailed));
            mailed.sort_unstable();
            assert_eq!(mailed, ["mail-license", "mail-unpaid"], "turned by {turns}, backwards: {backwards}");
        }
    }
}

#[test]
fn a_license_is_reminded_of_on_its_days_and_not_after_it_was_refunded() {
    let (vault, _) = run([issue_command("cs_1")]);
    let end = NOW.a_year_later();
    let days: Vec<Moment> =
        vault.outbox.values().filter(|job| job.id.word() == "mail-reminder").map(|job| job.due_at).collect();
    let days_before = |days| end.before(crate::domain::time::Seconds::days(days));
    assert_eq!(days, [days_before(30), days_before(7)]);
    let (vault, _) = apply(vault, refund("cs_1"), NOW);
    assert!(!vault.outbox.values().any(|job| job.id.word() == "mail-reminder"));
}

#[test]
fn a_notice_is_told_once_and_only_to_whom_it_concerns() {
    use crate::domain::notice::Notice;

    let notice = |product: &str| {
        let notice = Notice::Security { product: product.to_owned(), version: "1.1".to_owned() };
        Command::Notify { notice }
    };
    let told = |commands: Vec<Command>| match run(commands) {
        (vault, Some(Reply::Notified { is_told })) => (is_told, vault),
        other => panic!("{other:?}"),
    };
    assert!(!told(vec![notice("client-portal-plus")]).0);
    assert!(!told(vec![issue_command("cs_1"), notice("another")]).0);
    assert!(!told(vec![issue_command("cs_1"), refund("cs_1"), notice("client-portal-plus")]).0);
    let (is_told, once) = told(vec![issue_command("cs_1"), notice("client-portal-plus")]);
    let (_, twice) = told(vec![issue_command("cs_1"), notice("client-portal-plus"), notice("client-portal-plus")]);
    assert!(is_told && once == twice);
}

#[test]
fn a_mail_that_says_the_same_to_many_has_a_key_of_its_own_for_each() {
    use crate::domain::mail::Letter;
    use crate::domain::outbox::Work;

    let keys = |id: &str| {
        let notice =
            Command::Notify { notice: crate::domain::notice::Notice::Policy { version: "2027-03-01".to_owned() } };
        let Some(Reply::Jobs { jobs }) = run([issue_command(id), notice, Command::Resend, Command::Due]).1 else {
            panic!("jobs")
        };
        let letters = jobs.into_iter().filter_map(|job| match job.work {
            Work::Mail { letter: Letter { id, .. } } => Some(id),
            _ => None,
        });
        letters.collect::<std::collections::BTreeSet<_>>()
    };
    let (ada, grace) = (keys("cs_1"), keys("cs_2"));
    assert_eq!((ada.len(), grace.len()), (3, 3));
    assert!(ada.is_disjoint(&grace), "{ada:?}");
}

#[test]
fn licenses_are_mailed_on_request_once_in_a_while_and_never_to_a_stranger() {
    assert_eq!(run([Command::Resend]).0, Vault::default());
    let (vault, _) = run([issue_command("cs_1"), Command::Resend]);
    assert!(vault.outbox.contains_key("mail-keys"));
    let (again, _) = apply(vault.clone(), Command::Resend, NOW.after(crate::domain::time::Seconds(599)));
    assert_eq!(again, vault);
    let later = NOW.after(crate::domain::time::Seconds(600));
    assert_eq!(apply(vault, Command::Resend, later).0.resent, Some(Told { at: later }));
}

#[test]
fn a_holder_sees_what_is_paid_or_still_to_be_paid_and_nothing_else() {
    let seen = |commands: Vec<Command>| match run(commands).1 {
        Some(Reply::Overview { licenses }) => {
            licenses.into_iter().map(|owned| owned.state.standing).collect::<Vec<_>>()
        }
        other => panic!("{other:?}"),
    };
    let awaited = || open(purchase("cs_2"), Settlement::Awaited {});
    let failed = Settlement::Failed { at: NOW };
    let failed = Command::Report { fact: Fact::Settled { purchase: purchase("cs_2").id, settlement: failed } };
    assert_eq!(seen(vec![Command::Overview]), []);
    assert_eq!(seen(vec![awaited(), Command::Overview]), [Status::Pending]);
    assert_eq!(seen(vec![awaited(), failed, Command::Overview]), []);
    assert_eq!(seen(vec![issue_command("cs_1"), refund("cs_1"), Command::Overview]), [Status::Refunded]);
}

#[test]
fn the_token_of_a_site_is_kept_until_half_of_its_life_is_over() {
    use crate::domain::token::{Claims, SealedToken, SigningKey, TOKEN_RENEWED_AFTER};

    let secret = Secret::new("secret").expect("not empty");
    let sealed = |status, issued_at| {
        let id = license_of("cs_1").id;
        let claims = Claims { license: &id, site: None, status, issued_at };
        SealedToken::seal(&claims, &claims.sign(&SigningKey::from_seed(&[1; 32])), &secret)
    };
    let seen = |token, now| {
        let command =
            Command::Seen { license: named(), site: site("example.com", false).mark, version: String::new(), token };
        (command, now)
    };
    let kept = |vault: &Vault| standing_of(vault).sites.into_values().next().and_then(|site| site.token);
    let (vault, _) = run([
        issue_command("cs_1"),
        Command::Activate {
            license: named(),
            site: Site { token: sealed(Status::Active, NOW), ..site("example.com", false) },
        },
    ]);
    assert_eq!(kept(&vault), sealed(Status::Active, NOW));
    let soon = NOW.after(crate::domain::time::Seconds(60));
    let half = NOW.after(TOKEN_RENEWED_AFTER);
    for (status, now, is_news) in [
        // Sites that ask before the view is published again all bring one.
        (Status::Active, soon, false),
        (Status::Grace, soon, true),
        (Status::Active, half, true),
    ] {
        let (command, now) = seen(sealed(status, now), now);
        let (after, _) = apply(vault.clone(), command, now);
        assert_eq!(kept(&after), if is_news { sealed(status, now) } else { kept(&vault) }, "{status:?}");
        assert_eq!(after == vault, !is_news, "what is no news changes nothing");
    }
    let (command, now) = seen(None, half);
    assert_eq!(apply(vault.clone(), command, now).0, vault);
}

fn standing_of(vault: &Vault) -> LicenseState {
    vault.state(vault.first_orders().next().expect("an order"))
}
