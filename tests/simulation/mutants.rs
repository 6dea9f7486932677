//! Mistakes made on purpose. The core stays as it is; the world around it bends a call in such a way that the whole
//! behaves as a core with that mistake would. A simulation that does not notice them is itself broken.

use edge::domain::fact::Fact;
use edge::domain::id::Secret;
use edge::domain::license::LicenseKey;
use edge::domain::outbox::Waiting;
use edge::domain::payment::{Incident, Refund};
use edge::domain::seat::SiteMark;
use edge::domain::subscription::Turn;
use edge::domain::time::Moment;
use edge::domain::{pointer, vault};
use edge::ports::{Clock, Entropy};
use edge::store::object::{Address, Command, Rows};
use edge::store::record;

use super::seats::SEATS;
use super::world::World;

/// A mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mutant {
    /// License keys are drawn, and a purchase reported again gets another one.
    RandomKeys,
    /// An error of a write to the key-value store is swallowed.
    SwallowedError,
    /// A refund whose purchase is not visible yet is dropped.
    RefundNeedsPurchase,
    /// A storage object answers before its write is durable.
    AnsweredBeforeWritten,
    /// A mail counts as sent although the provider never took it.
    MailSettledUnsent,
    /// A job counts as done although its cause came after it was handed out.
    SettledWhateverRevision,
    /// Of two vaults that claim a purchase the last one gets it.
    LastClaimWins,
    /// All buyers share a vault.
    OneVaultForAll,
    /// A purchase that nobody may fulfil unseen is not set aside.
    HeldForgotten,
    /// An alarm is set in a step of its own, and nothing mends a failure between write and alarm if nobody asks again.
    AlarmAfterWrite,
    /// Nobody sees to it that an alarm whose answer never ends rings again.
    AlarmWithoutGuard,
    /// A license takes any number of sites.
    SeatsUnlimited,
    /// A site that is active takes another seat when it asks again.
    SeatForEachRequest,
    /// What a processor reports of a payment frees the seats of its buyer.
    SeatsLostWithReport,
    /// Staging and local sites take seats.
    SeatsForCopies,
    /// The invoice that is reported last says how long a subscription is paid.
    LastInvoiceWins,
    /// How a subscription goes on is what was reported last, whenever it was so.
    CourseByArrival,
    /// That a payment is behind an invoice is not kept.
    InvoicePaymentForgotten,
    /// Every report of `PayPal`'s is taken for genuine.
    ForgeriesBelieved,
    /// A part of the money that went back counts as all of it.
    PartCountsAsWhole,
    /// That a bank took money back without asking is passed over.
    ReversalPassedOver,
}

impl Mutant {
    /// All of them.
    pub(super) const ALL: [Self; 21] = [
        Self::RandomKeys,
        Self::SwallowedError,
        Self::RefundNeedsPurchase,
        Self::AnsweredBeforeWritten,
        Self::MailSettledUnsent,
        Self::SettledWhateverRevision,
        Self::LastClaimWins,
        Self::OneVaultForAll,
        Self::HeldForgotten,
        Self::AlarmAfterWrite,
        Self::AlarmWithoutGuard,
        Self::SeatsUnlimited,
        Self::SeatForEachRequest,
        Self::SeatsLostWithReport,
        Self::SeatsForCopies,
        Self::LastInvoiceWins,
        Self::CourseByArrival,
        Self::InvoicePaymentForgotten,
        Self::ForgeriesBelieved,
        Self::PartCountsAsWhole,
        Self::ReversalPassedOver,
    ];

    /// The promises that it breaks, each of which has to notice it: an error of another kind would be luck.
    pub(super) fn breaks(self) -> &'static [&'static str] {
        match self {
            Self::RandomKeys => &["I1"],
            Self::SwallowedError | Self::RefundNeedsPurchase | Self::SettledWhateverRevision => &["I3", "I4"],
            Self::AnsweredBeforeWritten => &["I3", "I4", "I8"],
            Self::SeatsUnlimited => &["I13"],
            Self::SeatForEachRequest | Self::SeatsLostWithReport | Self::SeatsForCopies => &["I14"],
            Self::LastInvoiceWins | Self::CourseByArrival => &["I15"],
            Self::ForgeriesBelieved => &["I2"],
            Self::InvoicePaymentForgotten | Self::PartCountsAsWhole | Self::ReversalPassedOver => &["I3"],
            Self::LastClaimWins | Self::OneVaultForAll => &["I8"],
            Self::MailSettledUnsent | Self::HeldForgotten | Self::AlarmAfterWrite | Self::AlarmWithoutGuard => &["I4"],
        }
    }
}

