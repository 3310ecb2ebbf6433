-- A small published audit of invented people; some of its names are hostile on purpose.
create schema audit;
use audit;

create table engineers (engineer_id varchar, name varchar, email varchar, team varchar, time_zone varchar, started_at timestamp, ended_at timestamp);
insert into engineers values
    ('e001', 'Ada <script>alert(1)</script> Abel', 'ada.abel@example.com', 'payments', 'Europe/Berlin', '2025-01-01', null),
    ('e002', 'Ben ' || chr(8238) || 'Costa', 'ben.costa@example.com', 'platform', 'Europe/Berlin', '2025-01-01', null);

create table identities (system varchar, account varchar, engineer_id varchar, kind varchar, valid_from timestamp, valid_until timestamp);
insert into identities values
    ('linux', 'aabel', 'e001', 'human', '2025-01-01', null),
    ('linux', 'bcosta', 'e002', 'human', '2025-01-01', null),
    ('linux', '=cmd|'' /C calc''!A0', null, 'unknown', null, null);

create table resources (resource_id varchar, kind varchar, service varchar, tier integer, owner_team varchar);
insert into resources values ('payments-db', 'database', 'payments', 1, 'payments'), ('edge-dns', 'server', 'edge', 2, 'platform');

create table access_events (event_id varchar, occurred_at timestamp, engineer_id varchar, account varchar, system varchar, resource_id varchar, service varchar, kind varchar, action varchar, outcome varchar, session_id varchar, source_ip varchar, source_name varchar, raw_file varchar, raw_line bigint);
insert into access_events values
    ('v1', '2026-04-02 10:00:00', 'e001', 'aabel', 'linux', 'payments-db', 'payments', 'session_start', 'login', 'success', 's1', '10.0.0.1', 'bastion', 'auth.log', 1),
    ('v2', '2026-04-03 02:00:00', 'e002', 'bcosta', 'linux', 'payments-db', 'payments', 'session_start', 'login', 'success', 's2', '10.0.0.2', 'bastion', 'auth.log', 2);

create table sessions (session_id varchar, engineer_id varchar, account varchar, system varchar, resource_id varchar, service varchar, started_at timestamp, ended_at timestamp, end_source varchar, duration_seconds double, action_count bigint, failure_count bigint, source_ip varchar, shift_id varchar, incident_id varchar, request_id varchar, allowed_seconds double, off_policy_seconds double, is_start_allowed boolean, raw_file varchar, raw_line bigint);
insert into sessions values
    ('s1', 'e001', 'aabel', 'linux', 'payments-db', 'payments', '2026-04-02 10:00:00', '2026-04-02 11:00:00', 'observed', 3600, 4, 0, '10.0.0.1', 'h1', null, null, 3600, 0, true, 'auth.log', 1),
    ('s2', 'e002', 'bcosta', 'linux', 'payments-db', 'payments', '2026-04-03 02:00:00', '2026-04-03 02:30:00', 'inferred', 1800, 2, 1, '10.0.0.2', null, null, null, 0, 1800, false, 'auth.log', 2);

create table shifts (shift_id varchar, schedule varchar, service varchar, engineer_id varchar, level bigint, started_at timestamp, ended_at timestamp, origin varchar, recorded_at timestamp);
insert into shifts values ('h1', 'Payments primary', 'payments', 'e001', 1, '2026-04-02', '2026-04-03', 'rotation', '2026-03-01');

create table incidents (incident_id varchar, service varchar, started_at timestamp, ended_at timestamp);
insert into incidents values ('i1', 'payments', '2026-04-02 10:00:00', '2026-04-02 10:40:00');

create table access_requests (request_id varchar, engineer_id varchar, approver_id varchar, resource_id varchar, status varchar, started_at timestamp, ended_at timestamp);

create table entitlements (engineer_id varchar, account varchar, system varchar, resource_id varchar, permission varchar, privileged boolean, granted_via varchar, valid_from timestamp, valid_until timestamp, expires_at timestamp, last_used_at timestamp);
insert into entitlements values
    ('e001', 'aabel', 'linux', 'payments-db', 'read', false, 'role sre', '2026-01-01', null, null, '2026-04-02 10:00:00'),
    ('e002', 'bcosta', 'linux', 'payments-db', 'admin', true, '@group', '2026-01-01', null, null, null);

create table desired_access (engineer_id varchar, resource_id varchar, permission varchar, cause varchar, cause_id varchar, valid_from timestamp, valid_until timestamp);
insert into desired_access values ('e001', 'payments-db', 'read', 'role', null, null, null), ('e001', 'payments-db', 'admin', 'shift', 'h1', '2026-04-01 23:45:00', '2026-04-03 00:30:00');

create table snapshots (source_name varchar, kind varchar, system varchar, part varchar, name varchar, observed_at timestamp, records bigint, is_good boolean, covers_from timestamp, covers_until timestamp);
insert into snapshots values ('hosts', 'permissions', 'linux', null, null, '2026-04-03 02:00:00', 2, true, '2026-04-03 02:00:00', '2026-04-03 02:00:00');

