//! One history: the unchanged core in a simulated world, many requests at once, any of them dropped at any step. It ends
//! with a quiet phase, after which everything has to be as if nothing had ever gone wrong.

use std::cell::{RefCell, RefMut};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use edge::app::App;
use edge::config::Config;
use edge::http::Response;
use edge::store::object::Address;

use super::checks::{self, Began, Witness};
use super::choice::Choice;
use super::mutants::Mutant;
use super::objects::Alarmed;
use super::requests;
use super::rest;
use super::seats::{Site, Wish};
use super::story::{self, Act, Due, Story};
use super::weather::{Rates, Weather};
use super::world::{self, FRESH, LOCATIONS, Met, Shared, Tally, World};

/// More steps between two moments of rest than any history takes (I12).
const STEPS_MAX: u32 = 5_000;
/// No storm lasts for ever: where it did, a report that takes many calls would be sent again and again.
const STORM_STEPS_MAX: u32 = 800;
/// Rounds of the quiet phase: a job that failed all along is due again within ten of them.
const QUIET_ROUNDS_MAX: u32 = 30;
/// What is due later than this is not waited for: views are published anew after 25 days.
const SOON: i64 = 7 * 3600;

/// What a task came to.
enum Done {
    Answered(Response),
    Drained,
    Ticked,
}

/// Why a task runs.
#[derive(Clone)]
pub(super) enum Job {
    /// Something in the story.
    Act(Rc<Act>),
    /// A vault's alarm.
    Drain(Address),
}

struct Task {
    future: Pin<Box<dyn Future<Output = Done>>>,
    job: Job,
    operations: u32,
    /// What it was told so far ([`Shared::heard`]).
    heard: u64,
    /// Whether it was polled at all.
    has_begun: bool,
    /// What was so when it began.
    began: Began,
}

/// A history as it goes.
pub(super) struct History {
    pub(super) shared: Rc<RefCell<Shared>>,
    apps: Vec<Rc<App<World>>>,
    due: Vec<Due>,
    tasks: Vec<Task>,
    witness: Witness,
    story: Rc<Story>,
}

thread_local! {
    static CONFIG: Rc<Config> = Rc::new(world::config());
}

/// Plays the history of a seed: what was met or which promise was broken, and the steps where they are recorded.
pub(super) fn play(seed: u64, mutant: Option<Mutant>, is_recorded: bool) -> (Result<Tally, String>, Vec<String>) {
    let mut choice = Choice::Random(seed);
    let rates = Rates::draw(&mut choice);
    let (story, due) = story::write(&mut choice);
    let mut history = History::new(choice, Weather::Random(rates), story, due);
    {
        let mut shared = history.shared();
        shared.mutant = mutant;
        shared.post.knows_keys = shared.choice.chance(800);
        shared.steps = is_recorded.then(Vec::new);
    }
    let result = history.run().and_then(|()| history.settle());
    let mut shared = history.shared();
    let steps = shared.steps.take().unwrap_or_default();
    let result = result.map(|()| shared.tally);
    (result, steps)
}

impl History {
    pub(super) fn new(choice: Choice, weather: Weather, story: Story, due: Vec<Due>) -> Self {
        let story = Rc::new(story);
        let shared = Rc::new(RefCell::new(Shared::new(choice, weather, Rc::clone(&story))));
        let config = CONFIG.with(Rc::clone);
        let app = |location| {
            let world = World { shared: Rc::clone(&shared), location, config: Rc::clone(&config) };
            Rc::new(App { world, config: (*config).clone() })
        };
        let apps = (0..LOCATIONS).map(app).collect();
        let witness = Witness::new(story.orders.len());
        Self { shared, apps, due, tasks: vec![], witness, story }
    }

