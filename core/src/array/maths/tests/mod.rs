//! Tables of the standard's special cases, values computed elsewhere, and a few laws.

mod complex_special;
mod complex_special_more;
mod complex_tables;
mod complex_values;
mod integer;
mod laws;
mod real_special;
mod real_values;
mod table;
