//! SQL over what Pantile holds.
#![allow(dead_code)]
mod rules;
