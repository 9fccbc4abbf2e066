-- The tables of payment. Append only: a change is a further statement at the end.
-- Amounts are in minor units of Currency. Times are the database's (with the offset of the development clock), UTC.

-- Payments: the money of one order, held, taken and given back. One row per order, for ever.
CREATE TABLE Payments (
  PaymentId     STRING(40)  NOT NULL,  -- pay_…, random
  OrderId       STRING(40)  NOT NULL,  -- ord_…
  CustomerId    STRING(128) NOT NULL,  -- the user who pays
  State         STRING(20)  NOT NULL,  -- CREATED, ACTION, UNKNOWN, AUTHORISED, FAILED, CAPTURING, CAPTURED, CAPTURE_FAILED, VOIDING, VOIDED,
                                       -- REFUNDING, PARTLY_REFUNDED, REFUNDED, DISPUTED, WON, LOST
  StateAt       TIMESTAMP   NOT NULL,  -- since when it is in State
  Version       INT64       NOT NULL,  -- of the row's transitions: 1, 2, 3 …; PaymentAudit has one row for each
  Currency      STRING(3)   NOT NULL,
  Amount        INT64       NOT NULL,  -- to be held
  Authorised    INT64       NOT NULL,  -- was held
  ToCapture     INT64       NOT NULL,  -- asked for by order.confirmed
  Captured      INT64       NOT NULL,  -- was taken
  Refunded      INT64       NOT NULL,  -- was given back, all refunds together
  Dead          BOOL        NOT NULL,  -- the order was cancelled: whatever money arrives goes back
  SavedMethodId STRING(110) NOT NULL,  -- pm_…: the server confirms with it; '': the app confirms
  IntentId      STRING(110) NOT NULL,  -- pi_…, the provider's object; '' until its creation was answered
  DeclineCode   STRING(100) NOT NULL,  -- FAILED, CAPTURE_FAILED: the provider's word for why
  CaptureBefore TIMESTAMP,             -- AUTHORISED on: when the provider lets go of the hold
  NextAt        TIMESTAMP,             -- when to advance it next: a lease while somebody does, a back-off after; NULL: nothing waits
  Attempts      INT64       NOT NULL,  -- tries in State that led nowhere; sets the back-off
  CreatedAt     TIMESTAMP   NOT NULL,
  UpdatedAt     TIMESTAMP   NOT NULL OPTIONS (allow_commit_timestamp = true),
  Shard         INT64       NOT NULL AS (MOD(ABS(FARM_FINGERPRINT(PaymentId)), 16)) STORED,  -- spreads PaymentsByNext
  CONSTRAINT PaymentAmounts CHECK (Amount >= 0 AND Authorised >= 0 AND ToCapture >= 0 AND Captured >= 0 AND Refunded >= 0),
  CONSTRAINT PaymentCaptured CHECK (ToCapture <= Authorised AND Captured <= Authorised),
  CONSTRAINT PaymentRefunded CHECK (Refunded <= Captured),
) PRIMARY KEY (PaymentId);

-- One payment per order, and with it one charge: two calls for one order meet here.
CREATE UNIQUE INDEX PaymentsByOrder ON Payments (OrderId);

-- Notices of charges and refunds name the provider's object only.
CREATE INDEX PaymentsByIntent ON Payments (IntentId);

-- What waits, for the sweep. Led by a shard, since NextAt moves with the clock.
CREATE NULL_FILTERED INDEX PaymentsByNext ON Payments (Shard, NextAt);

-- PaymentAudit: one row per transition, in the transaction that made it. Insert only; kept for ever.
CREATE TABLE PaymentAudit (
  PaymentId STRING(40)  NOT NULL,
  Version   INT64       NOT NULL,  -- of the payment after the transition
  FromState STRING(20)  NOT NULL,  -- '' for the first
  ToState   STRING(20)  NOT NULL,
  Reason    STRING(100) NOT NULL,  -- what was learned or asked: order.cancelled, held, no answer …
  Actor     STRING(150) NOT NULL,  -- service/order, service/pubsub, stripe, payment (its own sweep)
  Method    STRING(150) NOT NULL,  -- procedure, event type or loop
  RequestId STRING(64)  NOT NULL,  -- '' where the caller gave none
  TraceId   STRING(32)  NOT NULL,  -- '' where there was none
  MadeAt    TIMESTAMP   NOT NULL,
) PRIMARY KEY (PaymentId, Version),
  INTERLEAVE IN PARENT Payments;

