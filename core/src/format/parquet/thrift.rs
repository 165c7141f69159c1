//! Just enough of Thrift's compact protocol to walk over a Parquet footer or page header without trusting it.

/// Structs nest no deeper than this in Parquet's headers.
const DEPTH_MAX: usize = 16;

/// What a page header says of its page.
pub(super) struct PageSizes {
    pub(super) header_bytes: usize,
    pub(super) compressed: u64,
    pub(super) uncompressed: u64,
}

/// Reads a page header at the beginning of `bytes`; none if they hold no whole one.
pub(super) fn page_sizes(bytes: &[u8]) -> Option<PageSizes> {
    let mut walk = Walk { bytes, at: 0 };
    let (mut compressed, mut uncompressed) = (None, None);
    let mut id = 0;
    loop {
        let (kind, next) = walk.field(id)?;
        id = next;
        match (kind, id) {
            (0, _) => break,
            (5, 2) => uncompressed = Some(walk.number()?),
            (5, 3) => compressed = Some(walk.number()?),
            (kind, _) => walk.skip(kind, 0)?,
        }
    }
    let size = |number: i64| u64::try_from(number).ok();
    Some(PageSizes {
        header_bytes: walk.at,
        compressed: size(compressed?)?,
        uncompressed: size(uncompressed?)?,
    })
}

/// Whether `bytes` are one well-formed struct in which no list claims more elements than bytes are left: the
/// decoder reserves memory for what a list claims.
pub(super) fn plausible(bytes: &[u8]) -> bool {
    Walk { bytes, at: 0 }.skip(12, 0).is_some()
}

struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Walk<'_> {
    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn forward(&mut self, bytes: u64) -> Option<()> {
        let left = (self.bytes.len() - self.at) as u64;
        if bytes > left {
            return None;
        }
        self.at += bytes as usize;
        Some(())
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn number(&mut self) -> Option<i64> {
        let zigzag = self.varint()?;
        Some((zigzag >> 1) as i64 ^ -((zigzag & 1) as i64))
    }

    /// The next field's type and id; type 0 ends the struct.
    fn field(&mut self, last_id: i64) -> Option<(u8, i64)> {
        let head = self.byte()?;
        let kind = head & 0x0f;
        if kind == 0 {
            return Some((0, last_id));
        }
        match head >> 4 {
            0 => Some((kind, self.number()?)),
            step => Some((kind, last_id.checked_add(i64::from(step))?)),
        }
    }

    fn skip(&mut self, kind: u8, depth: usize) -> Option<()> {
        if depth > DEPTH_MAX {
            return None;
        }
        match kind {
            1 | 2 => Some(()),
            3 => self.forward(1),
            4..=6 => self.varint().map(drop),
            7 => self.forward(8),
            8 => {
                let bytes = self.varint()?;
                self.forward(bytes)
            }
            9 | 10 => {
                let head = self.byte()?;
                let length = if head >> 4 == 15 { self.varint()? } else { u64::from(head >> 4) };
                self.skip_elements(head & 0x0f, length, depth)
            }
            11 => {
                let length = self.varint()?;
                if length == 0 {
                    return Some(());
                }
                let kinds = self.byte()?;
                for _ in 0..self.plausible_length(length)? {
                    self.skip_elements(kinds >> 4, 1, depth)?;
                    self.skip_elements(kinds & 0x0f, 1, depth)?;
                }
                Some(())
            }
            12 => {
                let mut id = 0;
                loop {
                    let (kind, next) = self.field(id)?;
                    if kind == 0 {
                        return Some(());
                    }
                    id = next;
                    self.skip(kind, depth + 1)?;
                }
            }
            _ => None,
        }
    }

    /// Elements of a list, of which a boolean takes a byte, unlike a boolean field.
    fn skip_elements(&mut self, kind: u8, length: u64, depth: usize) -> Option<()> {
        let length = self.plausible_length(length)?;
        if matches!(kind, 1..=3) {
            return self.forward(length);
        }
        (0..length).try_for_each(|_| self.skip(kind, depth + 1))
    }

    fn plausible_length(&self, length: u64) -> Option<u64> {
        (length <= (self.bytes.len() - self.at) as u64).then_some(length)
    }
}
