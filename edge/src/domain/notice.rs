//! Notices: what every holder is told once. There are three kinds and no other; none of them sells anything.

use serde::{Deserialize, Serialize};

use crate::contract::{Context, Erasure, Export, Keeping, Place, Retention, Stored};
use crate::declare;
use crate::domain::id::Subject;

/// Something that holders are told.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "notice", rename_all = "snake_case")]
pub enum Notice {
    /// A release closes a hole.
    Security {
        /// Id of the product.
        product: String,
        /// The version to update to.
        version: String,
    },
    /// A release that staff want everybody to know of.
    Update {
        /// Id of the product.
        product: String,
        /// The version.
        version: String,
    },
    /// A new version of the privacy policy is published.
    Policy {
        /// Its id, the day it takes effect.
        version: String,
    },
}

declare! {
    enum Notice {
        Security {
            product: [PurchaseDetails] for [Notify];
            version: [PurchaseDetails] for [Notify];
        }
        Update {
            product: [PurchaseDetails] for [Notify];
            version: [PurchaseDetails] for [Notify];
        }
        Policy { version: [PurchaseDetails] for [Notify]; }
    }
}

impl Notice {
    /// Its name, which says whether somebody was told already.
    pub fn id(&self) -> String {
        match self {
            // A release is told of once, whether or not it turned out to close a hole.
            Self::Security { product, version } | Self::Update { product, version } => {
                format!("release/{product}/{version}")
            }
            Self::Policy { version } => format!("policy/{version}"),
        }
    }

    /// The product it is about; none when it is about all.
    pub fn product(&self) -> Option<&str> {
        match self {
            Self::Security { product, .. } | Self::Update { product, .. } => Some(product),
            Self::Policy { .. } => None,
        }
    }
}

/// How far the telling of a notice has come. The desk keeps it, so that a run that was broken off goes on where it was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The last vault that was asked, in the order of their names; none before the first.
    pub after: Option<Subject>,
    /// Vaults asked so far.
    pub asked: u64,
    /// Mails queued so far.
    pub queued: u64,
    /// Whether all were asked.
    pub done: bool,
}

declare! {
    Progress {
        after: [PurchaseDetails] for [Notify];
        asked: [NotPersonal] for [Notify];
        queued: [NotPersonal] for [Notify];
        done: [NotPersonal] for [Notify];
    }
}

impl Stored for Progress {
    const KEEPING: Keeping = Keeping {
        place: Place::DeskNotice,
        context: Context::Purchase,
        retention: Retention::UntilErased,
        erasure: Erasure::Delete,
        export: Export::Withheld { why: "how many were told" },
    };
}
