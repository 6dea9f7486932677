//! How a type says what its fields are. [`declare!`](crate::declare) stands beside the type and names every field; one
//! that is forgotten, added or misspelt does not compile, and neither does storing or sending a type that has no
//! declaration.
//!
//! ```
//! use edge::{contract::Declared, declare};
//!
//! struct Note { text: String }
//! declare! { Note { text: [RequestContent] for [Support]; } }
//! assert_eq!(Note::FIELDS.len(), 1);
//! ```
//!
//! `if declared` marks what the edge stores only while the policy in force declares it.
//!
//! A field without its declaration:
//!
//! ```compile_fail,E0027
//! use edge::{contract::Declared, declare};
//!
//! struct Note { text: String, phone: String }
//! declare! { Note { text: [RequestContent] for [Support]; } }
//! ```
//!
//! A type of our own hidden behind the words for one datum:
//!
//! ```compile_fail,E0277
//! use edge::{contract::Declared, declare};
//!
//! struct Person { phone: String }
//! struct Note { person: Person }
//! declare! { Note { person: [Name] for [Support]; } }
//! ```

use std::collections::BTreeMap;

use super::terms::{Category, Context, Keeping, Purpose, Recipient};

/// What one field holds.
#[derive(Debug, Clone, Copy)]
pub enum Holds {
    /// A datum.
    Datum {
        /// What it says about a person; several for a text that is put together.
        categories: &'static [Category],
        /// What it is for.
        purposes: &'static [Purpose],
        /// Who gets it, apart from the hosting that holds everything.
        recipients: &'static [Recipient],
        /// Whether it is stored only under a policy version that declares it.
        conditional: bool,
    },
    /// A type with fields of its own.
    Part(&'static [Field]),
}

/// A field and what it holds.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name; for a variant as Rust writes it.
    pub name: &'static str,
    /// What it holds.
    pub holds: Holds,
}

/// A type whose every field is declared. Implemented by [`declare!`](crate::declare) alone.
pub trait Declared {
    /// Its fields; for an enum its variants, which hold theirs.
    const FIELDS: &'static [Field];
}

/// A declared type that may be stored.
pub trait Stored: Declared {
    /// What holds for it as a whole.
    const KEEPING: Keeping;
}

/// A declared type that may be sent.
pub trait Sent: Declared {
    /// To whom.
    const TO: Recipient;
    /// On which occasion what it carries came to us.
    const CONTEXT: Context;
    /// Other occasions, where it carries what came on several: a mail is about a purchase or about a ticket.
    const ALSO: &'static [Context] = &[];
}

/// A value without parts.
pub trait Datum {}

impl Datum for bool {}
impl Datum for u8 {}
impl Datum for u32 {}
impl Datum for u64 {}
impl Datum for i64 {}
impl Datum for str {}
impl Datum for String {}
impl<Inner: Datum + ?Sized> Datum for &Inner {}
impl<Inner: Datum> Datum for Option<Inner> {}
impl<Inner: Datum> Datum for Vec<Inner> {}
impl<Inner: Datum, const N: usize> Datum for [Inner; N] {}
impl<One: Datum, Other: Datum> Datum for (One, Other) {}
impl<Key: Datum, Value: Datum> Datum for BTreeMap<Key, Value> {}

/// Something that carries parts of a type: itself, perhaps one, or many.
pub trait Carries<Part> {}

impl<Part> Carries<Part> for Part {}
impl<Part> Carries<Part> for Option<Part> {}
impl<Part> Carries<Part> for Vec<Part> {}
impl<Part> Carries<Part> for Option<Vec<Part>> {}
impl<Part, const N: usize> Carries<Part> for [Part; N] {}

/// Used by [`declare!`](crate::declare): the field is a datum.
pub const fn is_datum<Value: Datum + ?Sized>(_: &Value) {}

/// Used by [`declare!`](crate::declare): the field carries this part.
pub const fn carries<Part: Declared, Value: Carries<Part>>(_: &Value) {}

/// Declares the fields of a struct or of an enum's variants. See the [module](self).
#[macro_export]
macro_rules! declare {
    ($name:ident { $($field:ident: $($spec:ident)? $([$($category:ident),+] for [$($purpose:ident),+] $(to [$($to:ident),+])? $(if $declared:ident)?)?;)* }) => {
        impl $crate::contract::Declared for $name {
            const FIELDS: &'static [$crate::contract::declare::Field] = &[$(
                $crate::declare!(@field $field $($spec)? $([$($category),+] [$($purpose),+] [$($($to),+)?] [$($declared)?])?)
            ),*];
        }
        const _: fn(&$name) = |$name { $($field),* }| {
            $($crate::declare!(@check $field $($spec)?);)*
        };
    };
    (enum $name:ident { $($variant:ident { $($field:ident: $($spec:ident)? $([$($category:ident),+] for [$($purpose:ident),+] $(to [$($to:ident),+])? $(if $declared:ident)?)?;)* })+ }) => {
        impl $crate::contract::Declared for $name {
            const FIELDS: &'static [$crate::contract::declare::Field] = &[$(
                $crate::contract::declare::Field {
                    name: stringify!($variant),
                    holds: $crate::contract::Holds::Part(&[$(
                        $crate::declare!(@field $field $($spec)? $([$($category),+] [$($purpose),+] [$($($to),+)?] [$($declared)?])?)
                    ),*]),
                }
            ),+];
        }
        const _: fn(&$name) = |value| match value {
            $($name::$variant { $($field),* } => { $($crate::declare!(@check $field $($spec)?);)* })+
        };
    };
    (@field $field:ident $part:ident) => {
        $crate::contract::declare::Field {
            name: stringify!($field),
            holds: $crate::contract::Holds::Part(<$part as $crate::contract::Declared>::FIELDS),
        }
    };
    (@field $field:ident [$($category:ident),+] [$($purpose:ident),+] [$($to:ident),*] [$($declared:ident)?]) => {
        $crate::contract::declare::Field {
            name: stringify!($field),
            holds: $crate::contract::Holds::Datum {
                categories: &[$($crate::contract::Category::$category),+],
                purposes: &[$($crate::contract::Purpose::$purpose),+],
                recipients: &[$($crate::contract::Recipient::$to),*],
                conditional: $crate::declare!(@conditional $($declared)?),
            },
        }
    };
    (@conditional) => { false };
    (@conditional declared) => { true };
    (@check $field:ident) => { $crate::contract::declare::is_datum($field) };
    (@check $field:ident $part:ident) => { $crate::contract::declare::carries::<$part, _>($field) };
}
