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

-- Note: the reason that a merchant or an operator gave for the change.
ALTER TABLE Audit ADD COLUMN Note STRING(200) NOT NULL DEFAULT ('');

-- ParcelsOut: parcels shipped and not delivered.
ALTER TABLE Orders ADD COLUMN ParcelsOut INT64 NOT NULL DEFAULT (0);
-- OpenReturns: returns requested or approved; while there is one, the order is not completed.
ALTER TABLE Orders ADD COLUMN OpenReturns INT64 NOT NULL DEFAULT (0);
-- DeliveredAt: when the last parcel arrived; NULL before.
ALTER TABLE Orders ADD COLUMN DeliveredAt TIMESTAMP;
-- CompleteAt: when the order completes by itself; NULL while it will not.
ALTER TABLE Orders ADD COLUMN CompleteAt TIMESTAMP;
-- CompleteShard: 0 to 15 while CompleteAt is set, else NULL.
ALTER TABLE Orders ADD COLUMN CompleteShard INT64;
-- Delivered orders by their completion.
CREATE INDEX OrdersByCompletion ON Orders (CompleteShard, CompleteAt) WHERE CompleteShard IS NOT NULL;

-- Shipments: parcels of an order.
CREATE TABLE Shipments (
  OrderId        STRING(30) NOT NULL,
  ShipmentId     STRING(30) NOT NULL,  -- "shp_…", derived from (caller, method, request id)
  MerchantId     STRING(64) NOT NULL,  -- whose lines are in it
  State          STRING(10) NOT NULL,  -- SHIPPED, DELIVERED
  Carrier        STRING(32) NOT NULL,
  TrackingNumber STRING(40) NOT NULL,
  ShippedAt      TIMESTAMP  NOT NULL,
  DeliveredAt    TIMESTAMP,            -- NULL until DELIVERED
) PRIMARY KEY (OrderId, ShipmentId),
  INTERLEAVE IN PARENT Orders ON DELETE NO ACTION;

-- ShipmentLines: what is in a parcel. Insert only.
CREATE TABLE ShipmentLines (
  OrderId    STRING(30) NOT NULL,
  ShipmentId STRING(30) NOT NULL,
  Line       INT64      NOT NULL,  -- of the order, 1 and up
  Sku        STRING(30) NOT NULL,
  Quantity   INT64      NOT NULL,
  CONSTRAINT SomeShipped CHECK (Quantity > 0),
) PRIMARY KEY (OrderId, ShipmentId, Line),
  INTERLEAVE IN PARENT Shipments ON DELETE NO ACTION;

-- Returns: goods that a customer gives back.
CREATE TABLE Returns (
  OrderId     STRING(30)  NOT NULL,
  ReturnId    STRING(30)  NOT NULL,  -- "ret_…", derived from (customer, method, request id)
  MerchantId  STRING(64)  NOT NULL,  -- whose lines they are
  State       STRING(10)  NOT NULL,  -- REQUESTED, APPROVED, REJECTED, RECEIVED
  Reason      STRING(200) NOT NULL,  -- the customer's
  Version     INT64       NOT NULL,  -- 1 and up, one a transition
  RequestedAt TIMESTAMP   NOT NULL,
  UpdatedAt   TIMESTAMP   NOT NULL,
) PRIMARY KEY (OrderId, ReturnId),
  INTERLEAVE IN PARENT Orders ON DELETE NO ACTION;

-- ReturnLines: what is in a return. Insert only.
CREATE TABLE ReturnLines (
  OrderId  STRING(30) NOT NULL,
  ReturnId STRING(30) NOT NULL,
  Line     INT64      NOT NULL,  -- of the order, 1 and up
  Sku      STRING(30) NOT NULL,
  Quantity INT64      NOT NULL,
  CONSTRAINT SomeReturned CHECK (Quantity > 0),
) PRIMARY KEY (OrderId, ReturnId, Line),
  INTERLEAVE IN PARENT Returns ON DELETE NO ACTION;

-- RefundLines: what went back for single lines of a living order. Insert only; per line they never exceed what it cost.
CREATE TABLE RefundLines (
  OrderId  STRING(30) NOT NULL,
  RefundId STRING(30) NOT NULL,  -- "rfd_…", derived from the return, or from the request that cancelled lines
  Line     INT64      NOT NULL,  -- of the order, 1 and up
  Sku      STRING(30) NOT NULL,
  Quantity INT64      NOT NULL,
  Money    INT64      NOT NULL,  -- minor units
  Points   INT64      NOT NULL,
  MadeAt   TIMESTAMP  NOT NULL,
  CONSTRAINT SomeRefunded CHECK (Quantity > 0 AND Money >= 0 AND Points >= 0),
) PRIMARY KEY (OrderId, RefundId, Line),
  INTERLEAVE IN PARENT Orders ON DELETE NO ACTION;

