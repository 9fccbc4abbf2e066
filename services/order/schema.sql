-- The order database: orders, groups, stock, and what makes every change of them explainable and repeatable.
-- Append only: what is new is added below, and the migrator applies it. Any revision of the service must run on it.

-- Orders: what one customer buys, with its own copy of everything that mattered when it was made.
CREATE TABLE Orders (
  OrderId        STRING(30)  NOT NULL,  -- "ord_…", derived from (customer, method, request id): a retry meets itself
  CustomerId     STRING(128) NOT NULL,
  State          STRING(20)  NOT NULL,  -- PENDING_PAYMENT, AWAITING_GROUP, CONFIRMED, PAID, …, CANCELLED
  CancelReason   STRING(20)  NOT NULL,  -- empty unless CANCELLED
  GroupId        STRING(30)  NOT NULL,  -- empty when bought alone
  CampaignId     STRING(30)  NOT NULL,  -- empty when bought alone
  LeaderId       STRING(128) NOT NULL,  -- the group's leader, when the order was made and again when CONFIRMED; empty when bought alone
  InviterId      STRING(128) NOT NULL,  -- who invited the customer; empty for a leader
  CartKey        STRING(160),           -- customer and cart version of a living solo order: one order a cart; NULL otherwise
  CartVersion    INT64       NOT NULL,  -- 0 for a group order
  Lines          JSON        NOT NULL,  -- what is bought, at the prices of checkout
  Units          INT64       NOT NULL,  -- sum of the lines' quantities
  Address        JSON        NOT NULL,  -- where it goes; personal data, in no other table
  Currency       STRING(3)   NOT NULL,
  Items          INT64       NOT NULL,  -- minor units, as all amounts; at the first tier's price for a group order
  Shipping       INT64       NOT NULL,
  Coupon         INT64       NOT NULL,  -- discount by coupon
  Points         INT64       NOT NULL,  -- discount by points, one yen each
  Total          INT64       NOT NULL,  -- what is authorised
  FinalItems     INT64,                 -- at the price of the tier reached; NULL until CONFIRMED
  FinalTotal     INT64,                 -- what is captured; NULL until CONFIRMED
  CouponCode     STRING(32)  NOT NULL,
  SavedMethodId  STRING(110) NOT NULL,  -- the provider's method to confirm with; empty when the app confirms
  PaymentId      STRING(30)  NOT NULL,  -- empty until authorised
  HoldEndAt      TIMESTAMP   NOT NULL,  -- when an unpaid order ends
  HoldShard      INT64,                 -- 0 to 15 while PENDING_PAYMENT, else NULL: spreads the index that the sweep reads
  Version        INT64       NOT NULL,  -- 1 and up, one a transition
  CreatedAt      TIMESTAMP   NOT NULL,
  UpdatedAt      TIMESTAMP   NOT NULL,
  CONSTRAINT OrderTotal CHECK (Total = Items - Coupon - Points + Shipping AND Total >= 0),
  CONSTRAINT OrderFinal CHECK (FinalTotal IS NULL OR (FinalTotal = FinalItems - Coupon - Points + Shipping AND FinalTotal >= 0 AND FinalTotal <= Total)),
) PRIMARY KEY (OrderId);

-- A customer's orders, newest first.
CREATE INDEX OrdersByCustomer ON Orders (CustomerId, CreatedAt DESC, OrderId);
-- A customer's orders of one campaign, for its limits.
CREATE INDEX OrdersByCampaign ON Orders (CustomerId, CampaignId) STORING (State, CancelReason, Units);
-- One living order for one version of a cart.
CREATE UNIQUE NULL_FILTERED INDEX OrdersByCart ON Orders (CartKey);
-- Unpaid orders by the end of their hold.
CREATE INDEX OrdersByHold ON Orders (HoldShard, HoldEndAt) WHERE HoldShard IS NOT NULL;

