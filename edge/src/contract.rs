//! The words in which the code says what it stores and sends, and the published policy says what it promises.
//!
//! Both sides speak the same closed vocabulary, so that the build can hold them against each other: [`declare`] ties each
//! field of a type to its words, [`register`] lists everything that exists, and the generator compares the list with the
//! contract of each policy version.

pub mod declare;
pub mod period;
pub mod register;
pub mod terms;

pub use declare::{Datum, Declared, Holds, Sent, Stored};
pub use period::{Ending, Erasure, Period, Retention};
pub use terms::{
    Category, Conduct, Context, CookieCategory, Export, Ground, Keeping, Place, Purpose, Recipient, Right, Unit,
};
