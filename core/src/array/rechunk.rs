//! How an array gets from one grid to another within a budget of bytes: at once, or by way of a third grid.
//!
//! A gather makes one chunk of the new grid from all chunks of the old one that it overlaps. Where too many overlap (rows
//! to columns), both grids first grow to blocks of what the budget holds, and a grid between them is no longer than
//! either on any axis: then few chunks of it belong to a block of either side.

use super::error::Error;
use super::grid::Grid;
use super::shape;

/// How to get there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Each new chunk from the old ones that it overlaps.
    Direct {
        /// What one task makes: a whole number of new chunks on each axis.
        block: Vec<usize>,
    },
    /// Old chunks to chunks of `between`, and those to new ones.
    TwoStep {
        /// The shape of the chunks in between.
        between: Vec<usize>,
        /// What one task of the first step makes: a whole number of chunks in between.
        first: Vec<usize>,
        /// What one task of the second step makes: a whole number of new chunks.
        second: Vec<usize>,
    },
}

/// The way from `source` to `target`, grids over one array whose elements have `width` bytes, such that no task has
/// more than `budget` bytes: those of the chunks that it reads, and those of what it makes.
///
/// Cost: a few divisions an axis; no chunk is looked at.
///
/// # Errors
/// [`Error::Refused`] where the grids are not over one shape, or the budget holds no task, with the bytes that would do.
pub fn plan(source: &Grid, target: &Grid, width: usize, budget: usize) -> Result<Plan, Error> {
    let shape = source.shape();
    if shape != target.shape() {
        let said = format!("takes grids over one shape, and got {shape:?} and {:?}", target.shape());
        return Err(Error::refused("rechunk", said));
    }
    let gather = |from: &[usize], to: &[usize]| gather_bytes(shape, from, to, width);
    let (old, new) = (source.chunk(), target.chunk());
    if gather(old, new) <= budget {
        return Ok(Plan::Direct { block: grown(shape, old, new, width, budget) });
    }
    let between = candidates(shape, old, new, width, budget);
    let cost = |between: &Vec<usize>| gather(old, between).max(gather(between, new));
    let Some(best) = between.iter().find(|between| cost(between) <= budget) else {
        let needed = between.iter().map(cost).min().unwrap_or(usize::MAX);
        let said = format!(
            "from chunks of {old:?} to chunks of {new:?} takes {needed} bytes at a time, and {budget} may be had; ask for smaller chunks"
        );
        return Err(Error::refused("rechunk", said));
    };
    let first = grown(shape, old, best, width, budget);
    let second = grown(shape, best, new, width, budget);
    Ok(Plan::TwoStep { between: best.clone(), first, second })
}

/// Bytes that a task has which makes a block of `to` from chunks of `from`: at most, over all such blocks.
pub fn gather_bytes(shape: &[usize], from: &[usize], to: &[usize], width: usize) -> usize {
    let axes = shape.iter().zip(from).zip(to);
    let read =
        axes.fold(width, |bytes, ((length, from), to)| bytes.saturating_mul(cover(*length, *from, *to)));
    let made = shape.iter().zip(to).map(|(length, to)| *to.min(length));
    read.saturating_add(made.fold(width, usize::saturating_mul))
}

/// How many elements of an axis those chunks of `from` hold that a block of `to` overlaps, at most.
fn cover(length: usize, from: usize, to: usize) -> usize {
    let (from, to) = (from.clamp(1, length.max(1)), to.clamp(1, length.max(1)));
    // Blocks begin within a chunk at multiples of what both lengths are multiples of.
    let latest = from.saturating_sub(common(from, to));
    let chunks = latest.saturating_add(to).div_ceil(from);
    chunks.saturating_mul(from).min(length)
}

/// The greatest length that both are multiples of.
fn common(one: usize, other: usize) -> usize {
    if other == 0 { one } else { common(other, one % other) }
}

/// Shapes for chunks in between, the largest first.
fn candidates(shape: &[usize], old: &[usize], new: &[usize], width: usize, budget: usize) -> Vec<Vec<usize>> {
    let mut found: Vec<Vec<usize>> = Vec::new();
    for halvings in 1..usize::BITS {
        let part = budget >> halvings;
        let (read, write) = (block(shape, old, width, part), block(shape, new, width, part));
        let least: Vec<usize> = read.iter().zip(&write).map(|(read, write)| *read.min(write)).collect();
        // Of lengths that do not divide each other, chunks that both are made of are never read twice.
        let axes = read.iter().zip(&write).zip(old.iter().zip(new));
        let shared = axes.map(|((read, write), (old, new))| match read < write {
            true => *read,
            false if write % old == 0 || old % write == 0 => *write,
            false => common(*old, *new),
        });
        for between in [least.clone(), shared.collect()] {
            if !found.contains(&between) {
                found.push(between);
            }
        }
        if least.iter().zip(old.iter().zip(new)).all(|(least, (old, new))| least <= old.min(new)) {
            break;
        }
    }
    found
}

