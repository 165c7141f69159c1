//! The reference page of the settings, made from their rows.

use std::fmt::Write;

use super::KEYS;

const HEAD: &str = "# Settings

This page is made from `server/src/config/keys.rs`; `cargo run -p pantile-server -- config --page` prints it.

Every setting is a flag of `pantile serve`, a variable of the environment and a key of the TOML file that
`--config` or `PANTILE_CONFIG` names; a flag wins over a variable, a variable over the file. `pantile config`
prints what is in force, and where it was set. Sizes are written `65536`, `64KiB`, `1.5GiB` or `10GB`, times
`250ms`, `30s`, `5m`, `1h` or `7d`. A name that does not exist is refused.

Two things are tables of the file:

```toml
[locations.lake]            # a place that statements may read, as lake
url = \"s3://bucket/prefix\"  # or gs://, az://, file:///folder
writable = false            # true lets COPY … TO write there
options = { aws_region = \"eu-central-1\" }

[store_options]             # options of the object store that `store` names
aws_region = \"eu-central-1\"
```

A location without further options is also a flag, `--location lake=s3://bucket/prefix`, and
`PANTILE_LOCATION` holds any number of them, separated by spaces.
";

/// `docs/reference/settings.md`.
pub fn page() -> String {
    let mut page = HEAD.to_owned();
    for key in KEYS {
        let flag = key.name.replace('_', "-");
        let variable = key.name.to_ascii_uppercase();
        let default = if key.default.is_empty() { "empty".to_owned() } else { format!("`{}`", key.default) };
        let doc = key.doc.trim().replace("  ", " ");
        // Writing to a string cannot fail.
        let _ = write!(
            page,
            "\n## {}\n\n{doc}\n\n`--{flag}` · `PANTILE_{variable}` · {} · default {default} · since {}\n",
            key.name, key.unit, key.since,
        );
    }
    page
}
