//! format
/// Stand-in until the room lands.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something.
    #[error("{0}")]
    Bad(String),
}
impl Error {
    /// Code.
    pub fn code(&self) -> crate::Code {
        crate::Code::InvalidData
    }
}
