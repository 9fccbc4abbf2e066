-- Tables of reward's Spanner database. This file is append-only: the migrator applies what is new at its end.
-- Points are whole numbers, one for one yen. All times are the database's (plus development's offset).
-- No key and no index begins with a time; ids are random or hashes.

-- Journals: one row per business event that moved points of one customer. Only inserted, kept for ever.
CREATE TABLE Journals (
  JournalId  STRING(40)  NOT NULL,  -- hash of the event's natural key (kind, order, rule, refund …): a repeat meets itself
  Kind       STRING(10)  NOT NULL,  -- EARN, VEST, HOLD, COMMIT, RELEASE, RETURN, CLAWBACK, EXPIRE, ADJUST
  CustomerId STRING(128) NOT NULL,  -- whose points moved
  OrderId    STRING(40)  NOT NULL,  -- the customer's own order; empty when it is another's, so that no answer links them
  Points     INT64       NOT NULL,  -- what the customer sees: the change of pending + available, may be 0
  CreatedAt  TIMESTAMP   NOT NULL,
) PRIMARY KEY (JournalId);

CREATE INDEX JournalsByCustomer ON Journals (CustomerId, CreatedAt DESC, JournalId) STORING (Kind, OrderId, Points);

-- Entries: the two or more sides of a journal, which sum to zero. Only inserted, kept for ever.
CREATE TABLE Entries (
  JournalId STRING(40)  NOT NULL,
  Account   STRING(10)  NOT NULL,  -- of a customer: PENDING, AVAILABLE, HELD; ours: CAMPAIGN (gave), ISSUER (took what was spent)
  Holder    STRING(128) NOT NULL,  -- customer or campaign id; empty for ISSUER
  Points    INT64       NOT NULL,  -- added to the account; negative: taken from it
  CONSTRAINT EntryMoves CHECK (Points != 0),
) PRIMARY KEY (JournalId, Account, Holder),
  INTERLEAVE IN PARENT Journals;

-- Balances: the sums of a customer's entries, one row per customer, written with them.
CREATE TABLE Balances (
  CustomerId STRING(128) NOT NULL,
  Pending    INT64       NOT NULL,  -- earned, not yet vested
  Available  INT64       NOT NULL,  -- can be spent; negative after a clawback of points already spent
  Held       INT64       NOT NULL,  -- set aside for orders under way
  UpdatedAt  TIMESTAMP   NOT NULL,
  CONSTRAINT PendingNotNegative CHECK (Pending >= 0),
  CONSTRAINT HeldNotNegative CHECK (Held >= 0),
) PRIMARY KEY (CustomerId);

-- Orders: what reward has heard of an order. Decides what late and repeated events may still do.
CREATE TABLE Orders (
  OrderId    STRING(40)  NOT NULL,
  CustomerId STRING(128) NOT NULL,
  State      STRING(10)  NOT NULL,  -- PAID (has earned what it may), COMPLETED (vested), CANCELLED (beats the others, final)
  UpdatedAt  TIMESTAMP   NOT NULL,
) PRIMARY KEY (OrderId);

-- Earnings: what one order earned one customer by one rule; where its points are now.
CREATE TABLE Earnings (
  OrderId    STRING(40)  NOT NULL,
  Rule       STRING(10)  NOT NULL,  -- MEMBER, LEADER (bonus), INVITER
  CustomerId STRING(128) NOT NULL,  -- who earned; for INVITER not the order's customer
  CampaignId STRING(40)  NOT NULL,  -- whose budget gave
  Points     INT64       NOT NULL,  -- given
  ClawedBack INT64       NOT NULL,  -- taken back by refunds
  Vested     BOOL        NOT NULL,  -- what is left is AVAILABLE; before, PENDING
  JournalId  STRING(40)  NOT NULL,  -- its EARN
  CONSTRAINT ClawedBackWithinPoints CHECK (ClawedBack BETWEEN 0 AND Points),
) PRIMARY KEY (OrderId, Rule, CustomerId);

