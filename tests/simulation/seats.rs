//! Seats: what the sites of a buyer ask for, and whether all that they were told can be true. Whatever was asked at once,
//! some order of the requests has to explain every answer: in it a seat is given only while one is free, a site has one at
//! most, copies take none, and nothing but its own deactivation takes a seat from a site.

use std::collections::{BTreeSet, HashSet};

use super::choice::Choice;
use super::mark::PERSON;

/// Seats of every license that is sold here.
pub(super) const SEATS: usize = 2;

/// What is said of a broken promise about seats.
const PROMISE: &str = "I14";
/// Spellings of each site of a buyer; `N` stands for the buyer. Those from [`COPIES`] on are staging and local sites.
const SITES: [[&str; 3]; 5] = [
    ["https://www.NAME.com", "HTTP://NAME.COM:80/", "name.com"],
    ["https://NAME.com/Blog/", "www.NAME.com/blog?x=1", "https://http://name.com//blog#top"],
    ["https://client-portal.NAME.org/", "http://Client-Portal.name.org.", "client-portal.NAME.org:8443"],
    ["https://staging.NAME.com", "Staging.name.com/", "http://staging.NAME.com:443/index/.."],
    ["http://NAME.local", "name.LOCAL:8080", "https://NAME.local/"],
];
/// The first site that is a copy.
const COPIES: usize = 3;

/// What a site asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    Activate,
    Deactivate,
    /// What the license is worth there.
    Verdict,
}

/// A site in one of its spellings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Site {
    pub(super) number: usize,
    pub(super) spelling: usize,
}

impl Site {
    /// The address as this buyer's site sends it.
    pub(super) fn address(self, buyer: usize) -> String {
        let name = format!("{PERSON}{buyer}");
        SITES[self.number][self.spelling].replace("NAME", &name.to_uppercase()).replace("name", &name)
    }
}

/// Draws what sites ask for within some minutes: often much at once, and with a favourite that asks again and again.
pub(super) fn draw(choice: &mut Choice) -> Vec<(i64, Wish, Site)> {
    if choice.chance(650) {
        return vec![];
    }
    let mut wishes = vec![];
    for _ in 0..2 + choice.below(3) {
        let begins = choice.below(260);
        for _ in 0..=choice.below(4) {
            let wish = match choice.below(10) {
                0..=5 => Wish::Activate,
                6..=7 => Wish::Deactivate,
                _ => Wish::Verdict,
            };
            let number = match choice.below(10) {
                0..=1 => 0,
                2..=6 => choice.index(COPIES),
                _ => choice.index(SITES.len()),
            };
            let site = Site { number, spelling: choice.index(SITES[number].len()) };
            wishes.push((i64::try_from(begins + choice.below(12)).expect("small"), wish, site));
        }
    }
    wishes
}

/// What a wish came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CameTo {
    /// It was done.
    Done,
    /// It was refused, because all seats are taken.
    Full,
    /// It was refused for another reason, or says nothing of seats.
    Nothing,
    /// The site is active.
    Active,
    /// The site is not.
    Inactive,
    /// So many sites are active, those that count and those that do not.
    Counted(usize, usize),
    /// Nobody heard: it was done or not.
    Unknown,
}

/// A request with its place in time.
#[derive(Debug, Clone)]
struct Deed {
    wish: Wish,
    site: usize,
    begun: u32,
    ended: u32,
    came_to: CameTo,
}

/// Where a deed is written down.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    order: usize,
    at: usize,
}

/// What the sites of each order asked for, and what it came to.
#[derive(Debug)]
pub(super) struct Ledger {
    deeds: Vec<Vec<Deed>>,
    moment: u32,
}

impl Ledger {
    pub(super) fn new(orders: usize) -> Self {
        Self { deeds: vec![vec![]; orders], moment: 0 }
    }

    /// A request comes in.
    pub(super) fn begin(&mut self, order: usize, wish: Wish, site: Site) -> Entry {
        self.moment += 1;
        let (begun, site) = (self.moment, site.number);
        self.deeds[order].push(Deed { wish, site, begun, ended: u32::MAX, came_to: CameTo::Unknown });
        Entry { order, at: self.deeds[order].len() - 1 }
    }

    /// It was answered, or it was given up and does nothing from now on.
    pub(super) fn end(&mut self, entry: Entry, came_to: CameTo) {
        self.moment += 1;
        let deed = &mut self.deeds[entry.order][entry.at];
        (deed.ended, deed.came_to) = (self.moment, came_to);
    }

    /// The sites that ever asked for a seat of an order.
    pub(super) fn sites(&self, order: usize) -> BTreeSet<usize> {
        self.deeds[order].iter().map(|deed| deed.site).collect()
    }

    /// Whether a site may be called active: a view may be old, but not older than its first activation.
    pub(super) fn may_be_active(&self, order: usize, site: Site) -> Result<(), String> {
        let asked = |deed: &Deed| deed.wish == Wish::Activate && deed.site == site.number;
        if self.deeds[order].iter().any(asked) {
            Ok(())
        } else {
            Err(format!("{PROMISE} order {order}: site {} is active and never asked to be", site.number))
        }
    }

