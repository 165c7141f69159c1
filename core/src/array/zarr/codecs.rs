//! How a file holds its elements: what Zarr 3's `codecs` say.

use serde_json::{Map, Value, json};

use super::element::Stored;
use super::error::Error;
use super::json;
use super::pack::Packing;

/// How a file holds its elements.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// One chunk.
    Plain(Chain),
    /// Many chunks, and an index of where each lies.
    Shard {
        /// Which axis of the array is which of the shard, where they are not in order.
        order: Option<Vec<usize>>,
        /// The shape of a chunk inside.
        chunk: Vec<usize>,
        /// How each of them is held.
        chain: Chain,
        /// How the index is.
        index: IndexForm,
    },
}

/// How a chunk is held: its axes turned, its elements as bytes, those packed.
#[derive(Clone, Debug, PartialEq)]
pub struct Chain {
    /// Which axis of the array is which of the bytes, where they are not in order.
    pub order: Option<Vec<usize>>,
    /// Whether the greatest byte of a number comes first.
    pub big_endian: bool,
    /// How the bytes are packed, the first step first.
    pub packing: Vec<Packing>,
}

/// How the index of a shard is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexForm {
    /// Whether the greatest byte of a number comes first.
    pub big_endian: bool,
    /// Whether a checksum follows it.
    pub checked: bool,
    /// Whether it comes before the chunks.
    pub at_start: bool,
}

/// A codec's name and configuration.
type Codec = (String, Map<String, Value>);

/// What comes before the codec from elements to bytes, that codec, and what comes after.
type Split = (Option<Vec<usize>>, Codec, Vec<Codec>);

impl Body {
    /// What the `codecs` of an array with that many axes say.
    ///
    /// # Errors
    /// A codec that is unknown, at the wrong place, or said wrong.
    pub(super) fn read(codecs: &Value, stored: Stored, axes: usize) -> Result<Self, Error> {
        let (order, packer, after) = split(codecs, axes)?;
        if packer.0 != "sharding_indexed" {
            return Ok(Self::Plain(chain(order, &packer, &after, stored)?));
        }
        if let Some((name, _)) = after.first() {
            return Err(Error::unsupported(
                format!("codec `{name}` after `sharding_indexed`"),
                "pack the chunks inside of the shard",
            ));
        }
        let configuration = &packer.1;
        let (inside, inner, after) = split(json::member(configuration, "codecs")?, axes)?;
        Ok(Self::Shard {
            order,
            chunk: json::lengths(json::member(configuration, "chunk_shape")?, "chunk_shape")?,
            chain: chain(inside, &inner, &after, stored)?,
            index: index(configuration)?,
        })
    }

    /// The `codecs` that say it.
    pub(super) fn write(&self, stored: Stored) -> Value {
        match self {
            Self::Plain(chain) => chain.write(stored),
            Self::Shard { order, chunk, chain, index } => {
                let order = order.iter().map(|order| transpose(order));
                let shard = json!({"name": "sharding_indexed", "configuration": {
                    "chunk_shape": chunk,
                    "codecs": chain.write(stored),
                    "index_codecs": index.write(),
                    "index_location": if index.at_start { "start" } else { "end" },
                }});
                order.chain([shard]).collect()
            }
        }
    }
}

impl Chain {
    fn write(&self, stored: Stored) -> Value {
        let order = self.order.iter().map(|order| transpose(order));
        let bytes = match stored.bytes() {
            1 => json!({"name": "bytes"}),
            _ => json!({"name": "bytes", "configuration": {"endian": endian(self.big_endian)}}),
        };
        order.chain([bytes]).chain(self.packing.iter().map(Packing::write)).collect()
    }
}

impl IndexForm {
    fn write(self) -> Value {
        let bytes = json!({"name": "bytes", "configuration": {"endian": endian(self.big_endian)}});
        let checksum = self.checked.then(|| Packing::Crc32c.write());
        [bytes].into_iter().chain(checksum).collect()
    }
}

fn endian(big: bool) -> &'static str {
    if big { "big" } else { "little" }
}

fn transpose(order: &[usize]) -> Value {
    json!({"name": "transpose", "configuration": {"order": order}})
}

