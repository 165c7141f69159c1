//! The four places a setting can come from, laid over each other.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use pantile_core::nearest;

use super::Error;
use super::keys::{KEYS, Key, Settings};
use super::locations::{self, LocationSetting};

/// Where a value was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nowhere: it is the default.
    Default,
    /// In the settings file.
    File,
    /// In a variable of the environment.
    Variable,
    /// On the command line.
    Flag,
}

/// The texts that were set, and where.
#[derive(Default)]
pub struct Layers {
    set: BTreeMap<&'static str, (String, Origin)>,
    locations: BTreeMap<String, LocationSetting>,
    store_options: BTreeMap<String, String>,
}

/// The settings that are in force.
#[derive(Clone)]
pub struct Effective {
    /// Their values.
    pub settings: Settings,
    /// The locations, by name.
    pub locations: Vec<LocationSetting>,
    /// Options of the object store that holds the partitions. They hold keys.
    pub store_options: BTreeMap<String, String>,
    texts: BTreeMap<&'static str, (String, Origin)>,
}

/// Variables of the client side, which are no settings.
const OTHERS: &[&str] = &["PANTILE_CONFIG", "PANTILE_PROFILE", "PANTILE_TOKEN", "PANTILE_URL"];

impl Layers {
    /// The file's settings.
    ///
    /// # Errors
    /// [`Error::ReadFile`], [`Error::NotToml`], and what [`Layers::set`] refuses.
    pub fn file(&mut self, path: &Path) -> Result<(), Error> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| Error::ReadFile { path: path.to_owned(), source })?;
        self.toml(path, &text)
    }

    fn toml(&mut self, path: &Path, text: &str) -> Result<(), Error> {
        let table: toml::Table = text
            .parse()
            .map_err(|why: toml::de::Error| Error::NotToml { path: path.to_owned(), why: why.to_string() })?;
        for (name, value) in &table {
            match (name.as_str(), value) {
                ("locations", toml::Value::Table(tables)) => {
                    for (name, table) in tables {
                        self.locate(locations::from_table(name, table)?);
                    }
                }
                ("store_options", toml::Value::Table(options)) => {
                    self.store_options.extend(locations::texts(options));
                }
                (_, value) => self.set(name, locations::text_of(value), Origin::File)?,
            }
        }
        Ok(())
    }

    /// The environment's settings: `PANTILE_…`, apart from what Kubernetes adds for a service of that name.
    ///
    /// # Errors
    /// What [`Layers::set`] refuses.
    pub fn variables(&mut self, variables: impl Iterator<Item = (String, String)>) -> Result<(), Error> {
        for (variable, text) in variables {
            let Some(name) = variable.strip_prefix("PANTILE_") else { continue };
            let of_kubernetes = name.starts_with("SERVICE_") || name == "PORT" || name.starts_with("PORT_");
            if OTHERS.contains(&variable.as_str()) || of_kubernetes {
                continue;
            }
            if name == "LOCATION" {
                for location in text.split_whitespace() {
                    self.locate(locations::parse(location, Origin::Variable)?);
                }
                continue;
            }
            self.set(&name.to_ascii_lowercase(), text, Origin::Variable)?;
        }
        Ok(())
    }

    /// A location of the command line.
    ///
    /// # Errors
    /// [`Error::BadValue`] where it is not of the form `name=url`.
    pub fn location_flag(&mut self, text: &str) -> Result<(), Error> {
        locations::parse(text, Origin::Flag).map(|location| self.locate(location))
    }

    /// Sets one setting.
    ///
    /// # Errors
    /// [`Error::Unknown`] with the nearest name.
    pub fn set(&mut self, name: &str, text: String, origin: Origin) -> Result<(), Error> {
        let known = KEYS.iter().map(|key| key.name);
        match known.clone().find(|key| *key == name) {
            Some(key) => {
                self.set.insert(key, (text, origin));
                Ok(())
            }
            None => Err(Error::Unknown {
                origin,
                name: name.to_owned(),
                nearest: nearest(name, known.chain(["locations", "store_options"])).map(str::to_owned),
            }),
        }
    }

    /// The settings in force.
    ///
    /// # Errors
    /// [`Error::BadValue`] with what is wrong.
    pub fn effective(self) -> Result<Effective, Error> {
        let texts: BTreeMap<&'static str, (String, Origin)> = KEYS
            .iter()
            .map(|key| {
                let default = || (key.default.to_owned(), Origin::Default);
                (key.name, self.set.get(key.name).cloned().unwrap_or_else(default))
            })
            .collect();
        let of = |name: &str| texts.get(name).cloned().unwrap_or((String::new(), Origin::Default));
        let settings = Settings::parse(|name| of(name).0).map_err(|(name, why)| Error::BadValue {
            origin: of(name).1,
            name: name.to_owned(),
            why,
        })?;
        Ok(Effective {
            settings,
            locations: self.locations.into_values().collect(),
            store_options: self.store_options,
            texts,
        })
    }

    fn locate(&mut self, location: LocationSetting) {
        self.locations.insert(location.name.clone(), location);
    }
}

