//! Tickets: what they stand for, sealed so that nobody but this server can write one.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use pantile_core::Code;
use prost::Message;
use uuid::Uuid;

use crate::error::Problem;

/// Bytes of the seal.
const SEAL: usize = 16;

/// What a ticket stands for.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Ticket {
    /// One partition of an answer that is held, by the answer's name.
    #[prost(string, tag = "1")]
    pub(super) answer: String,
    #[prost(uint64, tag = "2")]
    pub(super) partition: u64,
    /// A command whose rows are made when it is redeemed, as it came.
    #[prost(bytes = "bytes", tag = "3")]
    pub(super) command: Bytes,
    /// A flight that is under way, by its name.
    #[prost(string, tag = "5")]
    pub(super) poll: String,
    /// When it stops being good, in milliseconds of the Unix epoch.
    #[prost(uint64, tag = "4")]
    expires: u64,
}

impl Ticket {
    /// For one partition of a held answer.
    pub(super) fn answer(answer: &str, partition: usize, until: SystemTime) -> Self {
        Self {
            answer: answer.to_owned(),
            partition: partition as u64,
            expires: millis(until),
            ..Self::default()
        }
    }

    /// For a flight that is under way.
    pub(super) fn poll(name: &str, until: SystemTime) -> Self {
        Self { poll: name.to_owned(), expires: millis(until), ..Self::default() }
    }

    /// For a command.
    pub(super) fn command(command: Bytes, until: SystemTime) -> Self {
        Self { command, expires: millis(until), ..Self::default() }
    }
}

/// What tickets are sealed with: as old as the server, and not known outside of it.
pub(super) struct Sealer([u8; blake3::KEY_LEN]);

impl Sealer {
    /// One of its own.
    pub(super) fn new() -> Self {
        // Each of these has 74 random bits.
        let random: Vec<u8> = (0..4).flat_map(|_| Uuid::now_v7().into_bytes()).collect();
        Self(blake3::derive_key("pantile flight ticket", &random))
    }

    /// The ticket as it goes out.
    pub(super) fn seal(&self, ticket: &Ticket) -> Bytes {
        let body = ticket.encode_to_vec();
        let mut sealed = self.seal_of(&body).to_vec();
        sealed.extend(body);
        sealed.into()
    }

    /// What a ticket that came back stands for.
    ///
    /// # Errors
    /// [`Code::Forbidden`] for one that is not ours, [`Code::NotFound`] for one that is too old.
    pub(super) fn open(&self, sealed: &[u8]) -> Result<Ticket, Problem> {
        let forged =
            || Problem::new(Code::Forbidden, "this ticket is not one of this server's, or not whole");
        let (seal, body) = sealed.split_at_checked(SEAL).ok_or_else(forged)?;
        let seal: [u8; SEAL] = seal.try_into().map_err(|_| forged())?;
        // Compared in constant time, as `Hash` does.
        let padded = |short: [u8; SEAL]| {
            let mut long = [0; blake3::OUT_LEN];
            long.iter_mut().zip(short).for_each(|(long, short)| *long = short);
            blake3::Hash::from_bytes(long)
        };
        if padded(seal) != padded(self.seal_of(body)) {
            return Err(forged());
        }
        let ticket = Ticket::decode(body).map_err(|_| forged())?;
        if ticket.expires < millis(SystemTime::now()) {
            return Err(Problem::new(Code::NotFound, "this ticket has expired")
                .hint("ask for the flight again, or renew its endpoint in time"));
        }
        Ok(ticket)
    }

    fn seal_of(&self, body: &[u8]) -> [u8; SEAL] {
        let whole = blake3::keyed_hash(&self.0, body);
        let mut seal = [0; SEAL];
        seal.iter_mut().zip(whole.as_bytes()).for_each(|(short, long)| *short = *long);
        seal
    }
}

fn millis(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_our_own_whole_and_young_tickets_open() {
        let (ours, theirs) = (Sealer::new(), Sealer::new());
        let later = SystemTime::now() + Duration::from_secs(60);
        let ticket = Ticket::answer("abc", 3, later);
        let sealed = ours.seal(&ticket);
        assert_eq!(ours.open(&sealed).unwrap(), ticket);
        assert_eq!(theirs.open(&sealed).unwrap_err().code, Code::Forbidden);
        for at in 0..sealed.len() {
            let mut bent = sealed.to_vec();
            bent[at] ^= 1;
            assert_eq!(ours.open(&bent).unwrap_err().code, Code::Forbidden, "byte {at}");
            assert!(ours.open(&sealed[..at]).is_err());
        }
        let old = Ticket::command(Bytes::from_static(b"x"), SystemTime::now() - Duration::from_secs(1));
        assert_eq!(ours.open(&ours.seal(&old)).unwrap_err().code, Code::NotFound);
    }
}