/// A whole number of chunks on each axis, as many as `budget` bytes hold, from the last axis to the first.
fn block(shape: &[usize], chunk: &[usize], width: usize, budget: usize) -> Vec<usize> {
    let axes = shape.iter().zip(chunk);
    let mut block: Vec<usize> = axes.map(|(length, chunk)| *chunk.min(&(*length).max(1))).collect();
    for axis in (0..block.len()).rev() {
        let bytes = shape::count(&block).saturating_mul(width).max(1);
        let times = (budget / bytes).max(1);
        block[axis] = block[axis].saturating_mul(times).min(shape[axis].max(1));
    }
    block
}

/// A block of whole chunks of `to`, as large as the budget allows: fewer, larger tasks read each chunk of `from` fewer
/// times.
fn grown(shape: &[usize], from: &[usize], to: &[usize], width: usize, budget: usize) -> Vec<usize> {
    let mut block = to.to_vec();
    for axis in (0..block.len()).rev() {
        while block[axis] < shape[axis] {
            let mut larger = block.clone();
            larger[axis] = block[axis].saturating_mul(2);
            if gather_bytes(shape, from, &larger, width) > budget {
                break;
            }
            block = larger;
        }
    }
    block
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn grid(shape: &[usize], chunk: &[usize]) -> Grid {
        Grid::new(shape, chunk).unwrap()
    }

    /// What a task for that block really reads and makes, at most.
    fn counted(source: &Grid, block: &[usize], width: usize) -> usize {
        let tasks = grid(source.shape(), block);
        let bytes = |index: Vec<usize>| {
            let made = tasks.region(&index).unwrap();
            let read =
                source.overlapping(&made).map(|part| source.region(&part.chunk_index).unwrap().count());
            (read.sum::<usize>() + made.count()) * width
        };
        tasks.indices().map(bytes).max().unwrap_or(0)
    }

    #[test]
    fn rows_become_columns_in_two_steps() {
        let shape = [10_000, 10_000];
        let (rows, columns) = (grid(&shape, &[10, 10_000]), grid(&shape, &[10_000, 10]));
        let found = plan(&rows, &columns, 8, 16_000_000).unwrap();
        let (between, first, second) = match found {
            Plan::TwoStep { between, first, second } => (between, first, second),
            Plan::Direct { block } => (block, Vec::new(), Vec::new()),
        };
        assert!(between.iter().all(|length| (50..=100).contains(length)), "{between:?}");
        assert_eq!((first[1] >= 10_000, second[0] >= 10_000), (true, true), "{first:?} {second:?}");
    }

    #[test]
    fn what_fits_is_gathered_at_once() {
        let shape = [1000, 1000];
        let found = plan(&grid(&shape, &[100, 1000]), &grid(&shape, &[250, 250]), 8, 16_000_000).unwrap();
        assert!(matches!(found, Plan::Direct { .. }), "{found:?}");
    }

    #[test]
    fn a_budget_that_holds_no_task_is_refused() {
        let shape = [1000, 1000];
        let found = plan(&grid(&shape, &[1, 1000]), &grid(&shape, &[1000, 1]), 8, 4_000);
        assert!(found.unwrap_err().to_string().contains("4000 may be had"));
        assert!(plan(&grid(&[4], &[1]), &grid(&[5], &[1]), 8, 1 << 20).is_err());
    }

    fn cases() -> impl Strategy<Value = (Vec<usize>, Vec<usize>, Vec<usize>, usize)> {
        let axis = (0_usize..40, 1_usize..40, 1_usize..40);
        (prop::collection::vec(axis, 0..4), 1_usize..4000).prop_map(|(axes, budget)| {
            let of = |pick: fn(&(usize, usize, usize)) -> usize| axes.iter().map(pick).collect();
            (of(|axis| axis.0), of(|axis| axis.1), of(|axis| axis.2), budget)
        })
    }

    proptest! {
        #[test]
        fn no_task_is_over_the_budget((shape, old, new, budget) in cases()) {
            let (source, target) = (grid(&shape, &old), grid(&shape, &new));
            match plan(&source, &target, 4, budget * 4) {
                Ok(Plan::Direct { block }) => {
                    prop_assert!(counted(&source, &block, 4) <= budget * 4);
                    prop_assert!(block.iter().zip(&new).all(|(block, new)| block % new == 0));
                }
                Ok(Plan::TwoStep { between, first, second }) => {
                    prop_assert!(counted(&source, &first, 4) <= budget * 4);
                    prop_assert!(counted(&grid(&shape, &between), &second, 4) <= budget * 4);
                    prop_assert!(first.iter().zip(&between).all(|(block, between)| block % between == 0));
                    prop_assert!(second.iter().zip(&new).all(|(block, new)| block % new == 0));
                }
                // Refused is only what a chunk of either grid does not leave room for by far.
                Err(_) => {
                    let chunks = 1_usize << (shape.len() + 1);
                    let largest = gather_bytes(&shape, &old, &old, 4).max(gather_bytes(&shape, &new, &new, 4));
                    prop_assert!(largest * chunks > budget * 4, "{old:?} to {new:?} over {shape:?} in {budget}");
                }
            }
        }
    }
}
