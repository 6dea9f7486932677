//! Telling notices to all holders, a few vaults at a time. Each vault tells its holder once, however often it is asked;
//! the desk remembers how far the asking has come, so a run that is broken off goes on where it was.

use crate::app::App;
use crate::domain::id::Subject;
use crate::domain::notice::{self, Notice};
use crate::domain::vault::{Command, Reply};
use crate::log::Event;
use crate::ports::{Ports, Unavailable};
use crate::store;

/// Vaults asked in one run of the cron trigger.
const VAULTS_PER_RUN_MAX: usize = 100;

/// Goes on telling what is to be told.
pub(crate) async fn go_on<World: Ports>(app: &App<World>) -> Result<(), Unavailable> {
    let site = app.site().await?;
    for notice in notice::current(&site, app.now()) {
        tell(app, &notice).await?;
    }
    Ok(())
}

async fn tell<World: Ports>(app: &App<World>, notice: &Notice) -> Result<(), Unavailable> {
    let progress = store::progress(&app.world, notice).await?;
    if progress.done {
        return Ok(());
    }
    let rows = store::registered(&app.world, progress.after.clone()).await?;
    let is_last = rows.len() <= VAULTS_PER_RUN_MAX;
    let asked: Vec<Subject> = rows.into_iter().take(VAULTS_PER_RUN_MAX).map(|(subject, _)| subject).collect();
    let mut told = 0;
    for subject in &asked {
        let command = Command::Notify { notice: notice.clone() };
        if let Reply::Notified { is_told: true } = store::vault(&app.world, subject, command).await? {
            told += 1;
        }
    }
    let progress = store::advance(&app.world, notice, progress.after(&asked, told, is_last)).await?;
    app.world.log(&Event::NoticeProgress {
        notice: notice.id(),
        asked: progress.asked,
        queued: progress.queued,
        done: progress.done,
    });
    Ok(())
}
