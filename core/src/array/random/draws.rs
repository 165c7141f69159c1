//! Philox4x64-10 (J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw: Parallel random numbers: as easy as 1, 2, 3,
//! SC 2011), and a stream of its words for each element.
//!
//! The counter is (place, block, stream, tag). Four neighbours share the block of number 0, in which each has its
//! first word; most need no more. What an element draws beyond it comes from blocks 1, 2, … at its own place.

use std::convert::Infallible;

use rand::TryRng;

const MULTIPLIERS: [u64; 2] = [0xD2E7_470E_E14C_6C93, 0xCA5A_8263_9512_1157];
const WEYL: [u64; 2] = [0x9E37_79B9_7F4A_7C15, 0xBB67_AE85_84CA_A73B];
const ROUNDS: usize = 10;

/// Words of a block.
pub const WORDS: usize = 4;

/// The four words that a counter and a key stand for.
#[inline]
pub fn philox(counter: [u64; 4], key: [u64; 2]) -> [u64; 4] {
    let ([mut a, mut b, mut c, mut d], [mut low, mut high]) = (counter, key);
    for _ in 0..ROUNDS {
        let first = u128::from(MULTIPLIERS[0]) * u128::from(a);
        let second = u128::from(MULTIPLIERS[1]) * u128::from(c);
        (a, c) = ((second >> 64) as u64 ^ b ^ low, (first >> 64) as u64 ^ d ^ high);
        (b, d) = (second as u64, first as u64);
        (low, high) = (low.wrapping_add(WEYL[0]), high.wrapping_add(WEYL[1]));
    }
    [a, b, c, d]
}

/// What all elements of one array draw from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stream {
    seed: u64,
    number: u64,
    tag: u64,
}

impl Stream {
    /// The stream of that number of a seed, for the function of that name: functions of one seed do not share numbers.
    pub fn new(seed: u64, number: u64, name: &str) -> Self {
        // FNV-1a.
        let tag = name.bytes().fold(0xCBF2_9CE4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
        });
        Self { seed, number, tag }
    }

    #[inline]
    fn block(&self, place: u64, block: u64) -> [u64; WORDS] {
        philox([place, block, self.number, self.tag], [self.seed, 0])
    }

    /// The first words of four neighbours, of which that is the first's number divided by four.
    #[inline]
    pub fn firsts(&self, four: u64) -> [u64; WORDS] {
        self.block(four, 0)
    }

    /// The draws of an element whose first word is known.
    #[inline]
    pub fn after(&self, element: u64, first: u64) -> Draws<'_> {
        Draws { stream: self, element, block: 0, words: [first, 0, 0, 0], left: 1 }
    }

    /// The draws of an element.
    pub fn at(&self, element: u64) -> Draws<'_> {
        let firsts = self.firsts(element / WORDS as u64);
        self.after(element, firsts[element as usize % WORDS])
    }
}

/// The draws of one element: as many as it takes.
#[derive(Debug)]
pub struct Draws<'a> {
    stream: &'a Stream,
    element: u64,
    block: u64,
    words: [u64; WORDS],
    left: usize,
}

impl Draws<'_> {
    /// The next word.
    #[inline]
    pub fn word(&mut self) -> u64 {
        if self.left == 0 {
            self.more();
        }
        self.left -= 1;
        self.words[self.left % WORDS]
    }

    #[cold]
    #[inline(never)]
    fn more(&mut self) {
        self.block = self.block.wrapping_add(1);
        self.words = self.stream.block(self.element, self.block);
        self.left = WORDS;
    }

    /// A number from 0 to before 1, one of 2⁵³ that are equally far apart.
    #[inline]
    pub fn unit(&mut self) -> f64 {
        (self.word() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// The same, of 2²⁴.
    #[inline]
    pub fn unit_f32(&mut self) -> f32 {
        (self.word() >> 40) as f32 * (1.0 / (1_u64 << 24) as f32)
    }

    /// A number between 0 and 1, and neither.
    #[inline]
    pub fn inside(&mut self) -> f64 {
        ((self.word() >> 12) as f64 + 0.5) * (1.0 / (1_u64 << 52) as f64)
    }
}

impl TryRng for Draws<'_> {
    type Error = Infallible;

    #[inline]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.word() >> 32) as u32)
    }

    #[inline]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.word())
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for piece in out.chunks_mut(8) {
            piece.copy_from_slice(&self.word().to_le_bytes()[..piece.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counter, key, and the block that `numpy.random.Philox(counter=…, key=…).random_raw(4)` has of them; its counter
    /// goes up by one before each block.
    const KNOWN: &[([u64; 4], [u64; 2], [u64; 4])] = &[
        (
            [0x0000000000000000, 0x0000000000000000, 0x0000000000000000, 0x0000000000000000],
            [0x0000000000000000, 0x0000000000000000],
            [0x16554D9ECA36314C, 0xDB20FE9D672D0FDC, 0xD7E772CEE186176B, 0x7E68B68AEC7BA23B],
        ),
        (
            [0x0000000000000001, 0x0000000000000002, 0x0000000000000003, 0x0000000000000004],
            [0x0000000000000005, 0x0000000000000006],
            [0xA39B5519339FE354, 0xACEB1228EFC25196, 0xA0A2E3C25AA5F4FC, 0x08D0CFA9332720DF],
        ),
        (
            [0xFFFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF],
            [0xFFFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF],
            [0x87B092C3013FE90B, 0x438C3C67BE8D0224, 0x9CC7D7C69CD777B6, 0xA09CAEBF594F0BA0],
        ),
        (
            [0x243F6A8885A308D3, 0x13198A2E03707344, 0xA4093822299F31D0, 0x082EFA98EC4E6C89],
            [0x452821E638D01377, 0xBE5466CF34E90C6C],
            [0xA528F45403E61D95, 0x38C72DBD566E9788, 0xA5A1610E72FD18B5, 0x57BD43B5E52B7FE6],
        ),
    ];

    #[test]
    fn blocks_are_those_of_numpy() {
        for (counter, key, words) in KNOWN {
            assert_eq!(philox(*counter, *key), *words);
        }
    }

    #[test]
    fn elements_have_streams_of_their_own() {
        let stream = Stream::new(7, 3, "name");
        let first: Vec<u64> = (0..9).map(|at| stream.at(at).word()).collect();
        let fours: Vec<u64> = (0..3).flat_map(|four| stream.firsts(four)).collect();
        assert_eq!(first, fours[..9]);
        let mut draws = stream.at(5);
        let words: Vec<u64> = (0..9).map(|_| draws.word()).collect();
        let mut again = stream.after(5, words[0]);
        assert_eq!(words, (0..9).map(|_| again.word()).collect::<Vec<_>>());
    }
}
