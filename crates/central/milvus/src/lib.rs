//! The search on Milvus: one collection for each model and length of templates, and one row that says how far they are.
//!
//! Collections are flat with inner products, so that every reference is looked at; searches and counts are strongly consistent, so that
//! whoever was put in or removed before is seen. Only numbers and templates are sent there: no name, no portrait, no number of a card.

use central::matching::{Answer, Engine, EngineError, Reference};
use envelope::Digest;
use face::Template;
use face::gallery::Candidate;
use futures::FutureExt;
use milvus::v2::ClientV2;
use milvus::v2::prelude::{
    CollectionSchema, ConnectConfig, ConsistencyLevel, CreateCollectionRequest, DataType,
    DeleteRequest, DropCollectionRequest, Error, FieldData, FieldSchema, HasCollectionRequest,
    IndexParam, IndexType, InsertRequest, LoadCollectionRequest, MetricType, QueryRequest,
    ResultValue, RetryConfig, SearchRequest, SearchVectors, ServerError, TelemetryConfig,
    UpsertRequest,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::OnceCell;

/// What names of collections begin with.
const PREFIX: &str = "shanakht_";
/// The collection of the one row.
const STATE: &str = "shanakht_state";
const ID: &str = "id";
const VECTOR: &str = "vector";
const TEXT: &str = "text";
/// Rows of one request: 1.4 MB of 704 values, below the 4 MB that servers take.
const ROWS: usize = 500;
/// Characters of the one row: a hundred for each model.
const TEXT_LENGTH: u32 = 60_000;
/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// How long a request may take; the centre gives up a little later.
const REQUEST: Duration = Duration::from_secs(25);

/// Codes of Milvus that mean: no more fits (memory, disk, quota).
const FULL: [i32; 3] = [3, 7, 9];

/// A Milvus, standalone or a cluster.
pub struct Milvus {
    config: ConnectConfig,
    client: OnceCell<ClientV2>,
    /// Collections that the server has loaded, as far as is known: none after an error, since a server that comes back may have none.
    loaded: Mutex<BTreeSet<String>>,
}

/// The one row: how far the collections are, and of which models they are.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
struct State {
    reached: i64,
    /// Models by collection.
    collections: BTreeMap<String, String>,
}

impl Milvus {
    /// The one at `http://HOST:PORT` or `https://…`; connects when it is asked for something. A `token` is `user:password` or an API key.
    pub fn at(url: &str, token: Option<String>) -> Self {
        let config = ConnectConfig::new()
            .uri(url)
            .connect_timeout(CONNECT)
            .rpc_timeout(REQUEST)
            .retry(RetryConfig::new().max_attempts(1))
            .telemetry(TelemetryConfig::new().enabled(false));
        let config = match token {
            Some(token) => config.token(token),
            None => config,
        };
        Self {
            config,
            client: OnceCell::new(),
            loaded: Mutex::default(),
        }
    }

    fn loaded(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whatever a request comes to; after an error nothing is taken for loaded.
    async fn noted<T>(
        &self,
        asked: impl Future<Output = Result<T, EngineError>> + Send,
    ) -> Result<T, EngineError> {
        let answer = asked.await;
        if answer.is_err() {
            self.loaded().clear();
        }
        answer
    }

    async fn client(&self) -> Result<&ClientV2, EngineError> {
        let connect = || ClientV2::new(&self.config);
        self.client.get_or_try_init(connect).await.map_err(told)
    }

    async fn has(&self, name: &str) -> Result<bool, EngineError> {
        let request = HasCollectionRequest::builder().collection_name(name);
        let request = request.build().map_err(told)?;
        let answer = self.client().await?.has_collection(request).await;
        Ok(answer.map_err(told)?.exists())
    }

    /// A flat collection of vectors, made where it is not there.
    async fn ensure(&self, name: &str, length: usize, text: bool) -> Result<(), EngineError> {
        if !self.has(name).await? {
            let id = FieldSchema::new().name(ID).data_type(DataType::Int64);
            let vector = FieldSchema::new().name(VECTOR);
            let vector = vector.data_type(DataType::FloatVector);
            let mut schema = CollectionSchema::new()
                .add_field(id.primary_key(true).auto_id(false))
                .add_field(vector.dimension(length as u32));
            if text {
                let text = FieldSchema::new().name(TEXT).data_type(DataType::VarChar);
                schema = schema.add_field(text.max_length(TEXT_LENGTH));
            }
            let index = IndexParam::new().field_name(VECTOR);
            let index = index.index_type(IndexType::Flat);
            let request = CreateCollectionRequest::builder()
                .collection_name(name)
                .schema(schema)
                .consistency_level(ConsistencyLevel::Strong)
                .index_param(index.metric_type(MetricType::Ip))
                .build()
                .map_err(told)?;
            let made = self.client().await?.create_collection(request).await;
            // Another centre may have made it a moment ago.
            if made.is_err() && !self.has(name).await? {
                return made.map_err(told);
            }
        }
        self.load(name).await
    }

    async fn load(&self, name: &str) -> Result<(), EngineError> {
        if self.loaded().contains(name) {
            return Ok(());
        }
        let request = LoadCollectionRequest::builder().collection_name(name);
        let request = request.build().map_err(told)?;
        let loaded = self.client().await?.load_collection(request).await;
        loaded.map_err(told)?;
        self.loaded().insert(name.to_owned());
        Ok(())
    }

    /// What the one row says, and nothing where a collection that it names is gone.
    async fn state(&self) -> Result<State, EngineError> {
        let state = self.row().await?;
        for name in state.collections.keys() {
            if !self.has(name).await? {
                return Ok(State::default());
            }
            self.load(name).await?;
        }
        Ok(state)
    }

    async fn row(&self) -> Result<State, EngineError> {
        if !self.has(STATE).await? {
            return Ok(State::default());
        }
        self.load(STATE).await?;
        let request = QueryRequest::builder()
            .collection_name(STATE)
            .filter(format!("{ID} == 1"))
            .output_fields([TEXT])
            .consistency_level(ConsistencyLevel::Strong)
            .build()
            .map_err(told)?;
        let answer = self.client().await?.query(request).await.map_err(told)?;
        let Some(row) = answer.results().rows().map_err(told)?.next() else {
            return Ok(State::default());
        };
        let ResultValue::String(text) = row.get(TEXT).map_err(told)? else {
            return Err(failed("its state is no text"));
        };
        let state: State =
            serde_json::from_str(text).map_err(|_| failed("its state cannot be read"))?;
        Ok(state)
    }

    async fn keep(&self, state: &State) -> Result<(), EngineError> {
        self.ensure(STATE, 2, true).await?;
        let text = serde_json::to_string(state).map_err(|_| failed("its state"))?;
        let columns = vec![
            FieldData::int64(ID, vec![1]),
            FieldData::float_vector(VECTOR, vec![vec![1.0, 0.0]]),
            FieldData::varchar(TEXT, vec![text]),
        ];
        self.put(STATE, columns).await
    }

    async fn put(&self, name: &str, columns: Vec<FieldData>) -> Result<(), EngineError> {
        let rows = InsertRequest::builder().collection_name(name);
        let rows = rows.columns(columns).build().map_err(told)?;
        let request = UpsertRequest::builder().insert(rows);
        let request = request.build().map_err(told)?;
        let done = self.client().await?.upsert(request).await;
        done.map(drop).map_err(told)
    }

    async fn delete(&self, name: &str, ids: &[i64]) -> Result<(), EngineError> {
        for some in ids.chunks(ROWS) {
            let numbers: Vec<String> = some.iter().map(i64::to_string).collect();
            let request = DeleteRequest::builder().collection_name(name);
            let request = request.filter(format!("{ID} in [{}]", numbers.join(",")));
            let request = request.build().map_err(told)?;
            let done = self.client().await?.delete(request).await;
            done.map_err(told)?;
        }
        Ok(())
    }

    async fn hold(&self, references: &[Reference]) -> Result<(), EngineError> {
        if references.is_empty() {
            return Ok(());
        }
        let mut by_collection: BTreeMap<String, Vec<&Reference>> = BTreeMap::new();
        for reference in references {
            let name = collection(&reference.template);
            by_collection.entry(name).or_default().push(reference);
        }
        let mut state = self.state().await?;
        for (name, own) in &by_collection {
            let Some(first) = own.first() else { continue };
            if !state.collections.contains_key(name) {
                if self.has(name).await? {
                    self.discard(name).await?;
                }
                let length = first.template.vector().len();
                self.ensure(name, length, false).await?;
                let model = first.template.model().as_str().to_owned();
                state.collections.insert(name.clone(), model);
                self.keep(&state).await?;
            }
        }
        for (name, own) in &by_collection {
            let ids: Vec<i64> = own.iter().map(|one| one.id).collect();
            for other in state.collections.keys().filter(|other| *other != name) {
                self.delete(other, &ids).await?;
            }
            for some in own.chunks(ROWS) {
                let ids = some.iter().map(|one| one.id).collect();
                let vectors = some.iter().map(|one| one.template.vector().to_vec());
                let columns = vec![
                    FieldData::int64(ID, ids),
                    FieldData::float_vector(VECTOR, vectors.collect()),
                ];
                self.put(name, columns).await?;
            }
        }
        Ok(())
    }

    async fn forget(&self, ids: &[i64]) -> Result<(), EngineError> {
        if ids.is_empty() {
            return Ok(());
        }
        for name in self.state().await?.collections.keys() {
            self.delete(name, ids).await?;
        }
        Ok(())
    }

    async fn drop_all(&self) -> Result<(), EngineError> {
        let names = self.row().await?.collections;
        // What the row does not name is nothing to whoever comes after this was cut short.
        self.keep(&State::default()).await?;
        for name in names.keys() {
            self.discard(name).await?;
        }
        Ok(())
    }

    async fn discard(&self, name: &str) -> Result<(), EngineError> {
        self.loaded().clear();
        let request = DropCollectionRequest::builder().collection_name(name);
        let request = request.build().map_err(told)?;
        let dropped = self.client().await?.drop_collection(request).await;
        dropped.map_err(told)
    }

    async fn best(&self, probe: &Template, count: usize) -> Result<Vec<Candidate>, EngineError> {
        let name = collection(probe);
        if !self.state().await?.collections.contains_key(&name) {
            return Ok(Vec::new());
        }
        let request = SearchRequest::builder()
            .collection_name(name)
            .vector_field(VECTOR)
            .vectors(SearchVectors::Float(vec![probe.vector().to_vec()]))
            .metric_type(MetricType::Ip)
            .limit(count as i64)
            .consistency_level(ConsistencyLevel::Strong)
            .build()
            .map_err(told)?;
        let answer = self.client().await?.search(request).await.map_err(told)?;
        let mut found = Vec::new();
        for result in answer.results() {
            for row in result.rows().map_err(told)? {
                let (id, score) = (row.get(ID), row.get("score"));
                match (id.map_err(told)?, score.map_err(told)?) {
                    (ResultValue::Int64(id), ResultValue::Float(score)) => found.push(Candidate {
                        id: id.unsigned_abs(),
                        score,
                    }),
                    _ => return Err(failed("its candidates have another form")),
                }
            }
        }
        found.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.id.cmp(&b.id)));
        Ok(found)
    }

    async fn counted(&self, name: &str) -> Result<u64, EngineError> {
        let request = QueryRequest::builder()
            .collection_name(name)
            .output_fields(["count(*)"])
            .consistency_level(ConsistencyLevel::Strong)
            .build()
            .map_err(told)?;
        let answer = self.client().await?.query(request).await.map_err(told)?;
        let row = answer.results().rows().map_err(told)?.next();
        let row = row.ok_or_else(|| failed("it does not count"))?;
        match row.get("count(*)").map_err(told)? {
            ResultValue::Int64(count) => Ok(count.unsigned_abs()),
            _ => Err(failed("it does not count")),
        }
    }
}

