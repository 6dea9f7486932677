//! What jobs are about. A job has a name by that, so that the same is never queued twice.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::declare;
use crate::domain::attachment::FileId;
use crate::domain::id::hex;
use crate::domain::license::{LicenseId, LicenseKey};
use crate::domain::notice::Notice;
use crate::domain::payment::{PurchaseId, SubscriptionId};
use crate::domain::rights::RequestId;
use crate::domain::ticket::TicketNumber;

/// What a job is about; also its name in the vault, so that queueing it twice is queueing it once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobId {
    /// Publish the view of a license and the pointer of its key.
    Publish {
        /// The license.
        license: LicenseId,
    },
    /// Mail a license to its buyer.
    MailLicense {
        /// The license.
        license: LicenseId,
    },
    /// Say that a license was prolonged.
    MailRenewed {
        /// The purchase that did it.
        purchase: PurchaseId,
    },
    /// Say that the money for a purchase did not come.
    MailFailed {
        /// The purchase.
        purchase: PurchaseId,
    },
    /// Say that a renewal could not be collected.
    MailUnpaid {
        /// The subscription.
        subscription: SubscriptionId,
        /// Id of the invoice.
        invoice: String,
    },
    /// Mail all licenses to their holder, who asked for them.
    MailKeys {},
    /// Say that a license will end.
    MailReminder {
        /// The license.
        license: LicenseId,
        /// How many days before its end.
        days: u32,
    },
    /// Tell a notice.
    MailNotice {
        /// The notice.
        notice: Notice,
    },
    /// Say that a ticket was opened, and where.
    MailTicket {
        /// Its number.
        ticket: TicketNumber,
    },
    /// Bring an answer.
    MailAnswer {
        /// The ticket.
        ticket: TicketNumber,
        /// Which of its messages.
        message: u32,
    },
    /// Show staff what somebody wrote.
    MailStaff {
        /// The ticket.
        ticket: TicketNumber,
        /// Which of its messages.
        message: u32,
    },
    /// Mail the link of a request about personal data.
    MailRight {
        /// The request.
        request: RequestId,
    },
    /// Tell staff that one has to be answered soon.
    MailRightDue {
        /// The request.
        request: RequestId,
        /// How many days are left.
        days: u32,
    },
    /// Say that an answer takes longer, and why.
    MailExtended {
        /// The request.
        request: RequestId,
    },
    /// Delete a person, as they ordered.
    Erase {
        /// The request.
        request: RequestId,
    },
    /// Tell them what was deleted.
    MailErased {
        /// The request.
        request: RequestId,
    },
    /// Ask at a new address whether it is theirs.
    MailProof {
        /// The request.
        request: RequestId,
    },
    /// Bring all that is here to the vault of a new address.
    Relocate {
        /// The request.
        request: RequestId,
    },
    /// Tell the new address that all is there.
    MailCame {
        /// The request.
        request: RequestId,
    },
    /// Tell the old address that it is gone from here.
    MailLeft {
        /// The request.
        request: RequestId,
    },
    /// Forget an order whose time is over.
    Expire {
        /// Its license.
        license: LicenseId,
    },
    /// Take away what leads to a ticket that is gone.
    Release {
        /// The ticket.
        ticket: TicketNumber,
    },
    /// Take away the view of a license whose key was deleted, and what leads here by that key.
    Withdraw {
        /// The key, until that is done.
        key: LicenseKey,
    },
    /// Take away a file whose message is gone.
    DropFile {
        /// Which.
        file: FileId,
    },
    /// Report the vault to the desk.
    Register {},
}

declare! {
    enum JobId {
        Publish { license: [PurchaseDetails] for [Deliver]; }
        MailLicense { license: [PurchaseDetails] for [Deliver]; }
        MailRenewed { purchase: PurchaseId; }
        MailFailed { purchase: PurchaseId; }
        MailUnpaid {
            subscription: SubscriptionId;
            invoice: [PurchaseDetails] for [Deliver];
        }
        MailKeys {}
        MailReminder {
            license: [PurchaseDetails] for [Notify];
            days: [PurchaseDetails] for [Notify];
        }
        MailNotice { notice: Notice; }
        // A number is drawn at random, and the row goes as soon as the mail went.
        MailTicket { ticket: [NotPersonal] for [Support]; }
        MailAnswer {
            ticket: [NotPersonal] for [Support];
            message: [NotPersonal] for [Support];
        }
        MailStaff {
            ticket: [NotPersonal] for [Support];
            message: [NotPersonal] for [Support];
        }
        // An id is drawn at random, and the row goes with the mail.
        MailRight { request: [NotPersonal] for [Rights]; }
        MailRightDue {
            request: [NotPersonal] for [Rights];
            days: [NotPersonal] for [Rights];
        }
        MailExtended { request: [NotPersonal] for [Rights]; }
        Erase { request: [NotPersonal] for [Rights]; }
        MailErased { request: [NotPersonal] for [Rights]; }
        MailProof { request: [NotPersonal] for [Rights]; }
        Relocate { request: [NotPersonal] for [Rights]; }
        MailCame { request: [NotPersonal] for [Rights]; }
        MailLeft { request: [NotPersonal] for [Rights]; }
        Expire { license: [PurchaseDetails] for [Deliver]; }
        Release { ticket: [NotPersonal] for [Support]; }
        Withdraw { key: [LicenseKey] for [Deliver]; }
        // An id says nothing, and the row goes with the file.
        DropFile { file: [NotPersonal] for [Support]; }
        Register {}
    }
}