    pub(super) fn shared(&self) -> RefMut<'_, Shared> {
        self.shared.borrow_mut()
    }

    /// Plays the story to its end.
    fn run(&mut self) -> Result<(), String> {
        for steps in 0..STEPS_MAX {
            if steps == STORM_STEPS_MAX {
                self.shared().weather = Weather::Clear;
            }
            if !self.step()? {
                return Ok(());
            }
        }
        Err("I12 the world does not come to rest".to_owned())
    }

    /// Takes one step; false when nothing is left to do.
    fn step(&mut self) -> Result<bool, String> {
        let (begins, now) = {
            let mut shared = self.shared();
            (shared.choice.chance(400), shared.now)
        };
        if self.tasks.is_empty() || begins {
            let ready = self.due.iter().filter(|due| due.at <= now).count();
            let alarms = self.shared().objects.due(now).count();
            if ready + alarms > 0 {
                self.begin(ready, alarms);
                // A request is looked at as it comes in; a signature could be too old by the time of a later step.
                self.poll(self.tasks.len() - 1)?;
                return Ok(true);
            }
        }
        if self.tasks.is_empty() {
            return Ok(self.sleep());
        }
        let rates = self.shared().rates();
        let (at, crashes, seconds) = {
            let mut shared = self.shared();
            let at = shared.choice.index(self.tasks.len());
            let crashes = shared.choice.chance(rates.crash);
            let seconds = if shared.choice.chance(rates.time_passes) { 1 + shared.choice.below(40) } else { 0 };
            (at, crashes, seconds)
        };
        self.shared().now += i64::try_from(seconds).expect("small");
        if crashes {
            self.give_up(at);
        } else {
            self.poll(at)?;
        }
        Ok(true)
    }

    /// Begins one of the things that are ready.
    fn begin(&mut self, ready: usize, alarms: usize) {
        let now = self.shared().now;
        let pick = self.shared().choice.index(ready + alarms);
        if pick < ready {
            let at = (0..self.due.len()).filter(|at| self.due[*at].at <= now).nth(pick).expect("counted");
            let due = self.due.swap_remove(at);
            self.spawn(Job::Act(due.act));
        } else {
            let address = self.shared().objects.due(now).nth(pick - ready).expect("counted").clone();
            self.spawn(Job::Drain(address));
        }
    }

    /// Lets time pass until something is ready.
    fn sleep(&mut self) -> bool {
        let next_act = self.due.iter().map(|due| due.at).min();
        let mut shared = self.shared();
        let soon = shared.now + SOON;
        let next_alarm = shared.objects.next_alarm().filter(|at| *at <= soon);
        let Some(next) = next_act.into_iter().chain(next_alarm).min() else {
            return false;
        };
        shared.now = next.max(shared.now + 1);
        true
    }

    /// Begins a job at some location.
    pub(super) fn spawn(&mut self, job: Job) {
        let location = self.shared().choice.index(FRESH);
        self.spawn_at(job, location);
    }

    /// Begins a job at this location.
    pub(super) fn spawn_at(&mut self, job: Job, location: usize) {
        let app = Rc::clone(&self.apps[location]);
        let mut began = Began::default();
        let future: Pin<Box<dyn Future<Output = Done>>> = match &job {
            Job::Drain(address) => {
                let Address::Vault(subject) = address.clone() else { unreachable!("only vaults have alarms") };
                let mut shared = self.shared();
                let (now, has_guard) = (shared.now, shared.mutant != Some(Mutant::AlarmWithoutGuard));
                shared.objects.begin_alarm(address, now, has_guard);
                let vault = Alarmed { world: app.world.clone(), subject };
                Box::pin(async move {
                    let went_well = app.drain(&vault).await.is_ok();
                    // Should this fail, the guard rings.
                    let _ = vault.end(went_well).await;
                    Done::Drained
                })
            }
            Job::Act(act) => {
                let now = self.shared().now;
                began = self.witness.begin(act, now);
                match requests::request(act, &self.story, &self.witness, self.shared().now, &app.config) {
                    Some(request) => Box::pin(async move { Done::Answered(app.handle(request).await) }),
                    None => Box::pin(async move {
                        app.tick().await;
                        Done::Ticked
                    }),
                }
            }
        };
        let mut shared = self.shared();
        shared.tally.met(Met::Handler);
        shared.note(|| format!("begin at {location}: {}", requests::describe(&job)));
        drop(shared);
        self.tasks.push(Task { future, job, operations: 0, heard: 0, has_begun: false, began });
    }

    /// All that the rest of this history depends on, and all that is judged at its end, to know worlds that are the same.
    pub(super) fn state(&self) -> String {
        let shared: &Shared = &self.shared.borrow();
        let objects: Vec<_> = shared.objects.iter().map(|(address, object)| (address.name(), object)).collect();
        let tasks: Vec<_> = self.tasks.iter().map(|task| (task.heard, requests::describe(&task.job))).collect();
        let Shared { now, kv, post, entropy, weather, .. } = shared;
        format!("{now} {entropy} {weather:?} {objects:?} {kv:?} {post:?} {tasks:?} {:?}", self.witness)
    }

    pub(super) fn story(&self) -> &Story {
        &self.story
    }

    /// Runs one job, to its end or until it is given up.
    pub(super) fn alone(&mut self, job: Job) -> Result<(), String> {
        self.spawn_at(job, 0);
        while !self.tasks.is_empty() {
            self.poll(0)?;
        }
        Ok(())
    }

    /// Runs one job, and another from beginning to end while the first stands still before its call after so many. Whether the
    /// first has so many.
    pub(super) fn interrupted(&mut self, job: Job, calls: u32, by: Job) -> Result<bool, String> {
        self.spawn_at(job, 1);
        for _ in 0..=calls {
            if self.tasks.is_empty() {
                return Ok(false);
            }
            self.poll(0)?;
        }
        self.spawn_at(by, 0);
        while self.tasks.len() > 1 {
            self.poll(1)?;
        }
        while !self.tasks.is_empty() {
            self.poll(0)?;
        }
        Ok(true)
    }

    /// Runs the tasks that have begun, in the order that the choices say, and again what was not acknowledged. False where
    /// it came to a world that another order had come to.
    pub(super) fn race(&mut self) -> Result<bool, String> {
        while !self.tasks.is_empty() {
            // What a task does before its first call is seen by nobody.
            for at in (0..self.tasks.len()).rev() {
                if !std::mem::replace(&mut self.tasks[at].has_begun, true) {
                    self.poll(at)?;
                }
            }
            if self.was_here() {
                return Ok(false);
            }
            let at = self.shared().choice.index(self.tasks.len());
            self.poll(at)?;
            for due in std::mem::take(&mut self.due) {
                // Whoever repeats waits a moment.
                self.shared().now += 1;
                self.spawn_at(Job::Act(due.act), 0);
            }
        }
        Ok(true)
    }

    fn was_here(&self) -> bool {
        let mut choice = std::mem::replace(&mut self.shared().choice, Choice::Random(0));
        let was_here = match &mut choice {
            Choice::Enumerated(all) => all.was_here(|| world::digest(&self.state())),
            Choice::Random(_) => false,
        };
        self.shared().choice = choice;
        was_here
    }

    /// Runs a task up to its next call.
    pub(super) fn poll(&mut self, at: usize) -> Result<(), String> {
        let task = &mut self.tasks[at];
        {
            let mut shared = self.shared.borrow_mut();
            (shared.operations, shared.heard) = (task.operations, task.heard);
        }
        let poll = task.future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        let hangs = {
            let mut shared = self.shared.borrow_mut();
            (task.operations, task.heard) = (shared.operations, shared.heard);
            if let Some(broken) = shared.broken.take() {
                return Err(broken);
            }
            std::mem::take(&mut shared.hangs)
        };
        if hangs {
            self.give_up(at);
        } else if let Poll::Ready(done) = poll {
            let task = self.tasks.swap_remove(at);
            self.finish(task, done)?;
        }
        Ok(())
    }

    /// Drops a task where it stands: whoever waited for it hears nothing.
    fn give_up(&mut self, at: usize) {
        let Task { job, began, .. } = self.tasks.swap_remove(at);
        self.witness.give_up(began);
        let mut shared = self.shared();
        shared.tally.met(Met::Crash);
        shared.note(|| format!("CRASH of {}", requests::describe(&job)));
        drop(shared);
        self.again(job);
    }

    /// Sees to it that what was not acknowledged happens again, as its sender promises.
    fn again(&mut self, job: Job) {
        let mut shared = self.shared();
        let pause = if shared.is_enumerated() { 0 } else { shared.choice.below(90) };
        let at = shared.now + 1 + i64::try_from(pause).expect("small");
        match job {
            // The platform would try again a few times; that is not counted on.
            Job::Drain(address) => shared.objects.get_mut(&address).is_draining = false,
            Job::Act(act) if matches!(*act, Act::Report { .. }) => {
                drop(shared);
                self.due.push(Due { at, act });
            }
            Job::Act(_) => {}
        }
    }

    fn finish(&mut self, task: Task, done: Done) -> Result<(), String> {
        let Task { job, operations, began, .. } = task;
        checks::bounded(&job, &self.story, operations)?;
        match (job, done) {
            (Job::Act(act), Done::Answered(response)) => {
                let mut shared = self.shared();
                let now = shared.now;
                match response.status {
                    409 => shared.tally.met(Met::SeatsFull),
                    403 => shared.tally.met(Met::SeatRefused),
                    _ => {}
                }
                shared.note(|| format!("answer {} to {}", response.status, requests::describe(&Job::Act(act.clone()))));
                drop(shared);
                self.witness.answer(&self.story, &act, &response, now, began)?;
                if response.status == 503 {
                    self.again(Job::Act(act));
                }
            }
            (job @ Job::Drain(_), _) => self.again(job),
            _ => {}
        }
        Ok(())
    }

    /// The quiet phase: nothing fails any more, and after a while nothing is left to do. Then everything is checked.
    pub(super) fn settle(&mut self) -> Result<(), String> {
        self.quiet()?;
        self.audit()?;
        // A look of a site may have brought it its next token, which its vault then publishes.
        self.run()?;
        rest::at_rest(&self.shared(), &self.story, &self.witness)
    }

    /// Lets nothing fail any more until nothing is left to do.
    pub(super) fn quiet(&mut self) -> Result<(), String> {
        {
            let mut shared = self.shared();
            shared.weather = Weather::Clear;
            shared.now += 600;
            shared.note(|| "quiet phase".to_owned());
        }
        let mut rounds = 0;
        loop {
            self.run()?;
            if !rest::parked_facts_that_could_be_placed(&self.shared()) {
                break;
            }
            rounds += 1;
            if rounds > QUIET_ROUNDS_MAX {
                return Err("I12 a parked fact is never placed".to_owned());
            }
            self.shared().now += 61;
            self.spawn(Job::Act(Rc::new(Act::Tick)));
        }
        rest::all_is_done(&self.shared())
    }

    /// The program at one of the places.
    pub(super) fn app(&self) -> &App<World> {
        &self.apps[0]
    }

    /// Looks at every purchase once more, from a place that has seen nothing so far.
    fn audit(&mut self) -> Result<(), String> {
        for order in 0..self.story.orders.len() {
            let ask = |number| Act::Seat { order, wish: Wish::Verdict, site: Site { number, spelling: 0 } };
            let sites = self.witness.seats.sites(order).into_iter().map(ask);
            for act in [Act::Poll { order }, Act::Validate { order, key: story::Asked::Right }].into_iter().chain(sites)
            {
                self.shared().now += 1;
                self.spawn_at(Job::Act(Rc::new(act)), FRESH);
                self.witness.is_final = true;
                while !self.tasks.is_empty() {
                    self.poll(0)?;
                }
            }
        }
        Ok(())
    }
}
