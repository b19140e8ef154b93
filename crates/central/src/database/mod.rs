//! The connection to PostgreSQL: a pool, migrations, and nothing of SQL's content.

mod address;

use crate::CentreError;
use address::Address;
pub use address::names_password;
pub(crate) use address::without_password;
use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime};
use std::time::Duration;

mod migrations {
    refinery::embed_migrations!("migrations");
}

/// Connections of one centre; PostgreSQL's own default limit is 100 for all.
const POOL_SIZE: usize = 12;
/// How long a request waits for a connection.
const WAIT: Duration = Duration::from_secs(20);
/// Replicas that start together migrate one after the other.
const MIGRATION_LOCK: i64 = 0x5348_414e;

/// A pool of connections to the central store's database.
#[derive(Debug, Clone)]
pub struct Database {
    pool: Pool,
}

impl Database {
    /// Connects, makes the database where the server lets us, and migrates it.
    ///
    /// # Errors
    /// [`CentreError::Database`] or [`CentreError::Migration`].
    pub async fn open(url: &str) -> Result<Self, CentreError> {
        let address = Address::parse(url)?;
        make_database(&address).await?;
        migrate(&address).await?;
        Self::connect(address)
    }

    fn connect(Address { mut config, tls }: Address) -> Result<Self, CentreError> {
        config.application_name("shanakht-centre");
        let recycling = ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        };
        let pool = Pool::builder(Manager::from_config(config, tls, recycling))
            .max_size(POOL_SIZE)
            .wait_timeout(Some(WAIT))
            .create_timeout(Some(WAIT))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|e| CentreError::Database(e.to_string()))?;
        Ok(Self { pool })
    }

    pub(crate) async fn client(&self) -> Result<Object, CentreError> {
        Ok(self.pool.get().await?)
    }

    pub(crate) fn close(&self) {
        self.pool.close();
    }
}

/// Makes the URL's database where it does not exist yet; a server that forbids it has it already.
async fn make_database(address: &Address) -> Result<(), CentreError> {
    let Some(name) = address.config.get_dbname().map(str::to_owned) else {
        return Ok(());
    };
    if connect_once(address).await.is_ok() {
        return Ok(());
    }
    let mut maintenance = address.clone();
    maintenance.config.dbname("postgres");
    let client = connect_once(&maintenance).await?;
    let quoted = name.replace('"', "\"\"");
    match client
        .batch_execute(&format!("create database \"{quoted}\""))
        .await
    {
        Err(e) if e.code() != Some(&tokio_postgres::error::SqlState::DUPLICATE_DATABASE) => {
            Err(e.into())
        }
        _ => Ok(()),
    }
}

async fn connect_once(address: &Address) -> Result<tokio_postgres::Client, CentreError> {
    let (client, connection) = address.config.connect(address.tls.clone()).await?;
    tokio::spawn(connection);
    Ok(client)
}

async fn migrate(address: &Address) -> Result<(), CentreError> {
    // In a transaction of its own, not in a session: a pooler would give the session to somebody else.
    let mut waiting = connect_once(address).await?;
    let turn = waiting.transaction().await?;
    turn.execute("select pg_advisory_xact_lock($1)", &[&MIGRATION_LOCK])
        .await?;
    let mut client = connect_once(address).await?;
    migrations::migrations::runner()
        .run_async(&mut client)
        .await
        .map_err(|e| CentreError::Migration(e.to_string()))?;
    Ok(turn.commit().await?)
}
