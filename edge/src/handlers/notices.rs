//! Telling notices to all holders. Each vault tells its holder once, however often it is asked.

use crate::app::App;
use crate::domain::desk;
use crate::domain::id::Subject;
use crate::domain::notice::{self, Notice};
use crate::domain::vault::{Command, Reply};
use crate::handlers::round;
use crate::log::Event;
use crate::ports::{Ports, Unavailable};
use crate::store;

/// Goes on telling what is to be told.
pub(crate) async fn go_on<World: Ports>(app: &App<World>) -> Result<(), Unavailable> {
    let site = app.site().await?;
    for notice in notice::current(&site, app.now()) {
        tell(app, &notice).await?;
    }
    Ok(())
}

async fn tell<World: Ports>(app: &App<World>, notice: &Notice) -> Result<(), Unavailable> {
    let ask = async |subject: &Subject| {
        let command = Command::Notify { notice: notice.clone() };
        let reply = store::vault(&app.world, subject, command).await?;
        Ok(matches!(reply, Reply::Notified { is_told: true }))
    };
    if let Some(progress) = round::go_on(app, desk::notice_row(notice), ask).await? {
        app.world.log(&Event::NoticeProgress {
            notice: notice.id(),
            asked: progress.asked,
            queued: progress.queued,
            done: progress.done,
        });
    }
    Ok(())
}
