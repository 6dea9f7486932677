//! Subscriptions in a history: which periods are paid and when, what cannot be collected, and how it ends. Periods last some
//! minutes, so that licenses end, are late and go on within a history.

use super::choice::Choice;
use super::model::{Course, Fact};
use super::story::Order;
use super::stripe::subscription::{self, Shape};

/// Something about a subscription that the processor reports.
pub(super) struct Turn {
    pub(super) at: i64,
    pub(super) fact: Fact,
    /// The reports of it.
    pub(super) bodies: Vec<String>,
}

/// Draws the life of the subscription of an order.
pub(super) fn draw(choice: &mut Choice, order: &Order) -> Vec<Turn> {
    let mut life = Life { order, turns: vec![], shape: Shape::Newer };
    let length = 60 + seconds(choice, 400);
    let periods = 1 + choice.below(3);
    for number in 0..u8::try_from(periods).expect("small") {
        // The account may have moved to another version in between.
        life.shape = if choice.chance(500) { Shape::Older } else { Shape::Newer };
        let begins = order.settled_at + length * i64::from(number);
        let mut paid_at = begins;
        if number > 0 && choice.chance(350) {
            life.late(number, begins + 1);
            if u64::from(number) + 1 == periods && choice.chance(500) {
                if choice.chance(600) {
                    life.course(begins + 40, Course::Ended);
                }
                return life.turns;
            }
            paid_at = begins + 5 + seconds(choice, 60);
            life.course(paid_at, Course::Renewing);
        }
        life.paid(number, paid_at, begins + length);
    }
    life.end(choice, length * i64::try_from(periods).expect("small"));
    life.turns
}

fn seconds(choice: &mut Choice, below: u64) -> i64 {
    i64::try_from(choice.below(below)).expect("small")
}

struct Life<'order> {
    order: &'order Order,
    turns: Vec<Turn>,
    shape: Shape,
}

impl Life<'_> {
    fn course(&mut self, at: i64, course: Course) {
        let bodies = vec![subscription::course(self.order, at, course)];
        self.turns.push(Turn { at, fact: Fact::Course { at, course }, bodies });
    }

    fn paid(&mut self, number: u8, at: i64, end: i64) {
        let bodies = subscription::paid(self.order, number, self.shape, at, end);
        self.turns.push(Turn { at, fact: Fact::Period { payment: number, end }, bodies });
    }

    fn late(&mut self, number: u8, at: i64) {
        let bodies = vec![subscription::unpaid(self.order, number, self.shape, at)];
        self.turns.push(Turn { at, fact: Fact::Unpaid { payment: number, at }, bodies });
        self.course(at, Course::Overdue);
    }

    /// The buyer gives notice, perhaps thinks again, and what is not renewed ends with what is paid.
    fn end(&mut self, choice: &mut Choice, paid_for: i64) {
        if !choice.chance(400) {
            return;
        }
        let at = self.order.settled_at + 1 + seconds(choice, 60);
        self.course(at, Course::Ending);
        if choice.chance(400) {
            self.course(at + 1 + seconds(choice, 20), Course::Renewing);
        } else if choice.chance(600) {
            self.course(self.order.settled_at + paid_for, Course::Ended);
        }
    }
}
