//! `system.keywords`: a row a word that SQL gives a meaning to.

use arrow::record_batch::RecordBatch;
use async_trait::async_trait;
use datafusion::sql::sqlparser::keywords::{
    ALL_KEYWORDS, ALL_KEYWORDS_INDEX, Keyword, RESERVED_FOR_COLUMN_ALIAS, RESERVED_FOR_IDENTIFIER,
    RESERVED_FOR_TABLE_ALIAS,
};

use super::rows::{batch, flag, text};
use super::{Sources, SystemTable};
use crate::Error;

/// Words that begin an expression of their own where a name could stand.
const BEGIN_EXPRESSIONS: [Keyword; 6] =
    [Keyword::CASE, Keyword::CAST, Keyword::FALSE, Keyword::NOT, Keyword::NULL, Keyword::TRUE];

pub(super) struct Keywords;

#[async_trait]
impl SystemTable for Keywords {
    fn name(&self) -> &'static str {
        "keywords"
    }

    async fn rows(&self, _: &Sources) -> Result<RecordBatch, Error> {
        // A word that needs quotes somewhere to be a name.
        let reserved = ALL_KEYWORDS_INDEX.iter().map(|keyword| {
            let lists = [
                RESERVED_FOR_COLUMN_ALIAS,
                RESERVED_FOR_IDENTIFIER,
                RESERVED_FOR_TABLE_ALIAS,
                &BEGIN_EXPRESSIONS,
            ];
            lists.iter().any(|words| words.contains(keyword))
        });
        batch(vec![
            ("keyword", text(ALL_KEYWORDS.iter().copied().map(Some)), false),
            ("reserved", flag(reserved), false),
        ])
    }
}
