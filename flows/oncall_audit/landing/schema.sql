create table if not exists started (
    number integer primary key autoincrement,
    source_name text not null,
    is_finished integer not null default 0
);
create index if not exists started_unfinished on started (source_name) where is_finished = 0;

create table if not exists batches (
    batch_id text not null,
    source_name text not null,
    connector text not null,
    table_name text not null,
    path text not null,
    sha256 text not null,
    bytes integer not null,
    records integer not null,
    landed integer not null,
    duplicates integer not null,
    ignored integer not null,
    quarantined integer not null,
    received_at text not null,
    observed_at text,
    primary key (batch_id, table_name, path),
    check (records = landed + duplicates + ignored + quarantined)
);
create index if not exists batches_by_content on batches (source_name, table_name, sha256);

create table if not exists parts (
    path text primary key,
    batch_id text not null,
    source_name text not null,
    connector text not null,
    table_name text not null,
    day text not null,
    records integer not null,
    first_at text not null,
    last_at text not null
);
create index if not exists parts_by_day on parts (connector, table_name, day);

create table if not exists quarantined (
    batch_id text not null,
    source_name text not null,
    table_name text not null,
    path text not null,
    line integer not null,
    reason text not null,
    raw text not null
);

create table if not exists seen (
    source_name text not null,
    table_name text not null,
    path text not null,
    size integer not null,
    modified integer not null,
    sha256 text not null,
    primary key (source_name, table_name, path)
);

-- Each text that a file had; of those that were cut off the text until there.
create table if not exists contents (
    source_name text not null,
    path text not null,
    sha256 text not null,
    is_whole integer not null,
    size integer not null,
    modified integer not null,
    primary key (source_name, path, sha256)
);

create table if not exists opened_days (
    source_name text not null,
    day text not null,
    number integer not null,
    primary key (source_name, day)
);

-- Landed files that are no longer kept: of what day, and whether they are off the disk.
create table if not exists retired (
    path text primary key,
    source_name text not null,
    connector text not null,
    table_name text not null,
    day text not null,
    records integer not null,
    retired_at text not null,
    is_gone integer not null default 0
);

create table if not exists cursors (
    source_name text primary key,
    occurred_at text not null
);

create table if not exists extractions (
    source_name text not null,
    since text not null,
    until text not null,
    state text not null,
    message text,
    read_at text not null
);

-- How often all of a source was read again, for what is built from it has to be built anew then.
create table if not exists replays (
    number integer primary key autoincrement,
    source_name text not null
);
