//! The way of one question: asked under an id of ours, shown as its answer comes, ended by Ctrl-C.

use std::convert::Infallible;
use std::future::poll_fn;
use std::io::{ErrorKind, IsTerminal};
use std::pin::{Pin, pin};
use std::time::{Duration, Instant};

use http::HeaderMap;
use http_body::Body;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use uuid::Uuid;

use super::line::Line;
use super::out::Out;
use super::{Shell, note};
use crate::cli::Failure;
use crate::cli::client::{Progress, Question, Server};
use crate::error::whole;

/// How long an answer is waited for before progress is shown.
const PATIENCE: Duration = Duration::from_millis(300);
const TICK: Duration = Duration::from_millis(100);
/// How often the server is asked how far it has come.
const LOOK_AGAIN: Duration = Duration::from_millis(250);
/// Formats that say themselves how many rows there are.
const COUNT_THEMSELVES: &[&str] = &["text", "vertical"];

/// Asks the question, and shows the answer.
pub(super) async fn ask(shell: &mut Shell, question: &Question<'_>) -> Result<(), Failure> {
    let size = shell.line.as_mut().and_then(Line::size);
    let format = shell.format();
    let mut out = Out::of(shell, size)?;
    let began = Instant::now();
    let count = answer_or_cancel(&shell.server, question, format, &mut out).await;
    out.end()?;
    let count = count?;
    match &shell.file {
        Some((path, _)) => note(&format!("{count} in {}", path.display())),
        None if shell.line.is_some() && !COUNT_THEMSELVES.contains(&format) => note(&count),
        None => {}
    }
    if shell.timing {
        note(&format!("time: {:.3} ms", began.elapsed().as_secs_f64() * 1000.0));
    }
    Ok(())
}

/// The answer, unless Ctrl-C ends it. Progress is shown meanwhile.
async fn answer_or_cancel(
    server: &Server,
    question: &Question<'_>,
    format: &str,
    out: &mut Out<'_>,
) -> Result<String, Failure> {
    let (id, bar) = (Uuid::now_v7().to_string(), bar());
    let mut answered = pin!(answer(server, question, format, &id, out, &bar));
    let count = tokio::select! {
        count = &mut answered => count,
        _ = tokio::signal::ctrl_c() => {
            // The request stays open meanwhile: a question whose client is gone has no id any more.
            server.cancel(&id).await;
            Err(Failure::Failed("cancelled".to_owned()))
        }
        never = show_late(server, &id, &bar) => match never {},
    };
    bar.finish_and_clear();
    count
}

/// Hands the answer on as it comes, and tells how many rows it had.
async fn answer(
    server: &Server,
    question: &Question<'_>,
    format: &str,
    id: &str,
    out: &mut Out<'_>,
    bar: &ProgressBar,
) -> Result<String, Failure> {
    let response = server.ask(question, format, id).await?;
    let mut count = counted(response.headers());
    let mut body = reqwest::Body::from(response);
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        let frame = frame.map_err(|error| broke_off(&error))?;
        if let Some(trailers) = frame.trailers_ref() {
            count = counted(trailers);
        }
        let Ok(bytes) = frame.into_data() else { continue };
        // A bar in the midst of the answer would be in its way.
        if out.is_screen() {
            bar.finish_and_clear();
        }
        match out.write(&bytes) {
            Ok(()) => {}
            // Whoever left the pager has seen enough.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => break,
            Err(error) => return Err(Failure::of(&error)),
        }
    }
    Ok(count.unwrap_or_else(|| "(not read to its end)".to_owned()))
}

fn broke_off(error: &reqwest::Error) -> Failure {
    Failure::Failed(format!("the answer broke off: {}", whole(error)))
}

/// How many rows, as headers or trailers tell it.
fn counted(headers: &HeaderMap) -> Option<String> {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    let rows = text("pantile-rows")?;
    let noun = if rows == "1" { "row" } else { "rows" };
    let more = if text("pantile-truncated") == Some("true") { ", more were cut off" } else { "" };
    Some(format!("({rows} {noun}{more})"))
}

/// What shows that something is done. Hidden at first.
fn bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
    far(&bar, &Progress::default());
    bar
}

/// Puts on the bar how far the question has come: of arrays in boxes, of everything else in what is read. A question that
/// reads no files has no end that could be seen.
fn far(bar: &ProgressBar, progress: &Progress) {
    let Progress { state, rows, boxes, boxes_total, read_bytes, read_bytes_total } = progress;
    let (done, total) = if *boxes_total > 0 { (boxes, boxes_total) } else { (read_bytes, read_bytes_total) };
    let template = match (total, boxes_total) {
        (0, _) => "{spinner} {elapsed_precise}{msg}; Ctrl-C cancels",
        (_, 1..) => "{bar:24} {percent:>3}% of {len} boxes, {elapsed_precise}{msg}; Ctrl-C cancels",
        _ => "{bar:24} {percent:>3}% of {total_bytes} read, {elapsed_precise}{msg}; Ctrl-C cancels",
    };
    bar.set_style(
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner()),
    );
    bar.set_message(match (state.as_str(), rows) {
        ("queued", _) => ", waiting for its turn".to_owned(),
        (_, 0) => String::new(),
        (_, rows) => format!(", {rows} rows"),
    });
    bar.set_length(*total);
    bar.set_position(*done.min(total));
}

/// Shows the bar after a while, where standard error is a terminal and the bar is still needed.
async fn show_late(server: &Server, id: &str, bar: &ProgressBar) -> Infallible {
    tokio::time::sleep(PATIENCE).await;
    if std::io::stderr().is_terminal() && !bar.is_finished() {
        bar.set_draw_target(ProgressDrawTarget::stderr());
        bar.enable_steady_tick(TICK);
    }
    while !bar.is_finished() && !bar.is_hidden() {
        if let Some(progress) = server.progress(id).await.filter(|_| !bar.is_finished()) {
            far(bar, &progress);
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    std::future::pending().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_shows_what_is_read_and_never_more_than_all() {
        let bar = bar();
        let progress = Progress {
            state: "running".to_owned(),
            rows: 7,
            read_bytes: 30,
            read_bytes_total: 20,
            ..Progress::default()
        };
        far(&bar, &progress);
        assert_eq!((bar.position(), bar.length(), bar.message()), (20, Some(20), ", 7 rows".to_owned()));
        far(&bar, &Progress { boxes: 3, boxes_total: 8, ..progress });
        assert_eq!((bar.position(), bar.length()), (3, Some(8)));
        far(&bar, &Progress { state: "queued".to_owned(), ..Progress::default() });
        assert_eq!(bar.message(), ", waiting for its turn");
    }

    #[test]
    fn rows_are_counted_as_people_count() {
        let headers = |rows: &'static str, cut: &'static str| {
            let pairs = [("pantile-rows", rows), ("pantile-truncated", cut)];
            let pairs = pairs.map(|(name, value)| {
                (http::HeaderName::from_static(name), http::HeaderValue::from_static(value))
            });
            counted(&HeaderMap::from_iter(pairs))
        };
        assert_eq!(headers("1", "false").as_deref(), Some("(1 row)"));
        assert_eq!(headers("2", "true").as_deref(), Some("(2 rows, more were cut off)"));
        assert_eq!(counted(&HeaderMap::new()), None);
    }
}