impl Effective {
    /// Every setting with its text and where that came from, in the order of the reference page.
    pub fn rows(&self) -> impl Iterator<Item = (&'static Key, &str, Origin)> {
        KEYS.iter().filter_map(|key| {
            let (text, origin) = self.texts.get(key.name)?;
            Some((key, text.as_str(), *origin))
        })
    }

    /// The settings of that file, these variables and those flags.
    ///
    /// # Errors
    /// Whatever is wrong with them, the first thing found.
    pub fn load(
        file: Option<PathBuf>,
        flags: impl Iterator<Item = (&'static str, String)>,
        location_flags: impl Iterator<Item = String>,
    ) -> Result<Self, Error> {
        let mut layers = Layers::default();
        if let Some(file) = file.or_else(|| std::env::var_os("PANTILE_CONFIG").map(PathBuf::from)) {
            layers.file(&file)?;
        }
        layers.variables(std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.to_string_lossy().into_owned()))
        }))?;
        for (name, text) in flags {
            layers.set(name, text, Origin::Flag)?;
        }
        for location in location_flags {
            layers.location_flag(&location)?;
        }
        layers.effective()
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Default => "the default",
            Self::File => "the settings file",
            Self::Variable => "the environment",
            Self::Flag => "the command line",
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn said(result: Result<(), Error>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn later_places_win_and_every_default_parses() {
        let mut layers = Layers::default();
        layers.toml(Path::new("x"), "listen = '1.2.3.4:5'\nslots = 3\ndemo = true").unwrap();
        layers.variables([("PANTILE_SLOTS".to_owned(), "4".to_owned())].into_iter()).unwrap();
        layers.set("slots", "5".to_owned(), Origin::Flag).unwrap();
        let effective = layers.effective().unwrap();
        assert_eq!((effective.settings.slots, effective.settings.demo), (5, true));
        assert_eq!(effective.settings.listen.0, "1.2.3.4:5");
        let (_, text, origin) = effective.rows().find(|(key, ..)| key.name == "listen").unwrap();
        assert_eq!((text, origin), ("1.2.3.4:5", Origin::File));
    }

    #[test]
    fn unknown_names_are_refused_with_the_nearest() {
        let mut layers = Layers::default();
        assert_eq!(
            said(layers.toml(Path::new("x"), "lissten = 'x'")),
            "the settings file names the setting `lissten`, which does not exist; did you mean `listen`?"
        );
        let variable = ("PANTILE_DATADIR".to_owned(), "x".to_owned());
        assert!(said(layers.variables([variable].into_iter())).contains("`data_dir`"));
        let kubernetes = ("PANTILE_PORT_8815_TCP".to_owned(), "x".to_owned());
        layers.variables([kubernetes].into_iter()).unwrap();
        assert!(said(layers.toml(Path::new("x"), "[locations.a]\nurrl = 'x'")).contains("`url`"));
    }

    #[test]
    fn a_bad_value_says_where_it_stands() {
        let mut layers = Layers::default();
        layers.set("memory", "lots".to_owned(), Origin::Variable).unwrap();
        let error = layers.effective().err().unwrap().to_string();
        assert!(error.starts_with("the environment sets `memory`: `lots` is not"), "{error}");
    }
}