impl JobId {
    /// Its kind in a word, for the log.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Publish { .. } => "publish",
            Self::MailLicense { .. } => "mail-license",
            Self::MailRenewed { .. } => "mail-renewed",
            Self::MailFailed { .. } => "mail-failed",
            Self::MailUnpaid { .. } => "mail-unpaid",
            Self::MailKeys {} => "mail-keys",
            Self::MailReminder { .. } => "mail-reminder",
            Self::MailNotice { .. } => "mail-notice",
            Self::MailTicket { .. } => "mail-ticket",
            Self::MailAnswer { .. } => "mail-answer",
            Self::MailStaff { .. } => "mail-staff",
            Self::MailRight { .. } => "mail-right",
            Self::MailRightDue { .. } => "mail-right-due",
            Self::MailExtended { .. } => "mail-extended",
            Self::Erase { .. } => "erase",
            Self::MailErased { .. } => "mail-erased",
            Self::MailProof { .. } => "mail-proof",
            Self::Relocate { .. } => "relocate",
            Self::MailCame { .. } => "mail-came",
            Self::MailLeft { .. } => "mail-left",
            Self::Expire { .. } => "expire",
            Self::Release { .. } => "release",
            Self::Withdraw { .. } => "withdraw",
            Self::DropFile { .. } => "drop-file",
            Self::Register {} => "register",
        }
    }

    /// Whether it is a mail.
    pub fn is_mail(&self) -> bool {
        let is_our_own = matches!(
            self,
            Self::Publish { .. }
                | Self::Withdraw { .. }
                | Self::Erase { .. }
                | Self::Relocate { .. }
                | Self::Expire { .. }
                | Self::Release { .. }
                | Self::DropFile { .. }
                | Self::Register {}
        );
        !is_our_own
    }

    /// Whether it is about a request for personal data, which stays where it was asked.
    pub fn is_about_a_request(&self) -> bool {
        matches!(
            self,
            Self::MailRight { .. }
                | Self::MailRightDue { .. }
                | Self::MailExtended { .. }
                | Self::Erase { .. }
                | Self::MailErased { .. }
                | Self::MailProof { .. }
                | Self::Relocate { .. }
                | Self::MailCame { .. }
                | Self::MailLeft { .. }
        )
    }

    /// Whether it is about this license.
    pub fn is_of(&self, about: &LicenseId) -> bool {
        match self {
            Self::Publish { license } | Self::MailLicense { license } | Self::MailReminder { license, .. } => {
                license == about
            }
            _ => false,
        }
    }

    /// Its name within the vault.
    pub fn name(&self) -> String {
        let word = self.word();
        match self {
            Self::Publish { license } | Self::MailLicense { license } | Self::Expire { license } => {
                format!("{word}/{}", license.as_str())
            }
            Self::MailRenewed { purchase } | Self::MailFailed { purchase } => {
                format!("{word}/{}/{}", purchase.provider.as_str(), purchase.id)
            }
            Self::MailUnpaid { subscription, invoice } => {
                format!("{word}/{}/{}/{invoice}", subscription.provider.as_str(), subscription.id)
            }
            Self::MailReminder { license, days } => format!("{word}/{}/{days}", license.as_str()),
            Self::MailNotice { notice } => format!("{word}/{}", notice.id()),
            Self::MailTicket { ticket } | Self::Release { ticket } => format!("{word}/{}", ticket.as_str()),
            Self::MailAnswer { ticket, message } | Self::MailStaff { ticket, message } => {
                format!("{word}/{}/{message}", ticket.as_str())
            }
            Self::MailRight { request }
            | Self::MailExtended { request }
            | Self::Erase { request }
            | Self::MailErased { request }
            | Self::MailProof { request }
            | Self::Relocate { request }
            | Self::MailCame { request }
            | Self::MailLeft { request } => format!("{word}/{}", request.as_str()),
            // A key stands in no name.
            Self::Withdraw { key } => {
                let digest = Sha256::digest(key.as_str());
                format!("{word}/{}", hex(digest.get(..16).unwrap_or(&digest)))
            }
            Self::MailRightDue { request, days } => format!("{word}/{}/{days}", request.as_str()),
            Self::DropFile { file } => format!("{word}/{}", file.as_str()),
            Self::MailKeys {} | Self::Register {} => word.to_owned(),
        }
    }
}
