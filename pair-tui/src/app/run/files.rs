//! The files' side of the loop: one is written at a time, in the order in which it was asked for.

use crate::app::files::WriteReport;
use futures::future::BoxFuture;
use std::{collections::VecDeque, future::pending};

/// A file that is being written, or will be.
pub(super) type Writing = BoxFuture<'static, WriteReport>;

/// How the first of them went, when it is done; never, where there is none. Cancel-safe.
pub(super) async fn written(writing: &mut VecDeque<Writing>) -> WriteReport {
    let Some(first) = writing.front_mut() else { return pending().await };
    let report = first.await;
    writing.pop_front();
    report
}

/// Waits for all of them. Nobody is there any more to be told what went wrong.
pub(super) async fn finish(mut writing: VecDeque<Writing>) {
    while !writing.is_empty() {
        let report = written(&mut writing).await;
        tracing::info!(file = %report.order.path.display(), result = ?report.result.map(drop), "written while leaving");
    }
}
