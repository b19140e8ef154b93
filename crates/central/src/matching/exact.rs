//! The home in this process: one gallery for each model and length, exact up to 16-bit rounding.

use super::{Answer, Engine, EngineError, Reference};
use face::Template;
use face::gallery::{Candidate, Gallery, GalleryError};
use futures::FutureExt;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Every reference in this process's memory.
#[derive(Clone, Default)]
pub struct Exact(Arc<RwLock<Held>>);

#[derive(Default)]
struct Held {
    by_model: HashMap<(String, usize), Gallery>,
    reached: i64,
}

fn place(template: &Template) -> (String, usize) {
    let model = template.model().as_str().to_owned();
    (model, template.vector().len())
}

fn failed(error: GalleryError) -> EngineError {
    match error {
        GalleryError::Full { .. } => EngineError::Full(error.to_string()),
        other => EngineError::Failed(other.to_string()),
    }
}

impl Exact {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    fn read(&self) -> RwLockReadGuard<'_, Held> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a panic left half done is forgotten, and read anew from the registry.
    fn write(&self) -> RwLockWriteGuard<'_, Held> {
        self.0.write().unwrap_or_else(|poisoned| {
            self.0.clear_poison();
            let mut held = poisoned.into_inner();
            *held = Held::default();
            held
        })
    }

    fn put(&self, references: &[Reference]) -> Result<(), EngineError> {
        let mut held = self.write();
        for reference in references {
            let (id, here) = (reference.id.unsigned_abs(), place(&reference.template));
            for (there, gallery) in &mut held.by_model {
                if *there != here {
                    gallery.remove(id);
                }
            }
            let (model, length) = here.clone();
            let gallery = held.by_model.entry(here);
            let gallery = gallery.or_insert_with(|| Gallery::new(model, length));
            gallery.insert(id, &reference.template).map_err(failed)?;
        }
        Ok(())
    }

    fn best(&self, probe: &Template, count: usize) -> Result<Vec<Candidate>, EngineError> {
        match self.read().by_model.get(&place(probe)) {
            Some(gallery) => gallery.search(probe, count).map_err(failed),
            None => Ok(Vec::new()),
        }
    }

    /// Away from the threads that answer requests.
    fn apart<T: Send + 'static>(
        &self,
        act: impl FnOnce(Self) -> Result<T, EngineError> + Send + 'static,
    ) -> Answer<'static, T> {
        let own = self.clone();
        async move {
            tokio::task::spawn_blocking(move || act(own))
                .await
                .unwrap_or_else(|ended| Err(EngineError::Failed(ended.to_string())))
        }
        .boxed()
    }
}

impl Engine for Exact {
    fn name(&self) -> &'static str {
        "exact"
    }

    fn is_shared(&self) -> bool {
        false
    }

    fn reached(&self) -> Answer<'_, i64> {
        async { Ok(self.write().reached) }.boxed()
    }

    fn upsert<'a>(&'a self, references: &'a [Reference]) -> Answer<'a, ()> {
        let references = references.to_vec();
        self.apart(move |own| own.put(&references))
    }

    fn remove<'a>(&'a self, ids: &'a [i64]) -> Answer<'a, ()> {
        async move {
            let mut held = self.write();
            for gallery in held.by_model.values_mut() {
                for id in ids {
                    gallery.remove(id.unsigned_abs());
                }
            }
            Ok(())
        }
        .boxed()
    }

    fn mark(&self, change: i64) -> Answer<'_, ()> {
        async move {
            self.write().reached = change;
            Ok(())
        }
        .boxed()
    }

    fn clear(&self) -> Answer<'_, ()> {
        async {
            *self.write() = Held::default();
            Ok(())
        }
        .boxed()
    }

    fn search<'a>(&'a self, probe: &'a Template, count: usize) -> Answer<'a, Vec<Candidate>> {
        let probe = probe.clone();
        self.apart(move |own| own.best(&probe, count))
    }

    fn sizes(&self) -> Answer<'_, BTreeMap<String, u64>> {
        async {
            let mut sizes = BTreeMap::new();
            for ((model, _), gallery) in &self.read().by_model {
                *sizes.entry(model.clone()).or_default() += gallery.len() as u64;
            }
            sizes.retain(|_, size| *size > 0);
            Ok(sizes)
        }
        .boxed()
    }
}

impl fmt::Debug for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Exact(..)")
    }
}
