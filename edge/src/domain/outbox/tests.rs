//! When a job is tried again, and when it is given up.

use super::*;
use crate::domain::id::Secret;

fn waiting(id: JobId) -> Waiting {
    Waiting::new(id, 3, Moment(100))
}

fn mail(at: u32) -> JobId {
    let secret = Secret::new("pepper").expect("not empty");
    JobId::MailTicket { ticket: TicketNumber::of_form(&secret, &at.to_string()) }
}

#[test]
fn a_delivered_job_is_gone() {
    assert_eq!(waiting(JobId::Register {}).delivered(3, Moment(200)), None);
}

#[test]
fn what_changed_while_it_was_delivered_is_delivered_again() {
    assert_eq!(waiting(JobId::Register {}).delivered(2, Moment(200)), Some(waiting(JobId::Register {})));
}

#[test]
fn each_failure_waits_longer_up_to_six_hours() {
    let mut job = waiting(JobId::Register {});
    let mut pauses = vec![];
    for _ in 0..12 {
        job = job.failed(Moment(0));
        pauses.push(job.due_at.0);
    }
    for (pause, whole) in pauses.iter().zip([30, 60, 120, 240]) {
        assert!((whole - whole / 5..=whole).contains(pause), "{pauses:?}");
    }
    assert!((5 * 3600 - 720..=6 * 3600).contains(&pauses[11]), "{pauses:?}");
}

#[test]
fn what_fails_together_does_not_come_again_together() {
    let mut due: Vec<i64> = (0..20)
        .map(|at| {
            let job = Waiting { failures: 11, ..waiting(mail(at)) };
            job.failed(Moment(0)).due_at.0
        })
        .collect();
    due.sort_unstable();
    due.dedup();
    assert!(due.len() > 15, "{due:?}");
}

#[test]
fn a_mail_is_given_up_after_a_week_or_at_once_when_it_is_refused_and_nothing_else_is() {
    let mut job = waiting(mail(7));
    let mut now = Moment(0);
    while job.given_up.is_none() {
        now = job.due_at;
        job = job.failed(now);
    }
    assert!((6 * 86_400..9 * 86_400).contains(&now.0), "{now:?}");
    assert_eq!(job.due_at, now.after(GIVEN_UP_KEPT));
    let job = job.retried(now);
    assert_eq!((job.given_up, job.failures, job.due_at, job.again), (None, 0, now, 1));
    assert_eq!(job.refused(now).given_up, Some(now));
    let register = Waiting { failures: 1_000, ..waiting(JobId::Register {}) };
    assert_eq!(register.clone().failed(now).given_up, None);
    assert_eq!(register.refused(now).given_up, None);
}