-- BuyerGroups (GROUPS is a reserved word): people buying together. The rules are the campaign's, copied at the start.
CREATE TABLE BuyerGroups (
  GroupId        STRING(30)  NOT NULL,
  CampaignId     STRING(30)  NOT NULL,
  LeaderId       STRING(128) NOT NULL,
  State          STRING(12)  NOT NULL,  -- PENDING, OPEN, CLOSING, FORMED, SETTLED, EXPIRED, CANCELLED, ABORTED, CLOSED
  Rules          JSON        NOT NULL,
  MaxSize        INT64       NOT NULL,  -- of the rules, for the constraint
  Held           INT64       NOT NULL,  -- members whose payment is under way; frozen at the decision
  Confirmed      INT64       NOT NULL,  -- members who have paid; frozen at the decision
  Deadline       TIMESTAMP,             -- until when one can join; NULL while PENDING
  DueAt          TIMESTAMP,             -- when the clock next changes the state; NULL when it will not
  DueShard       INT64,                 -- 0 to 15 while DueAt is set, else NULL
  FinalUnitPrice INT64,                 -- minor units; set when SETTLED
  FanOutShard    INT64,                 -- 0 to 15 from the decision until every member's order has it, else NULL
  Version        INT64       NOT NULL,
  CreatedAt      TIMESTAMP   NOT NULL,
  UpdatedAt      TIMESTAMP   NOT NULL,
  CONSTRAINT GroupCounts CHECK (Held >= 0 AND Confirmed >= 0 AND Held + Confirmed <= MaxSize),
) PRIMARY KEY (GroupId);

-- Groups of a campaign by state, for those that can be joined.
CREATE INDEX GroupsByCampaign ON BuyerGroups (CampaignId, State) STORING (Held, Confirmed, MaxSize, Deadline);
-- Groups that the clock will change.
CREATE INDEX GroupsByDue ON BuyerGroups (DueShard, DueAt) WHERE DueShard IS NOT NULL;
-- Decided groups whose outcome is being carried to the orders.
CREATE INDEX GroupsByFanOut ON BuyerGroups (FanOutShard) WHERE FanOutShard IS NOT NULL;

-- Members: seats, taken or given up. Who joins again takes the row again.
CREATE TABLE Members (
  GroupId   STRING(30)  NOT NULL,
  UserId    STRING(128) NOT NULL,
  OrderId   STRING(30)  NOT NULL,  -- the order that holds or held the seat last
  State     STRING(10)  NOT NULL,  -- HELD, CONFIRMED, TIMED_OUT, LEFT, CANCELLED, FAILED
  Decided   BOOL        NOT NULL,  -- the group's outcome has reached the order
  JoinedAt  TIMESTAMP   NOT NULL,
  ConfirmedAt TIMESTAMP,           -- succession goes by it
) PRIMARY KEY (GroupId, UserId),
  INTERLEAVE IN PARENT BuyerGroups ON DELETE NO ACTION;

-- A user's groups, newest first.
CREATE INDEX MembersByUser ON Members (UserId, JoinedAt DESC, GroupId);

-- Slots: the one open membership that a user may have in a campaign.
CREATE TABLE Slots (
  UserId     STRING(128) NOT NULL,
  CampaignId STRING(30)  NOT NULL,
  GroupId    STRING(30)  NOT NULL,
  OrderId    STRING(30)  NOT NULL,
) PRIMARY KEY (UserId, CampaignId);

-- Stock: one row a SKU.
CREATE TABLE Stock (
  Sku        STRING(30)  NOT NULL,
  MerchantId STRING(64)  NOT NULL,
  OnHand     INT64       NOT NULL,  -- units in the warehouse, reserved ones included
  Reserved   INT64       NOT NULL,  -- units in reservations HELD or CONFIRMED
  Sequence   INT64       NOT NULL,  -- the last one that set OnHand
  Moves      INT64       NOT NULL,  -- rows in StockMoves
  UpdatedAt  TIMESTAMP   NOT NULL,
  CONSTRAINT NoOversell CHECK (0 <= Reserved AND Reserved <= OnHand),
) PRIMARY KEY (Sku);

-- StockMoves: every change of OnHand; their sum is OnHand. Insert only.
CREATE TABLE StockMoves (
  Sku       STRING(30)  NOT NULL,
  Move      INT64       NOT NULL,  -- 1 and up
  Delta     INT64       NOT NULL,
  Reason    STRING(20)  NOT NULL,  -- SET, SOLD, RESTOCKED
  OrderId   STRING(30)  NOT NULL,  -- empty for SET
  Actor     STRING(160) NOT NULL,
  Note      STRING(200) NOT NULL,  -- the reason given for SET
  MadeAt    TIMESTAMP   NOT NULL,
) PRIMARY KEY (Sku, Move),
  INTERLEAVE IN PARENT Stock ON DELETE NO ACTION;