impl World {
    /// Bends a command on its way to a storage object.
    pub(super) fn bend(&self, mutant: Mutant, address: &Address, command: Command) -> (Address, Command) {
        let random = self.random().expect("the world has randomness");
        let now = self.now();
        let objects = &mut self.shared.borrow_mut().objects;
        let mut address = address.clone();
        if mutant == Mutant::OneVaultForAll && matches!(address, Address::Vault(_)) {
            address = objects.vaults().next().map_or(address, |(first, _)| first.clone());
        }
        let rows = &mut objects.get_mut(&address).rows;
        let command = match (mutant, command) {
            (Mutant::RandomKeys, Command::Vault(vault::Command::Open { purchase, settlement, holder, mut offer })) => {
                rows.remove(&format!("order/{}/{}", purchase.id.provider.as_str(), purchase.id.id));
                offer.key = LicenseKey::derive(&Secret::new(random).expect("not empty"), &purchase.id, 1);
                Command::Vault(vault::Command::Open { purchase, settlement, holder, offer })
            }
            (Mutant::SettledWhateverRevision, Command::Vault(vault::Command::Settle { job, revision, ended })) => {
                let revision = waiting_revision(rows, &job.name()).unwrap_or(revision);
                Command::Vault(vault::Command::Settle { job, revision, ended })
            }
            (Mutant::LastClaimWins, command @ Command::Pointer(pointer::Command::Claim { .. })) => {
                rows.clear();
                command
            }
            (_, Command::Vault(command)) => {
                let command = bend_seats(mutant, random, rows, command);
                Command::Vault(bend_report(mutant, now, rows, command))
            }
            (_, command) => command,
        };
        (address, command)
    }
}

/// The same for what is asked of seats.
fn bend_seats(mutant: Mutant, random: [u8; 16], rows: &mut Rows, mut command: vault::Command) -> vault::Command {
    match (mutant, &mut command) {
        (Mutant::SeatsUnlimited, vault::Command::Activate { .. }) => {
            for (_, text) in rows.iter_mut().filter(|(row, _)| row.starts_with("order/")) {
                *text = text.replace(&format!(r#""seats":{SEATS}"#), r#""seats":0"#);
            }
        }
        (Mutant::SeatForEachRequest, vault::Command::Activate { site, .. }) => {
            let digits = random.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
            site.mark = SiteMark::parse(&digits).expect("32 digits");
        }
        (Mutant::SeatsLostWithReport, vault::Command::Report { .. }) => {
            rows.retain(|row, _| !row.starts_with("activation/"));
        }
        (Mutant::SeatsForCopies, vault::Command::Activate { site, .. }) => site.exempt = false,
        _ => {}
    }
    command
}

/// The same for what is reported of money.
fn bend_report(mutant: Mutant, now: Moment, rows: &mut Rows, mut command: vault::Command) -> vault::Command {
    let vault::Command::Report { fact } = &mut command else { return command };
    match (mutant, fact) {
        (Mutant::LastInvoiceWins, Fact::Turn { turn: Turn::Paid { .. }, .. }) => {
            rows.retain(|row, _| !row.starts_with("subscription/"));
        }
        (Mutant::CourseByArrival, Fact::Turn { turn: Turn::Course { at, .. }, .. }) => *at = now,
        (Mutant::PartCountsAsWhole, Fact::Incident { incident: Incident::Refund { refund, .. }, .. }) => {
            *refund = Refund::Whole {};
        }
        (Mutant::ReversalPassedOver, Fact::Incident { incident: Incident::Dispute { id, .. }, .. })
            if id.starts_with("reversal/") =>
        {
            return vault::Command::Overview;
        }
        (Mutant::InvoicePaymentForgotten, Fact::PaidBy { .. }) => return vault::Command::Overview,
        _ => {}
    }
    command
}

fn waiting_revision(rows: &Rows, job: &str) -> Option<u64> {
    let waiting: Waiting = record::decode(rows.get(&format!("outbox/{job}"))?).ok()?;
    Some(waiting.revision)
}
