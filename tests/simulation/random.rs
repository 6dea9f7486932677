//! Histories at random: a hundred thousand of the core as it is, which must all end well, and of every planted mistake as
//! many as it takes to notice it.

use std::time::Duration;

use super::history::play;
use super::mutants::Mutant;
use super::world::Tally;

/// Histories in the normal run.
const SEEDS: u64 = 100_000;
/// Threads that share them.
const THREADS: u64 = 2;
/// A mistake has to show within so many; the rarest needs a crash between two lines and shows in one of some thousand.
const SEEDS_PER_MUTANT: u64 = 20_000;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} has to be a number")))
}

/// The time this thread spent computing.
fn cpu_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text.split_whitespace().next().and_then(|text| text.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or(0))
}

/// Plays every second, third… history from `first` on.
fn play_all(first: u64, seeds: u64) -> (Tally, Duration) {
    let mut sum = Tally::default();
    for seed in (first..seeds).step_by(usize::try_from(THREADS).expect("small")) {
        match play(seed, None, false).0 {
            Ok(tally) => sum.add(&tally),
            Err(promise) => panic!(
                "seed {seed}: {promise}\nreplay: SEED={seed} cargo test --release -p tests replay -- --nocapture"
            ),
        }
    }
    (sum, cpu_time())
}

#[test]
fn histories_end_as_if_nothing_had_gone_wrong() {
    let seeds = number("SEEDS").unwrap_or(SEEDS);
    let (tally, spent) = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|first| scope.spawn(move || play_all(first, seeds))).collect();
        threads.into_iter().fold((Tally::default(), Duration::ZERO), |(mut sum, time), thread| {
            let (tally, spent) = thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            sum.add(&tally);
            (sum, time + spent)
        })
    });
    let met = tally.counts();
    #[expect(clippy::cast_precision_loss, reason = "a rate for people to read")]
    let rate = seeds as f64 / spent.as_secs_f64();
    eprintln!("{seeds} histories, {:.1} CPU-s, {rate:.0} histories per CPU-second; {met:?}", spent.as_secs_f64());
    if seeds >= 1_000 {
        assert!(met.iter().all(|(_, count)| *count > 0), "something never happened: {met:?}");
    }
}

#[test]
fn replay() {
    let wanted = number("SEED");
    let seed = wanted.unwrap_or(0);
    let (result, steps) = play(seed, None, true);
    if wanted.is_some() {
        eprintln!("{}", steps.join("\n"));
    }
    let (_, again) = play(seed, None, true);
    assert!(steps.len() > 10 && steps == again, "seed {seed} is not repeated exactly");
    if let Err(promise) = result {
        panic!("seed {seed}: {promise}");
    }
}

#[test]
fn every_planted_mistake_is_noticed() {
    for mutant in Mutant::ALL {
        let mut missing: Vec<&str> = mutant.breaks().to_vec();
        for seed in 0..SEEDS_PER_MUTANT {
            if missing.is_empty() {
                break;
            }
            let Err(promise) = play(seed, Some(mutant), false).0 else { continue };
            let invariant = promise.split(' ').next().unwrap_or_default();
            if missing.contains(&invariant) {
                eprintln!("{mutant:?}: seed {seed}: {promise:.150}");
            }
            missing.retain(|name| *name != invariant);
        }
        assert!(missing.is_empty(), "{mutant:?} was not noticed by {missing:?} in {SEEDS_PER_MUTANT} histories");
    }
}