-- Reservations: an order's claim on a SKU.
CREATE TABLE Reservations (
  OrderId   STRING(30) NOT NULL,
  Sku       STRING(30) NOT NULL,
  Quantity  INT64      NOT NULL,
  State     STRING(10) NOT NULL,  -- HELD, CONFIRMED, CONSUMED, RELEASED, RESTOCKED
  UpdatedAt TIMESTAMP  NOT NULL,
  CONSTRAINT SomeQuantity CHECK (Quantity > 0),
  CONSTRAINT ReservationOrder FOREIGN KEY (OrderId) REFERENCES Orders (OrderId),
) PRIMARY KEY (OrderId, Sku);

-- Requests: what a request id was answered, kept 7 days.
CREATE TABLE Requests (
  CallerId    STRING(128) NOT NULL,
  Method      STRING(60)  NOT NULL,
  RequestId   STRING(64)  NOT NULL,
  Fingerprint BYTES(32)   NOT NULL,  -- SHA-256 of the request
  OrderId     STRING(30)  NOT NULL,  -- the order made; empty when refused
  Refusal     JSON,                  -- reason and metadata of the refusal; NULL when made
  CreatedAt   TIMESTAMP   NOT NULL,
) PRIMARY KEY (CallerId, Method, RequestId),
  ROW DELETION POLICY (OLDER_THAN(CreatedAt, INTERVAL 7 DAY));

-- Audit: every transition of orders and groups, with who caused it and the row after it. Insert only.
CREATE TABLE Audit (
  Entity    STRING(60)  NOT NULL,  -- "order/ord_…", "group/grp_…"
  Version   INT64       NOT NULL,  -- of the entity after the transition: 1 and up without a gap
  FromState STRING(20)  NOT NULL,  -- empty at the start
  ToState   STRING(20)  NOT NULL,
  Reason    STRING(40)  NOT NULL,  -- what happened
  Actor     STRING(160) NOT NULL,  -- "user/…", "service/…"
  Method    STRING(100) NOT NULL,  -- the procedure, event or loop
  RequestId STRING(64)  NOT NULL,  -- empty where the method has none
  Trace     STRING(32)  NOT NULL,
  After     JSON        NOT NULL,  -- the row as it stood then, without the address
  MadeAt    TIMESTAMP   NOT NULL,
) PRIMARY KEY (Entity, Version);

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

-- Orders.DeclineCode: the provider's code for why the payment failed; NULL otherwise.
ALTER TABLE Orders ADD COLUMN DeclineCode STRING(64);

-- Unpaid orders by the end of their hold, with their age; in place of OrdersByHold.
CREATE INDEX OrdersByHoldEnd ON Orders (HoldShard, HoldEndAt) STORING (CreatedAt) WHERE HoldShard IS NOT NULL;

-- BuyerGroups.Heat: how many have paid, while a seat is free to join; else NULL. Passing the deadline alone does not change it.
ALTER TABLE BuyerGroups ADD COLUMN Heat INT64 AS (IF(State IN ('OPEN', 'FORMED') AND Held + Confirmed < MaxSize, Confirmed, NULL)) STORED;
-- A campaign's groups with a free seat, those with most members first; in place of GroupsByCampaign.
CREATE INDEX GroupsByHeat ON BuyerGroups (CampaignId, Heat DESC, Deadline, GroupId) STORING (State) WHERE Heat IS NOT NULL;

-- Closings: groups whose outcome has been carried out, until they are CLOSED.
CREATE TABLE Closings (
  Shard   INT64      NOT NULL,  -- 0 to 15, of the group's id
  LookAt  TIMESTAMP  NOT NULL,  -- when to look next whether all of its orders have ended
  GroupId STRING(30) NOT NULL,
) PRIMARY KEY (Shard, LookAt, GroupId);

-- Audit.Note: the reason that an operator or a merchant has given, in their words; NULL where none is asked for.
ALTER TABLE Audit ADD COLUMN Note STRING(200);
