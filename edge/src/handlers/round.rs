//! A round: all vaults are asked something, a few at a time. The desk remembers how far it has come, so a run that is broken off goes
//! on where it was.

use crate::app::App;
use crate::domain::desk;
use crate::domain::id::Subject;
use crate::domain::notice::Progress;
use crate::ports::{Ports, Unavailable};
use crate::store::{self, file};

/// Vaults asked in one run of the cron trigger.
const VAULTS_PER_RUN_MAX: usize = 100;

/// Asks the next vaults, unless all were asked. `ask` says whether a vault counts; what comes back is how far it has come now, and
/// nothing where there was nothing to ask.
pub(crate) async fn go_on<World: Ports>(
    app: &App<World>,
    row: String,
    ask: impl AsyncFn(&Subject) -> Result<bool, Unavailable>,
) -> Result<Option<Progress>, Unavailable> {
    let progress = store::progress(&app.world, row.clone()).await?;
    if progress.done {
        return Ok(None);
    }
    let rows = store::registered(&app.world, progress.after.clone()).await?;
    let is_last = rows.len() <= VAULTS_PER_RUN_MAX;
    let asked: Vec<Subject> = rows.into_iter().take(VAULTS_PER_RUN_MAX).map(|(subject, _)| subject).collect();
    let (mut counted, mut failed) = (0, None);
    for subject in &asked {
        match ask(subject).await {
            Ok(counts) => counted += u64::from(counts),
            // Nobody else waits for it; all of these are asked again next time.
            Err(unavailable) => failed = Some(unavailable),
        }
    }
    if let Some(unavailable) = failed {
        return Err(unavailable);
    }
    store::advance(&app.world, row, progress.after(&asked, counted, is_last)).await.map(Some)
}

/// Has the key of each vault locked by the newest key of the configuration, and its files sealed with it, once.
pub(crate) async fn lock_anew<World: Ports>(app: &App<World>) -> Result<(), Unavailable> {
    let lock = async |subject: &Subject| {
        store::lock(&app.world, subject).await?;
        seal_files_anew(app, subject).await.map(|()| true)
    };
    go_on(app, desk::epoch_row(app.config.vault_keys.epoch()), lock).await.map(drop)
}

async fn seal_files_anew<World: Ports>(app: &App<World>, subject: &Subject) -> Result<(), Unavailable> {
    let mut anew = vec![];
    for id in store::files(&app.world, subject).await?.0 {
        if file::keep_anew(&app.world, &app.config.vault_keys, &id).await? {
            anew.push(id);
        }
    }
    if anew.is_empty() {
        return Ok(());
    }
    // One whose message went in between was taken away then or is put back by now; it must not stay. Of a vault that went to another
    // address the other has them.
    let (listed, has_left) = store::files(&app.world, subject).await?;
    for id in anew.into_iter().filter(|id| !has_left && !listed.contains(id)) {
        app.world.drop_file(&id).await?;
    }
    Ok(())
}
