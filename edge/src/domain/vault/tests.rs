//! What a vault does with purchases, reports and its outbox.

use super::*;
use crate::domain::fact::Fact;
use crate::domain::id::Secret;
use crate::domain::license::{LicenseKey, Status};
use crate::domain::outbox::JobId;
use crate::domain::payment::{DisputeStage, Incident, Paid, Provider, Refund};
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
        apply(vault, Command::Settle { job: job.id, revision: job.revision, delivered: true }, NOW).0
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
    let settle = Command::Settle { job: publish.id.clone(), revision: publish.revision, delivered: true };
    let (vault, _) = apply(vault, settle, NOW);
    assert_eq!(vault.outbox[&publish.id.name()].due_at, NOW);
}