create table incident_responders (incident_id varchar, engineer_id varchar, joined_at timestamp);
insert into incident_responders values ('i1', 'e001', '2026-04-02 10:05:00');

create table entitlement_drift (observed_on date, engineer_id varchar, account varchar, system varchar, resource_id varchar, permission varchar, kind varchar, on_shift boolean);
insert into entitlement_drift values ('2026-04-03', 'e002', 'bcosta', 'linux', 'payments-db', 'admin', 'excess', false);

create table access_map (engineer_id varchar, resource_id varchar, permission varchar, can_access boolean, should_access boolean, granted_via varchar, on_shift boolean, last_used_at timestamp);
insert into access_map values
    ('e001', 'payments-db', 'read', true, true, 'role sre', true, '2026-04-02 10:00:00'),
    ('e001', 'edge-dns', 'read', false, true, null, false, null),
    ('e002', 'payments-db', 'admin', true, false, '@group', false, null);

create table rules (rule_id varchar, title varchar, severity varchar, question varchar, identity varchar, controls varchar, inputs varchar, runbook varchar);
insert into rules values
    ('off_shift_access', 'Access off shift', 'high', 'Who used production while not on call?', '', '', '', '## What it means' || chr(10) || chr(10) || 'Access `outside` <b>the</b> shift.'),
    ('log_gap', 'Gap in the logs', 'high', 'Which source fell silent?', '', '', '', '');

create table findings (finding_id varchar, rule_id varchar, severity varchar, engineer_id varchar, account varchar, system varchar, resource_id varchar, resource_name varchar, service varchar, session_id varchar, started_at timestamp, ended_at timestamp, score double, state varchar, summary varchar, evidence varchar, first_detected_run varchar, also_matched varchar, raw_file varchar, raw_line bigint);
insert into findings values
    ('f-new', 'off_shift_access', 'high', 'e002', 'bcosta', 'linux', 'payments-db', null, 'payments', 's2', '2026-04-03 02:00:00', '2026-04-03 02:30:00', 80, 'open', 'Ben used payments-db.', '{"nearest_shift":"h1","client":"<img src=x onerror=alert(1)>","hours":[1,2],"link":"javascript:alert(1)"}', 'run-2', null, 'auth.log', 2),
    ('f-old', 'log_gap', 'medium', null, null, 'linux', null, null, null, null, '2026-04-01 00:00:00', '2026-04-01 06:00:00', null, 'open', '+SUM(A1) silent', '{}', 'run-1', null, null, null),
    ('f-done', 'off_shift_access', 'critical', 'e001', 'aabel', 'linux', 'payments-db', null, 'payments', null, '2026-04-01 01:00:00', '2026-04-01 02:00:00', null, 'accepted', 'Ada used payments-db.', '{}', 'run-1', null, null, null);

create table coverage (source_name varchar, hour_start timestamp, state varchar, records bigint);
insert into coverage select 'bastion', timestamp '2026-04-02' + to_hours(hour), case when hour between 3 and 5 then 'blind' when hour = 7 then 'quiet' else 'seen' end, case when hour between 3 and 5 or hour = 7 then 0 else 10 end from range(48) as hours (hour);

create table log_batches (batch_id varchar, source_name varchar, table_name varchar, path varchar, sha256 varchar, bytes bigint, records bigint, landed bigint, duplicates bigint, ignored bigint, quarantined bigint, received_at timestamp);
insert into log_batches values ('b1', 'bastion', 'messages', 'auth.log', repeat('ab', 32), 1000, 100, 90, 5, 3, 2, '2026-04-03');

create table audit_runs (run_id varchar, since timestamp, until timestamp, started_at timestamp, ended_at timestamp, state varchar, code_version varchar, policy_sha256 varchar, findings bigint);
insert into audit_runs values
    ('run-1', '2026-04-01', '2026-04-02', '2026-04-02 01:00:00', '2026-04-02 01:01:00', 'complete', '0.1.0', 'abcdef', 2),
    ('run-2', '2026-04-02', '2026-04-04', '2026-04-04 01:00:00', '2026-04-04 01:01:00', 'complete', '0.1.0', 'abcdef', 3);

create table rule_runs (run_id varchar, rule_id varchar, rule_version varchar, state varchar, why varchar, findings bigint, open_findings bigint);
insert into rule_runs values ('run-2', 'off_shift_access', null, 'degraded', 'no requests', 2, 1), ('run-2', 'log_gap', null, 'ran', null, 1, 1);

create table rule_inputs (rule_id varchar, input varchar, is_present boolean, is_required boolean);
insert into rule_inputs values ('off_shift_access', 'schedules', true, true), ('off_shift_access', 'requests', false, false);

create table controls (framework varchar, control_id varchar, rule_id varchar, requirement varchar, result varchar, exceptions bigint);
insert into controls values ('SOC 2', 'CC7.2', 'off_shift_access', 'Use is monitored.', 'exceptions', 1), ('SOC 2', 'CC7.2', 'log_gap', 'Use is monitored.', 'not tested', 0);