    /// I14: some order of the requests explains all answers, and these counts in the end.
    pub(super) fn explain(&self, order: usize, counted: usize, copies: usize) -> Result<(), String> {
        let mut deeds = self.deeds[order].clone();
        let end = self.moment + 1;
        let came_to = CameTo::Counted(counted, copies);
        deeds.push(Deed { wish: Wish::Verdict, site: 0, begun: end, ended: end + 1, came_to });
        if is_explained(&deeds) {
            Ok(())
        } else {
            Err(format!("{PROMISE} no order of the requests for seats of order {order} explains them: {deeds:?}"))
        }
    }
}

/// Which sites are active, a bit each.
type Active = u8;

fn count(active: Active, sites: std::ops::Range<usize>) -> usize {
    sites.filter(|site| active & 1 << site != 0).count()
}

/// Walks through all orders in which no deed comes before one that had ended when it began.
fn is_explained(deeds: &[Deed]) -> bool {
    let all = (1_u64 << deeds.len()) - 1;
    let (mut open, mut seen) = (vec![(0_u64, 0 as Active)], HashSet::new());
    while let Some((placed, active)) = open.pop() {
        if placed == all {
            return true;
        }
        if !seen.insert((placed, active)) {
            continue;
        }
        let left = || deeds.iter().enumerate().filter(|(at, _)| placed & 1 << at == 0);
        let first_end = left().map(|(_, deed)| deed.ended).min().unwrap_or(u32::MAX);
        for (at, deed) in left().filter(|(_, deed)| deed.begun < first_end) {
            open.extend(ends(deed, active).into_iter().flatten().map(|active| (placed | 1 << at, active)));
        }
    }
    false
}

/// What may be active after a deed that came to what it did; nothing where it could not.
fn ends(deed: &Deed, active: Active) -> [Option<Active>; 2] {
    let bit = 1 << deed.site;
    let (is_active, is_copy) = (active & bit != 0, deed.site >= COPIES);
    let has_room = is_active || is_copy || count(active, 0..COPIES) < SEATS;
    let done = match deed.wish {
        Wish::Activate => has_room.then_some(active | bit),
        Wish::Deactivate => Some(active & !bit),
        Wish::Verdict => Some(active),
    };
    let same_if = |holds: bool| [holds.then_some(active), None];
    match deed.came_to {
        CameTo::Done => [done, None],
        CameTo::Unknown => [done, Some(active)],
        CameTo::Full => same_if(!has_room),
        CameTo::Nothing => same_if(true),
        CameTo::Active => same_if(is_active),
        CameTo::Inactive => same_if(!is_active),
        CameTo::Counted(counted, copies) => {
            same_if((counted, copies) == (count(active, 0..COPIES), count(active, COPIES..SITES.len())))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays wishes one after the other, or all at once.
    fn holds(at_once: bool, wishes: &[(Wish, usize, CameTo)], counted: usize) -> bool {
        let mut ledger = Ledger::new(1);
        let begin = |ledger: &mut Ledger, wish, number| ledger.begin(0, wish, Site { number, spelling: 0 });
        if at_once {
            let entries: Vec<_> = wishes.iter().map(|(wish, site, _)| begin(&mut ledger, *wish, *site)).collect();
            entries.into_iter().zip(wishes).for_each(|(entry, (_, _, came_to))| ledger.end(entry, *came_to));
        } else {
            for (wish, site, came_to) in wishes {
                let entry = begin(&mut ledger, *wish, *site);
                ledger.end(entry, *came_to);
            }
        }
        ledger.explain(0, counted, 0).is_ok()
    }

    #[test]
    fn an_order_of_requests_explains_the_answers_or_none_does() {
        use CameTo::{Done, Full, Inactive, Unknown};
        use Wish::{Activate, Deactivate, Verdict};
        let three = [(Activate, 0, Done), (Activate, 1, Done), (Activate, 2, Done)];
        assert!(!holds(false, &three, 3) && !holds(true, &three, 3), "over the limit");
        let moved = [(Activate, 0, Done), (Activate, 1, Done), (Deactivate, 0, Done), (Activate, 2, Full)];
        assert!(!holds(false, &moved, 1), "refused while a seat is free");
        assert!(holds(true, &moved, 1), "or perhaps it was not");
        let again = [(Activate, 0, Done), (Activate, 0, Done), (Activate, 1, Done)];
        assert!(holds(false, &again, 2) && !holds(false, &again, 3), "one seat for a site");
        assert!(!holds(false, &[(Activate, 0, Done), (Verdict, 0, Inactive)], 0), "what is granted stays");
        let unheard = [(Activate, 0, Done), (Deactivate, 0, Unknown)];
        assert!(holds(false, &unheard, 0) && holds(false, &unheard, 1), "nobody heard");
    }
}
