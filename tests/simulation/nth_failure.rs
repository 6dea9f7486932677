//! For each handler: fail its first call, then its second, and so on until it runs through without meeting the fault; each
//! time repeat the handler and compare the end with the end of a run in which nothing failed. So no call is left out.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Value;

use super::choice::Choice;
use super::exhaustive::{captured, paid, purchase, refunded, through_paypal};
use super::history::{History, Job};
use super::rest;
use super::seats::{Site, Wish};
use super::story::{Act, Asked, Kind, Story};
use super::weather::{Fault, Weather};
use super::world::Shared;

/// More calls than any of these handlers makes.
const CALLS_MAX: u32 = 40;

/// Fields that hold a moment, or follow from one.
const MOMENTS: [&str; 9] = ["at", "changed_at", "since", "seen", "token", "as_of", "answered", "before", "hash"];

/// A handler, with what happens before and after it.
struct Case {
    name: &'static str,
    before: fn(&Story) -> Vec<Job>,
    /// Seconds between that and the handler.
    pause: i64,
    handler: fn(&Story, &Shared) -> Job,
    /// The fewest calls in which it can do its work.
    calls_min: u32,
}

const CASES: [Case; 16] = [
    Case { name: "paid", before: |_| vec![], pause: 0, handler: |story, _| paid(story), calls_min: 6 },
    Case {
        name: "paid, its refund parked",
        before: |story| vec![refunded(story)],
        pause: 61,
        handler: |story, _| paid(story),
        calls_min: 10,
    },
    Case {
        name: "refund, to be parked",
        before: |_| vec![],
        pause: 0,
        handler: |story, _| refunded(story),
        calls_min: 3,
    },
    Case {
        name: "refund, to be placed",
        before: |story| vec![paid(story)],
        pause: 0,
        handler: |story, _| refunded(story),
        calls_min: 3,
    },
    Case {
        name: "success page",
        before: |_| vec![],
        pause: 0,
        handler: |_, _| act(Act::Poll { order: 0 }),
        calls_min: 8,
    },
    Case {
        name: "validate",
        before: |story| vec![paid(story)],
        pause: 0,
        handler: |_, _| act(Act::Validate { order: 0, key: Asked::Right }),
        calls_min: 3,
    },
    Case {
        name: "alarm",
        before: |story| vec![paid(story)],
        pause: 0,
        handler: |_, shared| alarm(shared),
        calls_min: 9,
    },
    Case {
        // The listing does not show the refund yet when the purchase comes, so only the cron trigger finds it.
        name: "cron",
        before: |story| vec![refunded(story), paid(story)],
        pause: 61,
        handler: |_, _| act(Act::Tick),
        calls_min: 6,
    },
    Case {
        name: "activate",
        before: |story| vec![paid(story)],
        pause: 0,
        handler: |_, _| seat(Wish::Activate),
        calls_min: 3,
    },
    Case {
        name: "deactivate",
        before: |story| vec![paid(story), seat(Wish::Activate)],
        pause: 0,
        handler: |_, _| seat(Wish::Deactivate),
        calls_min: 3,
    },
    Case { name: "paypal, approved", before: |_| vec![], pause: 0, handler: |story, _| paid(story), calls_min: 20 },
    Case {
        name: "paypal, captured",
        before: |story| vec![paid(story)],
        pause: 0,
        handler: |story, _| captured(story),
        calls_min: 5,
    },
    Case {
        name: "paypal, refund to be placed",
        before: |story| vec![paid(story)],
        pause: 0,
        handler: |story, _| refunded(story),
        calls_min: 5,
    },
    Case {
        name: "paypal, success page",
        before: |_| vec![],
        pause: 0,
        handler: |_, _| act(Act::Poll { order: 0 }),
        calls_min: 10,
    },
    Case { name: "checkout", before: |_| vec![], pause: 0, handler: |_, _| act(Act::Buy), calls_min: 2 },
    Case { name: "held", before: |_| vec![], pause: 0, handler: |story, _| paid(story), calls_min: 2 },
];