/// The axes' order that all transpositions make, the codec from elements to bytes, and those after it.
fn split(codecs: &Value, axes: usize) -> Result<Split, Error> {
    let listed = json::list(codecs, "codecs")?.iter();
    let mut named =
        listed.map(|codec| json::named(codec, "codecs")).collect::<Result<Vec<_>, _>>()?.into_iter();
    let mut order: Option<Vec<usize>> = None;
    for codec in named.by_ref() {
        match codec.0.as_str() {
            "transpose" => order = Some(turn(order, &codec.1, axes)?),
            "bytes" | "sharding_indexed" => return Ok((order, codec, named.collect())),
            other => {
                return Err(Error::unsupported(
                    format!("codec `{other}`, where `transpose`, `bytes` or `sharding_indexed` is expected,"),
                    "write the array with those and gzip, zlib, zstd, blosc or crc32c",
                ));
            }
        }
    }
    Err(Error::metadata(
        "`codecs` has neither `bytes` nor `sharding_indexed`, and one of them makes bytes of elements",
    ))
}

fn turn(
    order: Option<Vec<usize>>,
    configuration: &Map<String, Value>,
    axes: usize,
) -> Result<Vec<usize>, Error> {
    let before: Vec<usize> = order.unwrap_or_else(|| (0..axes).collect());
    let said = match json::member(configuration, "order")? {
        // Two words of drafts of Zarr 3.
        Value::String(word) if word == "C" => (0..axes).collect(),
        Value::String(word) if word == "F" => (0..axes).rev().collect(),
        list => json::lengths(list, "order")?,
    };
    let turned: Option<Vec<usize>> = said.iter().map(|axis| before.get(*axis).copied()).collect();
    let turned = turned.filter(|_| said.len() == axes);
    turned.ok_or_else(|| {
        Error::metadata(format!("a `transpose` takes each of {axes} axes once, and got {said:?}"))
    })
}

fn chain(order: Option<Vec<usize>>, packer: &Codec, after: &[Codec], stored: Stored) -> Result<Chain, Error> {
    if packer.0 != "bytes" {
        return Err(Error::unsupported("a shard of shards", "write shards of chunks"));
    }
    let big_endian = match (packer.1.get("endian"), stored.bytes()) {
        (None | Some(Value::Null), 1) => false,
        (None, _) => {
            return Err(Error::metadata("codec `bytes` has no `endian`, and elements have several bytes"));
        }
        (Some(said), _) => big(said)?,
    };
    let packing =
        after.iter().map(|(name, said)| Packing::read(name, said, stored)).collect::<Result<_, _>>()?;
    Ok(Chain { order, big_endian, packing })
}

fn big(said: &Value) -> Result<bool, Error> {
    match said.as_str() {
        Some("little") => Ok(false),
        Some("big") => Ok(true),
        _ => {
            Err(Error::metadata(format!("`endian` is \"little\" or \"big\", and not {}", json::shown(said))))
        }
    }
}

fn index(configuration: &Map<String, Value>) -> Result<IndexForm, Error> {
    let codecs = json::list(json::member(configuration, "index_codecs")?, "index_codecs")?.iter();
    let codecs: Vec<Codec> =
        codecs.map(|codec| json::named(codec, "index_codecs")).collect::<Result<_, _>>()?;
    let names: Vec<&str> = codecs.iter().map(|codec| codec.0.as_str()).collect();
    if !matches!(names.as_slice(), ["bytes"] | ["bytes", "crc32c"]) {
        return Err(Error::unsupported(
            format!("an index in codecs {names:?}"),
            "write shards whose index is in `bytes` and `crc32c`",
        ));
    }
    let endian = codecs.first().and_then(|codec| codec.1.get("endian"));
    let at_start = match configuration.get("index_location").map(|said| (said, said.as_str())) {
        None | Some((_, Some("end"))) => false,
        Some((_, Some("start"))) => true,
        Some((said, _)) => {
            let said = json::shown(said);
            return Err(Error::metadata(format!("`index_location` is \"start\" or \"end\", and not {said}")));
        }
    };
    Ok(IndexForm { big_endian: endian.map_or(Ok(false), big)?, checked: codecs.len() > 1, at_start })
}
