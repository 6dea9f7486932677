//! A promise taken apart: one term is one thing that the code either does or does not do.

use std::fmt;

use edge::contract::{Category, Conduct, Context, CookieCategory, Period, Purpose, Recipient, Right};

use super::Promise;

/// One thing that a sentence promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Term {
    Collects(Context, Category),
    Elsewhere(Context, Category),
    Uses(Purpose),
    Shares(Recipient),
    Keeps(Context, Category, Period),
    Cookie(CookieCategory),
    Right(Right),
    Does(Conduct),
}

impl Term {
    /// The word that a waiver names it by.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Collects(_, category) | Self::Elsewhere(_, category) | Self::Keeps(_, category, _) => category.id(),
            Self::Uses(purpose) => purpose.id(),
            Self::Shares(recipient) => recipient.id(),
            Self::Cookie(category) => category.id(),
            Self::Right(right) => right.id(),
            Self::Does(conduct) => conduct.id(),
        }
    }

    /// Whether two terms are about the same thing, whatever they say of it.
    pub(crate) fn is_about(self, other: Self) -> bool {
        match (self, other) {
            (Self::Keeps(context, category, _), Self::Keeps(other_context, other_category, _)) => {
                (context, category) == (other_context, other_category)
            }
            _ => self == other,
        }
    }
}

/// The term in the words of the policy's readers.
impl fmt::Display for Term {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Collects(context, category) => {
                write!(formatter, "{} is collected when {}", category.wording(), context.wording())
            }
            Self::Elsewhere(context, category) => {
                write!(formatter, "only the processor has {} from {}", category.wording(), context.wording())
            }
            Self::Uses(purpose) => write!(formatter, "data is used to {}", purpose.wording()),
            Self::Shares(recipient) => write!(formatter, "data goes to {}", recipient.wording()),
            Self::Keeps(context, category, period) => {
                write!(formatter, "{} from {} is kept for at most {period}", category.wording(), context.wording())
            }
            Self::Cookie(category) => write!(formatter, "{} cookies are set", category.wording()),
            Self::Right(right) => write!(formatter, "the right of {} can be used", right.wording()),
            Self::Does(conduct) => write!(formatter, "{}", conduct.wording()),
        }
    }
}

impl Promise {
    /// Everything the sentence promises.
    pub(crate) fn terms(&self) -> Vec<Term> {
        fn pairs<Value: Copy + 'static>(
            map: &super::Collected,
            term: fn(Context, Category) -> Value,
        ) -> impl Iterator<Item = Value> {
            map.iter()
                .flat_map(move |(context, categories)| categories.iter().map(move |category| term(*context, *category)))
        }
        let keeps = self.keeps.iter().flat_map(|(context, periods)| {
            periods.iter().map(|(category, period)| Term::Keeps(*context, *category, *period))
        });
        pairs(&self.collects, Term::Collects)
            .chain(pairs(&self.elsewhere, Term::Elsewhere))
            .chain(self.uses.iter().map(|purpose| Term::Uses(*purpose)))
            .chain(self.shares.iter().map(|recipient| Term::Shares(*recipient)))
            .chain(keeps)
            .chain(self.cookies.iter().map(|category| Term::Cookie(*category)))
            .chain(self.rights.iter().map(|right| Term::Right(*right)))
            .chain(self.does.iter().map(|conduct| Term::Does(*conduct)))
            .collect()
    }

    /// Whether a waiver excuses a term. When it ends is looked at elsewhere.
    pub(crate) fn is_waived(&self, term: Term) -> bool {
        self.waived.as_ref().is_some_and(|waiver| waiver.only.is_empty() || waiver.only.contains(term.id()))
    }
}