-- Restocked: units of a CONSUMED claim that are on hand again; all of them once RESTOCKED.
ALTER TABLE Reservations ADD COLUMN Restocked INT64 NOT NULL DEFAULT (0);
ALTER TABLE Reservations ADD CONSTRAINT RestockedOnce CHECK (0 <= Restocked AND Restocked <= Quantity);

-- Made: what else than an order was made for a request: a parcel, a return, a coupon. NULL for an order.
ALTER TABLE Requests ADD COLUMN Made STRING(60);

-- Coupons: discounts that customers name at checkout. Their terms never change.
CREATE TABLE Coupons (
  Code           STRING(32) NOT NULL,
  Terms          JSON       NOT NULL,  -- kind, amounts, minimum, window, campaign, uses of one customer
  MaxUses        INT64      NOT NULL,
  Held           INT64      NOT NULL,  -- uses of orders not bought yet
  Used           INT64      NOT NULL,  -- uses of orders bought
  CreatedAt      TIMESTAMP  NOT NULL,
  UpdatedAt      TIMESTAMP  NOT NULL,
  CONSTRAINT NoOveruse CHECK (Held >= 0 AND Used >= 0 AND Held + Used <= MaxUses),
) PRIMARY KEY (Code);

-- CouponUses: an order's use of a coupon.
CREATE TABLE CouponUses (
  Code       STRING(32)  NOT NULL,
  CustomerId STRING(128) NOT NULL,
  OrderId    STRING(30)  NOT NULL,
  State      STRING(10)  NOT NULL,  -- HELD, USED, RETURNED
  UpdatedAt  TIMESTAMP   NOT NULL,
) PRIMARY KEY (Code, CustomerId, OrderId),
  INTERLEAVE IN PARENT Coupons ON DELETE NO ACTION;

-- Missing: units reported missing and not yet taken off OnHand; they cannot be sold.
ALTER TABLE Stock ADD COLUMN Missing INT64 NOT NULL DEFAULT (0);
-- Level: IN_STOCK, LOW or SOLD_OUT, as last told; empty when never told.
ALTER TABLE Stock ADD COLUMN Level STRING(10) NOT NULL DEFAULT ('');
-- LevelVersion: how many levels were told.
ALTER TABLE Stock ADD COLUMN LevelVersion INT64 NOT NULL DEFAULT (0);
-- LevelAt: when one was told last; NULL for never.
ALTER TABLE Stock ADD COLUMN LevelAt TIMESTAMP;
-- LevelDueAt: when the level has to be told again, because another one was told shortly before it changed; else NULL.
ALTER TABLE Stock ADD COLUMN LevelDueAt TIMESTAMP;
-- LevelShard: 0 to 15 while LevelDueAt is set, else NULL.
ALTER TABLE Stock ADD COLUMN LevelShard INT64;
-- SKUs whose level has to be told.
CREATE INDEX StockByLevelDue ON Stock (LevelShard, LevelDueAt) WHERE LevelShard IS NOT NULL;

-- Claims on a SKU, for a shortage to find its victims.
CREATE INDEX ReservationsBySku ON Reservations (Sku, State);

-- Shortages: units reported missing, and how far their orders have been cancelled.
CREATE TABLE Shortages (
  ShortageId STRING(30)  NOT NULL,  -- "sho_…", derived from (caller, method, request id)
  Sku        STRING(30)  NOT NULL,
  Missing    INT64       NOT NULL,
  Reason     STRING(200) NOT NULL,
  Actor      STRING(160) NOT NULL,
  OpenShard  INT64,                 -- 0 to 15 until on hand is lowered, else NULL
  CreatedAt  TIMESTAMP   NOT NULL,
) PRIMARY KEY (ShortageId);

-- Shortages not finished.
CREATE INDEX ShortagesOpen ON Shortages (OpenShard) WHERE OpenShard IS NOT NULL;

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

-- Orders.Dispute: how the customer's last objection at the bank stands: DISPUTED, WON, LOST; empty for none.
ALTER TABLE Orders ADD COLUMN Dispute STRING(10) NOT NULL DEFAULT ('');
-- Orders.DisputeVersion: of the payment, which told it; what is older changes nothing.
ALTER TABLE Orders ADD COLUMN DisputeVersion INT64 NOT NULL DEFAULT (0);