-- PaymentOps: every call that changes something at the provider, written before it is sent. Kept for ever.
CREATE TABLE PaymentOps (
  PaymentId  STRING(40)  NOT NULL,
  OpId       STRING(40)  NOT NULL,  -- op_…, random: the provider's idempotency key
  Kind       STRING(10)  NOT NULL,  -- CREATE, CONFIRM, CAPTURE, CANCEL, REFUND
  State      STRING(10)  NOT NULL,  -- STARTED (may be sent again), DONE, REFUSED (a definite no), SPENT (its key answers for a failure or is too old)
  Amount     INT64       NOT NULL,  -- 0 for CANCEL
  Currency   STRING(3)   NOT NULL,
  RefundId   STRING(40)  NOT NULL,  -- REFUND: which; '' otherwise
  ProviderId STRING(110) NOT NULL,  -- pi_… or re_…; '' until known
  Code       STRING(100) NOT NULL,  -- REFUSED, SPENT: the provider's word
  StartedAt  TIMESTAMP   NOT NULL,
  EndedAt    TIMESTAMP,             -- NULL while STARTED
) PRIMARY KEY (PaymentId, OpId),
  INTERLEAVE IN PARENT Payments;

-- Refunds: what is to be given back and why; payment makes it so, once each.
CREATE TABLE Refunds (
  PaymentId  STRING(40)  NOT NULL,
  RefundId   STRING(40)  NOT NULL,  -- rfd_…, derived from the payment and the cause, so that a repeated cause meets itself
  Amount     INT64       NOT NULL,
  Reason     STRING(100) NOT NULL,  -- order.cancelled, order.refund_due, captured after all
  State      STRING(10)  NOT NULL,  -- ASKED, DONE, BY_HAND (see ManualWork), OUTSIDE (given back by other means), FORGONE (nobody will)
  ProviderId STRING(110) NOT NULL,  -- re_…; '' until known
  AskedAt    TIMESTAMP   NOT NULL,
  DoneAt     TIMESTAMP,             -- NULL while ASKED
  CONSTRAINT RefundAmount CHECK (Amount > 0),
) PRIMARY KEY (PaymentId, RefundId),
  INTERLEAVE IN PARENT Payments;

-- Journals: the ledger's business events. Insert only; kept for ever.
CREATE TABLE Journals (
  JournalId STRING(100) NOT NULL,  -- capture/<payment>, refund/<refund>/<re_>, refund_failed/<re_>, dispute/<du_>, won/<du_>, lost/<du_>, outside/<refund>,
                                   -- fees/<po_>, payout/<po_>, difference/<work>: the event itself, so that it is booked once
  Kind      STRING(20)  NOT NULL,  -- CAPTURE, REFUND, REFUND_FAILED, DISPUTE, DISPUTE_WON, DISPUTE_LOST, OUTSIDE, FEES, PAYOUT, DIFFERENCE
  PaymentId STRING(40)  NOT NULL,
  OrderId   STRING(40)  NOT NULL,
  BookedAt  TIMESTAMP   NOT NULL,
) PRIMARY KEY (JournalId);

CREATE INDEX JournalsByPayment ON Journals (PaymentId);

