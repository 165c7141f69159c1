//! Every example of every page, run on its frames in no, one and three partitions.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use pantile_core::frame::engine::{Plan, frame_schema, plan_of, rows_of, run, schema_of};
use pantile_core::frame::functions::FAMILIES;
use pantile_core::frame::plan;
use pantile_core::frame::verbs::VERBS;
use pantile_core::lang::typed::{Frame, Source};
use pantile_core::lang::{self, Asked, Kind, Limits, Program, Sources, Step, Typed};
use pantile_core::pool::Cancel;
use parking_lot::Mutex;

use crate::drawn::drawn;

/// A page's example: a program, and the rows it answers with.
struct Example {
    page: String,
    program: String,
    expected: String,
}

/// The examples of a page: blocks of code in the language `pantile`, the answer behind a line with `=` alone.
fn examples(page: &str, text: &str) -> Vec<Example> {
    let blocks = text.split("```pantile\n").skip(1).filter_map(|rest| rest.split_once("\n```"));
    let halves =
        blocks.map(|(block, _)| block.split_once("\n=\n").unwrap_or_else(|| panic!("{page}: {block}")));
    halves
        .map(|(program, expected)| Example {
            page: page.to_owned(),
            program: program.to_owned(),
            expected: expected.to_owned(),
        })
        .collect()
}

fn all_examples() -> Vec<Example> {
    let verbs = VERBS.iter().flat_map(|verb| examples(verb.name, verb.page));
    let functions = FAMILIES.iter().flat_map(|family| examples(family.name, family.page));
    verbs.chain(functions).collect()
}

/// The program with its written-out frames sent beside it, each cut into `partitions`.
struct Cut {
    program: Program,
    sources: Sources,
    plans: HashMap<Source, Plan>,
}

fn cut(text: &str, partitions: usize) -> Result<Cut, String> {
    let program = lang::parse(text, &Limits::default()).unwrap();
    let mut frames = Vec::new();
    for (_, node) in program.nodes() {
        let Kind::Call { function, .. } = &node.kind else { continue };
        if matches!(&program.node(*function).kind, Kind::Name(name) if name == "frame") {
            frames.push(node.span);
        }
    }
    let mut rewritten = text.to_owned();
    let mut cut = Cut { program, sources: Sources::default(), plans: HashMap::new() };
    for (index, span) in frames.iter().enumerate().rev() {
        let name: Arc<str> = format!("sent_{index}").into();
        let written = &text[span.start as usize..span.end as usize];
        let (schema, rows) = answer(written, Sources::default(), HashMap::default())?;
        let rows = match partitions {
            0 => Vec::new(),
            1 => rows,
            parts => rows.iter().flat_map(|batch| split(batch, parts)).collect(),
        };
        let source = Source::Sent(Arc::clone(&name));
        let columns = frame_schema(&schema).unwrap();
        cut.plans.insert(source.clone(), plan_of(&columns, &schema, &rows).unwrap());
        cut.sources.schemas.insert(source, columns);
        rewritten.replace_range(span.start as usize..span.end as usize, &name);
    }
    cut.program = lang::parse(&rewritten, &Limits::default()).unwrap();
    Ok(cut)
}

fn split(batch: &RecordBatch, parts: usize) -> Vec<RecordBatch> {
    let rows = batch.num_rows();
    let size = rows.div_ceil(parts).max(1);
    (0..rows).step_by(size).map(|start| batch.slice(start, size.min(rows - start))).collect()
}

/// What the program answers, or what is said instead.
fn answer(
    text: &str,
    sources: Sources,
    plans: HashMap<Source, Plan>,
) -> Result<(SchemaRef, Vec<RecordBatch>), String> {
    let program = lang::parse(text, &Limits::default()).map_err(|error| error.to_string())?;
    let mut sources = sources;
    loop {
        match lang::step(&program, &sources, &Limits::default()).map_err(|error| error.to_string())? {
            Step::Done(Typed::Frame(result, _)) => return rows_of_frame(&result, &plans),
            Step::Done(Typed::Arrays(_) | Typed::Kept(_)) | Step::Asks(Asked::Arrays { .. }) => {
                return Err("the page is about frames".to_owned());
            }
            Step::Asks(Asked::Rows(frame)) => {
                let (schema, batches) = rows_of_frame(&frame, &plans)?;
                let seen = rows_of(&frame.schema, &schema, &batches).map_err(|error| error.to_string())?;
                sources.seen.insert(frame.span, seen);
            }
        }
    }
}