/// The collection of a template's model and length.
fn collection(template: &Template) -> String {
    let (model, length) = (template.model().as_str(), template.vector().len());
    let digest = Digest::of(format!("{model} {length}").as_bytes());
    let digits = hex::encode(digest.as_bytes());
    format!("{PREFIX}{}", digits.get(..16).unwrap_or_default())
}

fn failed(what: &str) -> EngineError {
    EngineError::Failed(what.to_owned())
}

/// Codes alone: a server's words may quote what was sent.
fn told(error: impl Into<Error>) -> EngineError {
    match error.into() {
        Error::Grpc(status) => {
            let code = format!("{:?}", status.code());
            match code.as_str() {
                "ResourceExhausted" => EngineError::Full(code),
                "DeadlineExceeded" => EngineError::Late,
                "Unavailable" | "Cancelled" | "Unknown" => EngineError::Away(code),
                _ => EngineError::Failed(code),
            }
        }
        Error::Server(error) => answered(&error),
        Error::Timeout(_) => EngineError::Late,
        Error::RetryExhausted { source, .. } => told(*source),
        Error::Validation(_) => failed("its client refused the request"),
        _ => failed("its answer cannot be read"),
    }
}

fn answered(error: &ServerError) -> EngineError {
    let code = format!("code {}", error.code());
    if FULL.contains(&error.code()) {
        EngineError::Full(code)
    } else {
        EngineError::Failed(code)
    }
}

