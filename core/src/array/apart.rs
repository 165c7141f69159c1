//! Work side by side, on the threads of the pool that it runs on. All callers share one copy of the machine code:
//! Rayon's own iterators are compiled anew for every closure, and there is one for each dtype of each function.
//!
//! Outside of a pool, where small computations run, one piece of work comes after the other: Rayon would start a pool of
//! its own there, beside ours.

use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

/// Elements that are worth a task of their own.
const TASK: usize = 1 << 12;
/// Tasks for each thread: so many that one slow task does not keep the others waiting.
const TASKS_EACH: usize = 8;
/// Elements up to which rows are not worth another thread.
const FEW: usize = 1 << 14;

/// How many threads work may run on from here.
pub fn threads() -> usize {
    rayon::current_thread_index().map_or(1, |_| rayon::current_num_threads())
}

/// Calls `work` once with each number below `count`.
pub fn numbers(count: usize, work: &(dyn Fn(usize) + Sync)) {
    match count > 1 && threads() > 1 {
        true => (0..count).into_par_iter().for_each(work),
        false => (0..count).for_each(work),
    }
}

/// Calls both.
pub fn both(one: &mut (dyn FnMut() + Send), other: &mut (dyn FnMut() + Send)) {
    if threads() > 1 {
        rayon::join(one, other);
        return;
    }
    one();
    other();
}

/// What `make` makes of each number below `count`, in their order.
pub fn made<R: Send>(count: usize, make: &(dyn Fn(usize) -> R + Sync)) -> Vec<R> {
    let slots: Vec<Mutex<Option<R>>> = (0..count).map(|_| Mutex::new(None)).collect();
    numbers(count, &|number| {
        let made = make(number);
        if let Ok(mut slot) = slots[number].lock() {
            *slot = Some(made);
        }
    });
    slots.into_iter().filter_map(|slot| slot.into_inner().ok().flatten()).collect()
}

/// What `make` makes of ranges that `0..count` is cut into, a few for each thread.
pub fn made_of_ranges<R: Send>(count: usize, make: &(dyn Fn(Range<usize>) -> R + Sync)) -> Vec<R> {
    let length = count.div_ceil(threads() * TASKS_EACH).max(1);
    made(count.div_ceil(length), &|number| make(number * length..((number + 1) * length).min(count)))
}

/// Calls `work` with the number of each chunk of `length` elements, and the chunk; the last one may be shorter.
pub fn chunks<T: Send>(values: &mut [T], length: usize, work: &(dyn Fn(usize, &mut [T]) + Sync)) {
    let (length, threads) = (length.max(1), threads());
    if values.len() <= length || threads == 1 {
        return in_turn(values, length, work);
    }
    // Short chunks make a task together.
    let fair = values.len() / length / (threads * TASKS_EACH);
    let several = (TASK / length).min(fair).max(1);
    let tasks: Vec<Mutex<&mut [T]>> = values.chunks_mut(length * several).map(Mutex::new).collect();
    numbers(tasks.len(), &|task| {
        if let Ok(mut taken) = tasks[task].lock() {
            for (number, chunk) in taken.chunks_mut(length).enumerate() {
                work(task * several + number, chunk);
            }
        }
    });
}

/// The same for rows of `length`: one after the other where the `elements` that they are made of are few.
pub fn rows<T: Send>(
    elements: usize,
    values: &mut [T],
    length: usize,
    work: &(dyn Fn(usize, &mut [T]) + Sync),
) {
    match elements > FEW {
        true => chunks(values, length, work),
        false => in_turn(values, length.max(1), work),
    }
}

fn in_turn<T>(values: &mut [T], length: usize, work: &(dyn Fn(usize, &mut [T]) + Sync)) {
    values.chunks_mut(length).enumerate().for_each(|(number, chunk)| work(number, chunk));
}

/// What becomes of a chunk and its number, or why nothing does.
type Try<'a, T, E> = dyn Fn(usize, &mut [T]) -> Result<(), E> + Sync + 'a;

/// The same where `work` may fail: what the first of the chunks says that fail. Chunks behind it may be left out.
///
/// # Errors
/// Those of `work`.
pub fn try_chunks<T: Send, E: Send>(values: &mut [T], length: usize, work: &Try<'_, T, E>) -> Result<(), E> {
    let (first, failed) = (AtomicUsize::new(usize::MAX), Mutex::new(None));
    chunks(values, length, &|number, chunk| {
        if number > first.load(Ordering::Relaxed) {
            return;
        }
        if let Err(error) = work(number, chunk)
            && let Ok(mut failed) = failed.lock()
            && number < first.fetch_min(number, Ordering::Relaxed)
        {
            *failed = Some(error);
        }
    });
    failed.into_inner().ok().flatten().map_or(Ok(()), Err)
}

/// Runs the check outside of a pool, on a pool of one thread, and on one of several.
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "only tests call it")]
pub fn everywhere(check: impl Fn() + Sync) {
    check();
    for threads in [1, 3] {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(&check);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_chunk_is_seen_once_under_its_number() {
        everywhere(|| {
            for (count, length) in
                [(0, 3), (1, 3), (10, 3), (100_000, 1), (100_000, 7), (100_000, 40_000), (5, 0)]
            {
                let (mut values, mut in_rows) = (vec![0; count], vec![0; count]);
                let add = |number: usize, chunk: &mut [usize]| {
                    chunk.iter_mut().for_each(|value| *value += number + 1);
                };
                chunks(&mut values, length, &add);
                rows(count, &mut in_rows, length, &add);
                let wanted: Vec<usize> = (0..count).map(|at| at / length.max(1) + 1).collect();
                assert_eq!(values, wanted, "{count} in {length}");
                assert_eq!(in_rows, wanted, "{count} in {length}");
            }
        });
    }

    #[test]
    fn results_are_in_order() {
        everywhere(|| {
            let doubled: Vec<usize> = (0..1000).map(|number| number * 2).collect();
            assert_eq!(made(1000, &|number| number * 2), doubled);
            for count in [0, 1, 7, 1000, 100_001] {
                let ranges = made_of_ranges(count, &|range| range);
                assert_eq!(ranges.into_iter().flatten().collect::<Vec<_>>(), (0..count).collect::<Vec<_>>());
            }
        });
    }

    #[test]
    fn both_are_called() {
        everywhere(|| {
            let (mut one, mut other) = (0, 0);
            both(&mut || one += 1, &mut || other += 2);
            assert_eq!((one, other), (1, 2));
        });
    }

    #[test]
    fn the_first_failure_is_said() {
        let fail = |number: usize, _: &mut [i32]| if number % 1000 == 999 { Err(number) } else { Ok(()) };
        everywhere(|| {
            let mut values = vec![0; 50_000];
            for _ in 0..20 {
                assert_eq!(try_chunks(&mut values, 1, &fail), Err(999));
            }
            assert_eq!(try_chunks(&mut values[..10], 1, &fail), Ok(()));
        });
    }

    #[test]
    fn work_outside_of_a_pool_starts_none() {
        let here = std::thread::current().id();
        numbers(1000, &|_| assert_eq!(std::thread::current().id(), here));
        assert_eq!(threads(), 1);
    }
}