fn rows_of_frame(
    frame: &Arc<Frame>,
    plans: &HashMap<Source, Plan>,
) -> Result<(SchemaRef, Vec<RecordBatch>), String> {
    let plan = plan::lowered(frame, plans).map_err(|error| error.to_string())?;
    let schema = schema_of(&frame.schema).map_err(|error| error.to_string())?;
    let rows: Arc<Mutex<Vec<RecordBatch>>> = Arc::default();
    let taken = Arc::clone(&rows);
    let give = move |batch| {
        taken.lock().push(batch);
        true
    };
    run(plan, &schema, &Cancel::new(), u64::MAX, give).map_err(|error| error.to_string())?;
    let rows = std::mem::take(&mut *rows.lock());
    Ok((schema, rows))
}

/// What the example answers with its frames in so many partitions, as pages write it.
fn answered(example: &Example, partitions: usize) -> Result<String, String> {
    let cut = cut(&example.program, partitions)?;
    let (schema, rows) = answer(cut.program.text(), cut.sources, cut.plans)?;
    Ok(drawn(&schema, &rows))
}

/// What the example answers, where its page says otherwise.
fn differs(example: &Example, partitions: usize) -> Option<String> {
    let expected = squeezed(&example.expected);
    let got = answered(example, partitions);
    let Example { page, program, .. } = example;
    (got.as_ref() != Ok(&expected)).then(|| {
        format!("{page} on {partitions} partitions:\n{program}\n= expected\n{expected}\n= got\n{got:#?}\n")
    })
}

#[test]
fn a_wrong_expected_value_is_seen() {
    for example in all_examples().into_iter().step_by(20) {
        let mut expected = example.expected.clone();
        let last = expected.pop();
        expected.push(if last == Some('0') { '1' } else { '0' });
        let wrong = Example { expected, ..example };
        assert!(differs(&wrong, 1).is_some() && differs(&wrong, 3).is_some(), "{}", wrong.program);
    }
}

#[test]
fn every_example_answers_as_its_page_says() {
    let mut wrong = Vec::new();
    for example in all_examples() {
        for partitions in [1, 3] {
            wrong.extend(differs(&example, partitions));
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_example_runs_on_frames_without_rows() {
    let failed: Vec<String> = all_examples()
        .iter()
        .filter_map(|example| {
            let said = answered(example, 0).err()?;
            Some(format!("{}: {}\n{said}", example.page, example.program))
        })
        .collect();
    assert!(failed.is_empty(), "{} failed\n{}", failed.len(), failed.join("\n\n"));
}

#[test]
fn every_verb_and_function_has_its_page_and_an_example() {
    for verb in VERBS {
        // What these are about lies outside of a program.
        let outside = ["table", "sql", "explain", "store"].contains(&verb.name);
        assert!(outside || !examples(verb.name, verb.page).is_empty(), "`{}` has no example", verb.name);
    }
    for family in FAMILIES {
        for function in family.functions {
            let heading = format!("## {}\n", function.name);
            let section = family.page.split_once(&heading).map(|(_, rest)| rest);
            let section = section.unwrap_or_else(|| panic!("`{}` has no section", function.name));
            let section = section.split("\n## ").next().unwrap_or_default();
            assert!(section.contains("```pantile\n"), "`{}` has no example", function.name);
        }
    }
}

/// The expected rows with the spaces left out that line them up.
fn squeezed(text: &str) -> String {
    let cells = |line: &str| line.split(" | ").map(str::trim).collect::<Vec<_>>().join(" | ");
    text.lines().map(cells).collect::<Vec<_>>().join("\n")
}