fn act(act: Act) -> Job {
    Job::Act(Rc::new(act))
}

fn seat(wish: Wish) -> Job {
    act(Act::Seat { order: 0, wish, site: Site { number: 0, spelling: 0 } })
}

fn alarm(shared: &Shared) -> Job {
    Job::Drain(shared.objects.due(shared.now).next().expect("a vault with something to tell").clone())
}

/// Everything that is stored in the end but jobs, without the moments, which a repetition moves.
pub(super) fn remembered(shared: &Shared) -> BTreeMap<String, Value> {
    fn without_moments(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                fields.retain(|name, _| !MOMENTS.contains(&name.as_str()));
                fields.values_mut().for_each(without_moments);
            }
            Value::Array(list) => list.iter_mut().for_each(without_moments),
            _ => {}
        }
    }
    let rows = shared.objects.iter().flat_map(|(address, object)| {
        let lasting = object.rows.iter().filter(|(row, _)| !row.starts_with("outbox/"));
        lasting.map(move |(row, text)| (format!("{} {row}", address.name()), text.as_str()))
    });
    let views = shared.kv.all(shared.now).map(|(key, text)| (key.to_owned(), text));
    rows.chain(views)
        .map(|(place, text)| {
            let mut value: Value = serde_json::from_str(text).expect("everything stored is JSON");
            without_moments(&mut value);
            (place, value)
        })
        .collect()
}

/// Plays a case; answers what is remembered in the end and whether the fault was met.
fn play(case: &Case, fault: Option<(u32, Fault)>) -> Result<(BTreeMap<String, Value>, bool), String> {
    let has_refund = case.name.contains("refund") || case.name == "cron";
    let kind = if case.name == "held" { Kind::OtherCurrency } else { Kind::Sold };
    let story = purchase(kind, has_refund);
    let story = if case.name.starts_with("paypal") { through_paypal(story) } else { story };
    let before = (case.before)(&story);
    let (last_words, mut history) = (paid(&story), History::new(Choice::Random(3), Weather::Clear, story, vec![]));
    history.shared().post.knows_keys = true;
    for job in before {
        history.alone(job)?;
    }
    history.shared().now += case.pause;
    if case.name == "cron" {
        assert!(rest::parked_facts_that_could_be_placed(&history.shared()), "a fact waits for the cron trigger");
    }
    let job = (case.handler)(history.story(), &history.shared());
    if let Some((calls, fault)) = fault {
        history.shared().weather = Weather::Nth(calls, fault);
    }
    history.alone(job.clone())?;
    let weather = std::mem::replace(&mut history.shared().weather, Weather::Clear);
    let was_met = fault.is_some() && matches!(weather, Weather::Clear);
    history.shared().now += 1;
    // An alarm is repeated by the platform in the quiet phase, everything else by whoever asked.
    if was_met && matches!(job, Job::Act(_)) {
        history.alone(job)?;
    }
    history.shared().now += 1;
    history.alone(last_words)?;
    history.settle()?;
    let end = remembered(&history.shared());
    Ok((end, was_met))
}

#[test]
fn a_handler_that_fails_at_any_call_ends_well_when_repeated() {
    for case in &CASES {
        let (clean, _) = play(case, None).unwrap_or_else(|promise| panic!("{}: {promise}", case.name));
        for fault in Fault::ALL {
            let first_beyond = (0..CALLS_MAX).find(|calls| {
                let (end, was_met) = play(case, Some((*calls, fault)))
                    .unwrap_or_else(|promise| panic!("{}, {fault:?} at call {calls}: {promise}", case.name));
                assert_eq!(end, clean, "{}, {fault:?} at call {calls}", case.name);
                !was_met
            });
            let calls = first_beyond.unwrap_or_else(|| panic!("{} never runs through", case.name));
            assert!(calls >= case.calls_min, "{}: {calls} calls only", case.name);
            eprintln!("{}: {fault:?} at each of {calls} calls", case.name);
        }
    }
}