-- JournalEntries: double entry; the debits of a journal are its credits, per currency.
CREATE TABLE JournalEntries (
  JournalId STRING(100) NOT NULL,
  Line      INT64       NOT NULL,  -- 1, 2 …
  Account   STRING(40)  NOT NULL,  -- provider (what the provider owes us), orders (what orders have paid), disputes (taken away while the bank decides),
                                   -- losses (disputes lost), fees (the provider's), bank (paid out to us), outside (given back by other means),
                                   -- differences (written off or settled outside)
  Side      STRING(6)   NOT NULL,  -- DEBIT, CREDIT
  Amount    INT64       NOT NULL,
  Currency  STRING(3)   NOT NULL,
  CONSTRAINT EntryAmount CHECK (Amount > 0),
  CONSTRAINT EntrySide CHECK (Side IN ('DEBIT', 'CREDIT')),
) PRIMARY KEY (JournalId, Line),
  INTERLEAVE IN PARENT Journals;

-- Customers: who a user is at the provider. Created once, at the first payment or saved method.
CREATE TABLE Customers (
  UserId     STRING(128) NOT NULL,
  ProviderId STRING(110) NOT NULL,  -- cus_…; '' until its creation was answered
  Key        STRING(40)  NOT NULL,  -- key_…: idempotency key of the creation; a new one when the provider has failed for it
  KeyAt      TIMESTAMP   NOT NULL,
  CreatedAt  TIMESTAMP   NOT NULL,
) PRIMARY KEY (UserId);

-- Setups: one CreateSetup each, so that a repeat answers the same. Gone after seven days.
CREATE TABLE Setups (
  UserId        STRING(128) NOT NULL,
  RequestId     STRING(64)  NOT NULL,
  SetupIntentId STRING(110) NOT NULL,  -- seti_…; '' until its creation was answered
  Key           STRING(40)  NOT NULL,  -- as Customers.Key
  KeyAt         TIMESTAMP   NOT NULL,
  CreatedAt     TIMESTAMP   NOT NULL,
) PRIMARY KEY (UserId, RequestId),
  ROW DELETION POLICY (OLDER_THAN(CreatedAt, INTERVAL 7 DAY));

-- RemovedMethods: saved methods that a user has taken off the list, so that a repeat is known for one. Gone after seven days.
CREATE TABLE RemovedMethods (
  UserId    STRING(128) NOT NULL,
  MethodId  STRING(110) NOT NULL,  -- pm_…
  RemovedAt TIMESTAMP   NOT NULL OPTIONS (allow_commit_timestamp = true),
) PRIMARY KEY (UserId, MethodId),
  ROW DELETION POLICY (OLDER_THAN(RemovedAt, INTERVAL 7 DAY));

-- Webhooks: the provider's notices that were taken in, each once. Hints only, hence without their content. Gone after thirty days:
-- the provider repeats a notice for three.
CREATE TABLE Webhooks (
  EventId    STRING(110) NOT NULL,  -- evt_…
  Type       STRING(100) NOT NULL,  -- payment_intent.succeeded …
  ObjectId   STRING(110) NOT NULL,  -- the PaymentIntent it is about; '' for others
  PaymentId  STRING(40)  NOT NULL,  -- ours; '' where there is none
  ReceivedAt TIMESTAMP   NOT NULL OPTIONS (allow_commit_timestamp = true),
) PRIMARY KEY (EventId),
  ROW DELETION POLICY (OLDER_THAN(ReceivedAt, INTERVAL 30 DAY));

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

-- Disputes: a customer's objections at the bank, as the provider shows them.
CREATE TABLE Disputes (
  PaymentId STRING(40)  NOT NULL,
  DisputeId STRING(110) NOT NULL,  -- du_…, dp_…: the provider's
  Amount    INT64       NOT NULL,  -- taken off our balance while it is open
  Status    STRING(10)  NOT NULL,  -- OPEN, WON, LOST
  OpenedAt  TIMESTAMP   NOT NULL,
  ClosedAt  TIMESTAMP,             -- NULL while OPEN
  CONSTRAINT DisputeAmount CHECK (Amount > 0),
) PRIMARY KEY (PaymentId, DisputeId),
  INTERLEAVE IN PARENT Payments;

-- ManualWork: what no rule can decide, for operators. Kept for ever.
CREATE TABLE ManualWork (
  WorkId    STRING(300) NOT NULL,  -- refund/<refund>, settlement/<payout>/<movement or journal>: one piece for one cause
  Kind      STRING(20)  NOT NULL,  -- REFUND_FAILED, REFUND_IN_DISPUTE, SETTLEMENT
  PaymentId STRING(40)  NOT NULL,  -- '' where it is about none of ours
  OrderId   STRING(40)  NOT NULL,
  RefundId  STRING(40)  NOT NULL,  -- of a refund
  PayoutId  STRING(110) NOT NULL,  -- of a settlement
  Amount    INT64       NOT NULL,  -- at stake; of a settlement, the provider's figure less ours
  Currency  STRING(3)   NOT NULL,
  Detail    STRING(400) NOT NULL,  -- in words
  Decision  STRING(20)  NOT NULL,  -- '' while it is open; RETRY, SETTLED_OUTSIDE, WRITTEN_OFF
  Open      BOOL AS (IF(Decision = '', true, NULL)) STORED,
  OpenedAt  TIMESTAMP   NOT NULL,
  DecidedAt TIMESTAMP,
) PRIMARY KEY (WorkId);

CREATE NULL_FILTERED INDEX ManualWorkOpen ON ManualWork (Open, WorkId);

-- AdminAudit: one row per call of an operator, in the transaction of what it changed. Insert only; kept for ever.
CREATE TABLE AdminAudit (
  AuditId STRING(40)  NOT NULL,  -- aud_…, random
  Actor   STRING(150) NOT NULL,  -- user/…
  Method  STRING(150) NOT NULL,  -- procedure
  Subject STRING(300) NOT NULL,  -- work or order id; '' for a list
  Detail  STRING(100) NOT NULL,  -- the decision; '' for a read
  Reason  STRING(200) NOT NULL,  -- in the operator's words
  TraceId STRING(32)  NOT NULL,
  MadeAt  TIMESTAMP   NOT NULL,
) PRIMARY KEY (AuditId);

-- Settlements: the report of one payout of the provider's.
CREATE TABLE Settlements (
  PayoutId  STRING(110) NOT NULL,  -- po_…
  Amount    INT64       NOT NULL,  -- that came to our bank
  Currency  STRING(3)   NOT NULL,
  ArrivedAt TIMESTAMP   NOT NULL,
  Movements INT64       NOT NULL,  -- looked at so far
  Matched   INT64       NOT NULL,  -- of them found in the ledger alike
  Fees      INT64       NOT NULL,  -- of them
  LastId    STRING(110) NOT NULL,  -- txn_…: matched up to here; '' at the start
  DoneAt    TIMESTAMP,             -- NULL while it is under way
) PRIMARY KEY (PayoutId);

-- SettlementDifferences: where the provider's books and ours are not alike.
CREATE TABLE SettlementDifferences (
  PayoutId  STRING(110) NOT NULL,
  Subject   STRING(150) NOT NULL,  -- txn_… of the provider, or our journal where it is missing there
  Kind      STRING(20)  NOT NULL,  -- MISSING_HERE, MISSING_THERE, AMOUNT_DIFFERS
  JournalId STRING(150) NOT NULL,  -- '' when it is missing here
  PaymentId STRING(40)  NOT NULL,  -- '' where unknown
  OrderId   STRING(40)  NOT NULL,
  Ours      INT64       NOT NULL,  -- signed: what it adds to the provider's debt to us
  Theirs    INT64       NOT NULL,
) PRIMARY KEY (PayoutId, Subject),
  INTERLEAVE IN PARENT Settlements;

-- Settled: the provider's movements that were matched, each once.
CREATE TABLE Settled (
  MovementId STRING(110) NOT NULL,  -- txn_…
  JournalId  STRING(150) NOT NULL,
  PayoutId   STRING(110) NOT NULL,
) PRIMARY KEY (MovementId);

-- Unsettled: journals of the provider's money that no payout has shown yet; it holds only what is pending.
CREATE TABLE Unsettled (
  JournalId STRING(150) NOT NULL,
  PaymentId STRING(40)  NOT NULL,
  OrderId   STRING(40)  NOT NULL,
  Amount    INT64       NOT NULL,  -- signed: what it adds to the provider's debt to us
  Currency  STRING(3)   NOT NULL,
  BookedAt  TIMESTAMP   NOT NULL,
) PRIMARY KEY (JournalId);

-- A customer's payments, for what they ask to see or to have erased.
CREATE INDEX PaymentsByCustomer ON Payments (CustomerId, PaymentId);

-- What the sweep and the gauges ask of what waits, they find in its index.
ALTER INDEX PaymentsByNext ADD STORED COLUMN State;
ALTER INDEX PaymentsByNext ADD STORED COLUMN StateAt;
ALTER INDEX PaymentsByNext ADD STORED COLUMN CaptureBefore;
