//! What the commands on counts of visits need of their rows, and what they do to them.

use super::{Need, Outcome, Reply, Rows};
use crate::domain::visit::{Command, Count, HOSTS_MAX, OTHER, Visit};
use crate::store::record::{self, Corrupt};

pub(super) fn needed(command: &Command) -> Need<'_> {
    match command {
        Command::Count { prefix, .. } => Need::Under { prefix, after: None, limit: HOSTS_MAX + 2 },
        Command::Tell | Command::Forget { .. } => Need::All,
    }
}

pub(super) fn execute(rows: &Rows, command: Command) -> Result<Outcome, Corrupt> {
    let (counts, writes) = match command {
        Command::Count { prefix, visit } => (vec![], vec![count(rows, &prefix, visit)?]),
        Command::Tell => (rows.values().map(|text| record::decode(text)).collect::<Result<_, _>>()?, vec![]),
        Command::Forget { before } => {
            let old = rows.keys().filter(|key| key.as_str() < before.as_str());
            (vec![], old.map(|key| (key.clone(), None)).collect())
        }
    };
    Ok(Outcome { reply: Reply::Visits(counts), writes, alarm: None, forgets: false })
}

/// One more of a page, a day and a host. What has no host has `-` in its key: a row lies behind its prefix.
fn count(rows: &Rows, prefix: &str, visit: Visit) -> Result<(String, Option<record::Written>), Corrupt> {
    let Visit { day, path, mut from } = visit;
    let key = |from: &str| format!("{prefix}{}", if from.is_empty() { "-" } else { from });
    if !rows.contains_key(&key(&from)) && rows.len() >= HOSTS_MAX {
        OTHER.clone_into(&mut from);
    }
    let key = key(&from);
    let known: Option<Count> = rows.get(&key).map(|text| record::decode(text)).transpose()?;
    let visits = known.map_or(0, |count| count.visits).saturating_add(1);
    Ok((key, Some(record::encode(&Count { day, path, from, visits }))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Moment;

    fn visit(from: &str) -> Command {
        let visit = Visit::new("/pricing/", from, "example.com", Moment(0));
        Command::Count { prefix: visit.prefix(), visit }
    }

    fn run(rows: &mut Rows, command: Command) -> Vec<Count> {
        let Outcome { reply, writes, .. } = execute(rows, command).expect("readable");
        for (key, text) in writes {
            match text {
                Some(text) => rows.insert(key, text.into()),
                None => rows.remove(&key),
            };
        }
        let Reply::Visits(counts) = reply else { panic!("another reply") };
        counts
    }

    #[test]
    fn visits_of_a_page_a_day_and_a_host_are_one_number() {
        let mut rows = Rows::new();
        for from in ["wordpress.org", "", "wordpress.org"] {
            run(&mut rows, visit(from));
        }
        let told: Vec<_> = run(&mut rows, Command::Tell).into_iter().map(|count| (count.from, count.visits)).collect();
        assert_eq!(told, [(String::new(), 1), ("wordpress.org".to_owned(), 2)]);
    }

    #[test]
    fn beyond_so_many_hosts_the_rest_is_one() {
        let mut rows = Rows::new();
        for number in 0..HOSTS_MAX + 10 {
            run(&mut rows, visit(&format!("h{number}.example")));
        }
        run(&mut rows, visit("h0.example"));
        let told = run(&mut rows, Command::Tell);
        assert_eq!(told.len(), HOSTS_MAX + 1);
        let of = |name: &str| told.iter().find(|count| count.from == name).map(|count| count.visits);
        assert_eq!((of(OTHER), of("h0.example")), (Some(10), Some(2)));
    }

    #[test]
    fn days_before_a_day_are_forgotten() {
        let mut rows = Rows::new();
        run(&mut rows, visit(""));
        run(&mut rows, Command::Forget { before: "1970-01-01".to_owned() });
        assert_eq!(rows.len(), 1);
        run(&mut rows, Command::Forget { before: "1970-01-02".to_owned() });
        assert!(rows.is_empty());
    }
}
