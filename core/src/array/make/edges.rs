//! What lies beyond the edges of an array: for each position outside, the one inside that stands for it.

/// What stands beyond an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// The elements backwards, the last one not again: `c b | a b c`.
    Reflect,
    /// The elements backwards, the last one again: `b a | a b c`.
    Symmetric,
    /// The last element.
    Nearest,
    /// The elements from the other end.
    Periodic,
    /// A value of its own.
    Constant,
    /// Nothing.
    Nothing,
}

impl Edge {
    /// The position inside that stands for position `at` of an axis of that length; nothing where none does.
    pub fn place(self, at: isize, length: usize) -> Option<usize> {
        if (0..length as isize).contains(&at) {
            return Some(at as usize);
        }
        let last = length.checked_sub(1)?;
        match self {
            Self::Nearest => Some(at.clamp(0, last as isize) as usize),
            Self::Periodic => Some(at.rem_euclid(length as isize) as usize),
            Self::Symmetric => {
                let at = at.rem_euclid(2 * length as isize) as usize;
                Some(at.min(2 * length - 1 - at))
            }
            Self::Reflect if last == 0 => Some(0),
            Self::Reflect => {
                let at = at.rem_euclid(2 * last as isize) as usize;
                Some(at.min(2 * last - at))
            }
            Self::Constant | Self::Nothing => None,
        }
    }

    /// The positions inside that stand for those from `-before` on.
    pub fn table(self, length: usize, (before, after): (usize, usize)) -> Vec<Option<usize>> {
        let end = (length + after) as isize;
        (-(before as isize)..end).map(|at| self.place(at, length)).collect()
    }
}

/// A row with what lies beyond its edges: `out` is longer by `before` in front, and by what is left at the end.
pub fn extend<T: Copy>(row: &[T], before: usize, edge: Edge, fill: T, out: &mut [T]) {
    let end = before + row.len();
    out[before..end].copy_from_slice(row);
    let (front, rest) = out.split_at_mut(before);
    let beyond = |at: isize| edge.place(at, row.len()).map_or(fill, |at| row[at]);
    for (at, slot) in front.iter_mut().enumerate() {
        *slot = beyond(at as isize - before as isize);
    }
    for (at, slot) in rest.iter_mut().enumerate().skip(row.len()) {
        *slot = beyond(at as isize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_repeat_as_often_as_needed() {
        let all = |edge: Edge| (-4..7).map(|at| edge.place(at, 3)).collect::<Option<Vec<_>>>();
        assert_eq!(all(Edge::Reflect), Some(vec![0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2]));
        assert_eq!(all(Edge::Symmetric), Some(vec![2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0]));
        assert_eq!(all(Edge::Nearest), Some(vec![0, 0, 0, 0, 0, 1, 2, 2, 2, 2, 2]));
        assert_eq!(all(Edge::Periodic), Some(vec![2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0]));
        assert_eq!(Edge::Nothing.place(-1, 3), None);
        assert_eq!(Edge::Reflect.place(5, 1), Some(0));
    }
}
