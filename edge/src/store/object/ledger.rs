//! What the ledger's commands do to its rows.

use super::{Outcome, Reply, Rows};
use crate::domain::ledger::{Command, Head, KEPT, Line};
use crate::domain::time::Moment;
use crate::store::record::{self, Corrupt};

const HEAD: &str = "head";
const LINES: &str = "line/";

pub(super) fn execute(rows: &Rows, command: Command, now: Moment) -> Result<Outcome, Corrupt> {
    let head = rows.get(HEAD).map(|text| record::decode(text)).transpose()?.unwrap_or_else(Head::none);
    let lines = rows.iter().filter(|(key, _)| key.starts_with(LINES));
    let lines: Vec<Line> = lines.map(|(_, text)| record::decode(text)).collect::<Result<_, _>>()?;
    let (head, lines, writes) = match command {
        Command::Enter { entry } => {
            let known = lines.into_iter().find(|line| line.request == entry.request && line.stage == entry.stage);
            if let Some(line) = known {
                (head, vec![line], vec![])
            } else {
                let line = Line::new(entry, &head, now);
                let head = Head { number: line.number, hash: line.hash.clone() };
                let writes = vec![
                    (key(line.number), Some(record::encode(&line))),
                    (HEAD.to_owned(), Some(record::encode(&head))),
                ];
                (head, vec![line], writes)
            }
        }
        Command::Tell => (head, lines, vec![]),
        Command::Sweep => {
            let old = lines.iter().filter(|line| line.at.after(KEPT) <= now);
            let writes = old.map(|line| (key(line.number), None)).collect();
            (head, vec![], writes)
        }
    };
    Ok(Outcome { reply: Reply::Ledger(head, lines), writes, alarm: None, forgets: false })
}

fn key(number: u64) -> String {
    format!("{LINES}{number:012}")
}