impl Engine for Milvus {
    fn name(&self) -> &'static str {
        "milvus"
    }

    fn is_shared(&self) -> bool {
        true
    }

    fn reached(&self) -> Answer<'_, i64> {
        self.noted(async { Ok(self.state().await?.reached) })
            .boxed()
    }

    fn upsert<'a>(&'a self, references: &'a [Reference]) -> Answer<'a, ()> {
        self.noted(self.hold(references)).boxed()
    }

    fn remove<'a>(&'a self, ids: &'a [i64]) -> Answer<'a, ()> {
        self.noted(self.forget(ids)).boxed()
    }

    fn mark(&self, change: i64) -> Answer<'_, ()> {
        let marked = async move {
            let mut state = self.state().await?;
            state.reached = change;
            self.keep(&state).await
        };
        self.noted(marked).boxed()
    }

    fn clear(&self) -> Answer<'_, ()> {
        self.noted(self.drop_all()).boxed()
    }

    fn search<'a>(&'a self, probe: &'a Template, count: usize) -> Answer<'a, Vec<Candidate>> {
        self.noted(self.best(probe, count)).boxed()
    }

    fn sizes(&self) -> Answer<'_, BTreeMap<String, u64>> {
        let counted = async {
            let mut sizes = BTreeMap::new();
            for (name, model) in self.state().await?.collections {
                *sizes.entry(model).or_default() += self.counted(&name).await?;
            }
            Ok(sizes)
        };
        self.noted(counted).boxed()
    }
}

impl fmt::Debug for Milvus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Milvus({})", self.config.get_uri())
    }
}
