//! A bar on the terminal while a build takes long. It looks at where the build is ten times a second, and the build knows nothing
//! of it. What is short shows none, and neither does what is read by a program.

use std::{
    io::{self, IsTerminal},
    sync::{
        Mutex, PoisonError,
        mpsc::{RecvTimeoutError, Sender, channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use generator::timing::{Place, Timing};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Nobody waits for less.
const SHORT: Duration = Duration::from_millis(500);
const DRAWINGS_A_SECOND: u8 = 10;

/// The bar that is there, so that lines can be said above it.
static SHOWN: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// A bar beside a build, which ends with the value.
pub(crate) struct Bar {
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Bar {
    /// Begins to look.
    pub(crate) fn beside(timing: &Timing) -> Self {
        if !is_wanted(io::stderr().is_terminal(), std::env::var("CI").ok().as_deref()) {
            return Self { end: None, thread: None };
        }
        let (end, is_over) = channel();
        let timing = timing.clone();
        let thread = thread::spawn(move || {
            if is_over.recv_timeout(SHORT) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(DRAWINGS_A_SECOND));
            *SHOWN.lock().unwrap_or_else(PoisonError::into_inner) = Some(bar.clone());
            loop {
                if let Some(place) = timing.place() {
                    draw(&bar, place);
                }
                let pause = Duration::from_secs(1) / u32::from(DRAWINGS_A_SECOND);
                if is_over.recv_timeout(pause) != Err(RecvTimeoutError::Timeout) {
                    break;
                }
            }
            *SHOWN.lock().unwrap_or_else(PoisonError::into_inner) = None;
            bar.finish_and_clear();
        });
        Self { end: Some(end), thread: Some(thread) }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.end = None;
        if let Some(thread) = self.thread.take() {
            // A bar that broke is no reason for a build to fail.
            let _ = thread.join();
        }
    }
}

/// Says something above the bar, where there is one.
pub(crate) fn above(say: impl FnOnce()) {
    let shown = SHOWN.lock().unwrap_or_else(PoisonError::into_inner).clone();
    match shown {
        Some(bar) => bar.suspend(say),
        None => say(),
    }
}

/// Whether somebody is there to see it. Programs that build say so with `CI`.
fn is_wanted(is_terminal: bool, ci: Option<&str>) -> bool {
    is_terminal && matches!(ci, None | Some("" | "0" | "false"))
}

fn draw(bar: &ProgressBar, place: Place) {
    let Place { stage, done, total } = place;
    let style = ProgressStyle::with_template(template(place)).unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.set_style(style.progress_chars("━━─"));
    // Each of these draws by itself, so there is but one where nothing else changed.
    if bar.message() != stage {
        bar.set_message(stage);
    }
    let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    bar.update(|state| {
        state.set_len(number(total));
        state.set_pos(number(done));
    });
}

/// How a stage is shown: with a bar where it is known how much there is.
fn template(place: Place) -> &'static str {
    if place.total == 0 { "{msg:10} {elapsed}" } else { "{msg:10} {bar:30} {pos} of {len}" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_for_people_alone() {
        assert!(is_wanted(true, None) && is_wanted(true, Some("")) && is_wanted(true, Some("false")));
        assert!(!is_wanted(false, None) && !is_wanted(true, Some("true")) && !is_wanted(true, Some("1")));
    }

    #[test]
    fn both_looks_of_a_bar_are_well_formed() {
        for total in [0, 10] {
            let place = Place { stage: "render", done: 0, total };
            ProgressStyle::with_template(template(place)).expect("a template");
        }
    }

    #[test]
    fn what_is_said_without_a_bar_is_said() {
        let mut said = false;
        above(|| said = true);
        assert!(said);
    }
}
