//! Work side by side, on the threads of the pool that it runs on. All callers share one copy of the machine code:
//! Rayon's own iterators are compiled anew for every closure, and there is one for each dtype of each function.

use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

/// Elements that are worth a task of their own.
const TASK: usize = 1 << 12;
/// Tasks for each thread: so many that one slow task does not keep the others waiting.
const TASKS_EACH: usize = 8;

/// Calls `work` once with each number below `count`.
pub fn numbers(count: usize, work: &(dyn Fn(usize) + Sync)) {
    (0..count).into_par_iter().for_each(work);
}

/// Calls both.
pub fn both(one: &mut (dyn FnMut() + Send), other: &mut (dyn FnMut() + Send)) {
    rayon::join(one, other);
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
    let length = count.div_ceil(rayon::current_num_threads() * TASKS_EACH).max(1);
    made(count.div_ceil(length), &|number| make(number * length..((number + 1) * length).min(count)))
}

/// Calls `work` with the number of each chunk of `length` elements, and the chunk; the last one may be shorter.
pub fn chunks<T: Send>(values: &mut [T], length: usize, work: &(dyn Fn(usize, &mut [T]) + Sync)) {
    let length = length.max(1);
    // Short chunks make a task together.
    let fair = values.len() / length / (rayon::current_num_threads() * TASKS_EACH);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_chunk_is_seen_once_under_its_number() {
        for (count, length) in
            [(0, 3), (1, 3), (10, 3), (100_000, 1), (100_000, 7), (100_000, 40_000), (5, 0)]
        {
            let mut values = vec![0; count];
            chunks(&mut values, length, &|number, chunk| {
                chunk.iter_mut().for_each(|value| *value += number + 1)
            });
            let wanted: Vec<usize> = (0..count).map(|at| at / length.max(1) + 1).collect();
            assert_eq!(values, wanted, "{count} in {length}");
        }
    }

    #[test]
    fn results_are_in_order() {
        assert_eq!(made(1000, &|number| number * 2), (0..1000).map(|number| number * 2).collect::<Vec<_>>());
        for count in [0, 1, 7, 1000, 100_001] {
            let ranges = made_of_ranges(count, &|range| range);
            assert_eq!(ranges.into_iter().flatten().collect::<Vec<_>>(), (0..count).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_first_failure_is_said() {
        let mut values = vec![0; 50_000];
        let fail = |number: usize, _: &mut [i32]| if number % 1000 == 999 { Err(number) } else { Ok(()) };
        for _ in 0..20 {
            assert_eq!(try_chunks(&mut values, 1, &fail), Err(999));
        }
        assert_eq!(try_chunks(&mut values[..10], 1, &fail), Ok(()));
    }
}