CREATE UNIQUE INDEX EarningsByJournal ON Earnings (JournalId);

-- Holds: points set aside for an order, or spent on it.
CREATE TABLE Holds (
  OrderId    STRING(40)  NOT NULL,
  CustomerId STRING(128) NOT NULL,
  Points     INT64       NOT NULL,
  State      STRING(10)  NOT NULL,  -- HELD, RELEASED (may be held again), COMMITTED (spent), RETURNED (spent, then cancelled)
  Round      INT64       NOT NULL,  -- 1 with the first hold; part of the HOLD's and RELEASE's natural keys
  CheckAt    TIMESTAMP,             -- while HELD: when order is asked (again) what became of it
  Shard      INT64       NOT NULL AS (ABS(MOD(FARM_FINGERPRINT(OrderId), 8))) STORED,  -- spreads the index below
  CONSTRAINT HoldPositive CHECK (Points > 0),
  CONSTRAINT CheckedWhileHeld CHECK ((State = 'HELD') = (CheckAt IS NOT NULL)),
) PRIMARY KEY (OrderId);

CREATE INDEX HoldsByCheckAt ON Holds (Shard, CheckAt);

-- Programmes: what one campaign gives, and its budget.
CREATE TABLE Programmes (
  CampaignId    STRING(40) NOT NULL,
  Version       INT64      NOT NULL,  -- 1..n, grows with every change by an operator
  MemberPoints  INT64      NOT NULL,  -- to each member for each paid order of a settled group
  LeaderPoints  INT64      NOT NULL,  -- to the leader besides
  InviterPoints INT64      NOT NULL,  -- to who invited the member
  Budget        INT64      NOT NULL,  -- the most that may be given in all
  Given         INT64      NOT NULL,  -- given so far, less what was taken back; falls and grows with the entries of CAMPAIGN
  CONSTRAINT GivenWithinBudget CHECK (Given BETWEEN 0 AND Budget),
  CONSTRAINT PointsNotNegative CHECK (MemberPoints >= 0 AND LeaderPoints >= 0 AND InviterPoints >= 0),
) PRIMARY KEY (CampaignId);

-- ProgrammeAudits: one row per version of a programme. Only inserted, kept for ever.
CREATE TABLE ProgrammeAudits (
  CampaignId    STRING(40)  NOT NULL,
  Version       INT64       NOT NULL,
  Actor         STRING(150) NOT NULL,  -- user/<id>
  Method        STRING(100) NOT NULL,
  Trace         STRING(32)  NOT NULL,  -- trace id in hex; empty without a trace
  Reason        STRING(200) NOT NULL,  -- the operator's words
  MemberPoints  INT64       NOT NULL,  -- the programme from this version on
  LeaderPoints  INT64       NOT NULL,
  InviterPoints INT64       NOT NULL,
  Budget        INT64       NOT NULL,
  CreatedAt     TIMESTAMP   NOT NULL,
) PRIMARY KEY (CampaignId, Version);

-- Outbox: events and tasks committed with the change that caused them, deleted after the ack; it holds only pending work.
CREATE TABLE Outbox (
  Id        STRING(300) NOT NULL,  -- event: ce-id; task: task/<queue>/<id>
  Kind      STRING(8)   NOT NULL,  -- EVENT, TASK
  Target    STRING(100) NOT NULL,  -- topic or queue
  Payload   BYTES(MAX)  NOT NULL,  -- protojson
  Headers   JSON        NOT NULL,  -- CloudEvents attributes or HTTP headers, with traceparent
  Path      STRING(200),           -- task: procedure
  DueAt     TIMESTAMP,             -- task: when; NULL = now
  CreatedAt TIMESTAMP   NOT NULL OPTIONS (allow_commit_timestamp = true),
) PRIMARY KEY (Id);

ALTER TABLE Holds ADD COLUMN Returned INT64 NOT NULL DEFAULT (0);  -- of what was spent: given back, for single lines or with the whole order
