//! Tasks of an operator on the native host's store. The server must not run on it meanwhile; the store is locked then.

use std::path::Path;

pub use edge::hosts::native::ExportError;

/// Writes the whole store of a data folder as lines of JSON; answers how many records there are.
pub fn export(data_dir: &Path, out: &Path) -> Result<usize, ExportError> {
    edge::hosts::native::export(data_dir, out)
}
