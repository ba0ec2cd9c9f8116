-- A customer base of any size, written by SQL alone: :accounts companies, :contacts people, :events hits.
-- Triggers and foreign keys are off while it is written; what triggers keep is filled in at the end.
set session_replication_role = replica;
set synchronous_commit = off;

create temporary table words as select array[
  'Northwind','Söhne','Blue','Harbor','Atlas','Verde','Quantum','Alpine','Cedar','Delta','Ember','Falcon','Granite','Helix',
  'Indigo','Juniper','Krone','Lumen','Meridian','Nimbus','Orchid','Pioneer','Quarry','Río','Summit','Tundra','Umbra','Vertex',
  'Willow','Xenon','Yarrow','Zephyr','Anchor','Beacon','Canyon','Dynamo','Estuary','Foundry','Glacier','Horizon'] as company,
  array['Logistics','Systems','GmbH','Foods','Energy','Labs','Robotics','Bank','Media','Health','Freight','Software'] as trade,
  array['Ana','Ben','Chloé','Dara','Emil','Fay','Grace','Hugo','Ines','Jörg','Kai','Lena','Mia','Noor','Omar','Priya','Quinn',
  'Rosa','Sven','Tara','Uma','Vera','Wei','Xavi','Yara','Zoe'] as first,
  array['Abel','Brandt','Costa','Dubois','Eriksen','Fischer','García','Hughes','Ivanov','Jensen','Kovač','Larsen','Müller',
  'Núñez','Okafor','Patel','Quist','Rossi','Schmidt','Tanaka','Ueda','Vargas','Weber','Xu','Young','Zhang'] as last;

insert into accounts_account (id, name, segment, stage, market, priority, deployment,
  products, purchase_channel, country, region, zone, is_pubsec, contract_date, renewal_date, arr, seats)
overriding system value
select n,
  company[1 + n % 40] || ' ' || trade[1 + (n / 40) % 12] || ' ' || n,
  (array['tech_touch','tech_touch','tech_touch','scale','csm_managed'])[1 + n % 5],
  (array['onboarding','implementation','adoption','optimize','churned'])[1 + (n * 7) % 5],
  (array['large','mid_market','smb','smb'])[1 + n % 4], 1 + n % 4, (array['saas','self_managed'])[1 + n % 2],
  array['Premium'], (array['web_direct','sales_assisted'])[1 + n % 2], 'Germany', (array['AMER','EMEA','APAC'])[1 + n % 3],
  'UTC', n % 50 = 0, date '2020-01-01' + (n % 2000)::int, date '2026-11-28' + (n % 365)::int,
  ((n * 37) % 90000)::numeric, (n % 900)::int
from words, generate_series(1, :accounts) n;

insert into contacts_person (id, email, first_name, last_name, title)
overriding system value
select n, case when n % 100 > 0 then lower(first[1 + n % 26]) || n || '@customer' || n % 50000 || '.example' end,
  first[1 + n % 26], last[1 + (n / 26) % 26] || ' ' || chr(65 + (n / 676)::int % 26) || n, 'Platform Engineer'
from words, generate_series(1, :contacts) n;

-- The first account has 3,000 contacts, the others a few each.
insert into contacts_membership (id, person_id, account_id, roles, access, is_active, opted_out, source)
overriding system value
select n, n, case when n <= 3000 then 1 else 1 + n % :accounts end,
  case when n % 7 = 0 then array['gitlab_admin'] when n % 11 = 0 then array['economic_buyer'] else array[]::text[] end,
  (array['', 'owner', 'maintainer', 'developer'])[1 + n % 4], n % 200 > 0,
  case when n % 1000 = 1 then array['newsletter'] else array[]::text[] end, 'salesforce'
from generate_series(1, :contacts) n;

insert into contacts_soldto (account_id, person_id, source, ordered_date)
select account_id, min(person_id), 'order', date '2025-06-01' from contacts_membership group by account_id;

insert into accounts_subscription (id, account_id, number, started_date, does_auto_renew)
overriding system value
select n, n, 'A-S' || lpad(n::text, 8, '0'), date '2022-01-01', true
from generate_series(1, :accounts) n;

insert into accounts_externalid (system, kind, external_id, object_id)
select 'salesforce', 'account', '0015g' || lpad(n::text, 10, '0') || 'AAA', n from generate_series(1, :accounts) n
union all
select 'salesforce', 'contact', '0035g' || lpad(n::text, 10, '0') || 'AAA', n from generate_series(1, :contacts) n;

-- One message for every five hits, ten mailings of one program over the last year.
insert into contacts_mailing (id, kind, key, name, message_class, program_ref, position)
overriding system value
select 1000 + n, 'program_step', 'bench/' || n, 'Step ' || n, 'enablement', 1, n from generate_series(1, 10) n;

insert into contacts_delivery (id, mailing_id, person_id, occurrence, membership_id, account_id, sender_id, template_version_id,
  program_version, category, address, state, due_at, planned_at, sent_at, transport, delivered_at, opened_at, clicked_at,
  bounced_at, attempts)
overriding system value
select n, 1001 + n % 10, m.person_id, 'bench:' || n / :contacts, m.id, m.account_id, (select min(id) from contacts_sender),
  (select min(id) from contacts_templateversion), 1, 'enablement', 'x@customer.example',
  case when n % 5000 = 0 then 'uncertain' when n % 900 = 0 then 'refused' else 'sent' end, at, at, at, 'smtp', at,
  case when n % 3 = 0 then at + interval '2 hours' end, case when n % 9 = 0 then at + interval '3 hours' end,
  case when n % 400 = 0 then at end, 1
from generate_series(1, :events / 5) n
cross join lateral (select timestamptz '2026-11-27' - (n * interval '365 days' / (:events / 5)) as at) a
join contacts_membership m on m.id = 1 + (n::bigint * 7919) % :contacts;

select keel_ensure_partition('contacts_event'::regclass, month::date), keel_ensure_partition('contacts_verdict'::regclass, month::date)
from generate_series(date '2025-11-01', date '2026-12-01', interval '1 month') month;

insert into contacts_event (kind, delivery_id, mailing_id, person_id, account_id, occurred_at, received_at, source, dedupe_key)
select (array['delivered','opened','opened','clicked','opened'])[k], d.id, d.mailing_id, d.person_id, d.account_id,
  d.sent_at + k * interval '20 minutes', d.sent_at + k * interval '20 minutes', 'tracking', d.id || ':' || k
from contacts_delivery d, generate_series(1, 5) k;

insert into accounts_entry (account_id, kind, subject, occurred_at)
select 1 + n % :accounts, 'call', 'Cadence call', now() - n * interval '1 minute' from generate_series(1, :accounts) n;

insert into contacts_accountreach (account_id, is_reachable, has_admin, reason)
select a.id, true, exists (select from contacts_membership m where m.account_id = a.id and m.roles @> array['gitlab_admin'::varchar]), ''
from accounts_account a;

set session_replication_role = origin;
select keel_search_accounts(array(select id from accounts_account));
select keel_search_contacts(array(select id from contacts_membership));
