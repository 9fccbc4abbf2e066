package fault

import (
	"time"

	"connectrpc.com/connect"
)

// Reason says why a call was refused. The list is closed: clients branch on it.
type Reason string

// The reasons, as spelt in contracts, logs and documents.
const (
	TokenMissing          Reason = "TOKEN_MISSING"
	TokenInvalid          Reason = "TOKEN_INVALID"
	TokenExpired          Reason = "TOKEN_EXPIRED"
	CallerNotAllowed      Reason = "CALLER_NOT_ALLOWED"
	NotFound              Reason = "NOT_FOUND"
	FieldInvalid          Reason = "FIELD_INVALID"
	RequestIDMissing      Reason = "REQUEST_ID_MISSING"
	RequestIDReused       Reason = "REQUEST_ID_REUSED"
	PageTokenInvalid      Reason = "PAGE_TOKEN_INVALID"
	InviteInvalid         Reason = "INVITE_INVALID"
	CardNumberRefused     Reason = "CARD_NUMBER_REFUSED"
	SoldOut               Reason = "SOLD_OUT"
	GroupFull             Reason = "GROUP_FULL"
	GroupOver             Reason = "GROUP_OVER"
	AlreadyJoined         Reason = "ALREADY_JOINED"
	LimitReached          Reason = "LIMIT_REACHED"
	CampaignNotLive       Reason = "CAMPAIGN_NOT_LIVE"
	PriceChanged          Reason = "PRICE_CHANGED"
	CartChanged           Reason = "CART_CHANGED"
	CouponNotUsable       Reason = "COUPON_NOT_USABLE"
	PointsNotEnough       Reason = "POINTS_NOT_ENOUGH"
	PaymentDeclined       Reason = "PAYMENT_DECLINED"
	OrderState            Reason = "ORDER_STATE"
	StockReserved         Reason = "STOCK_RESERVED"
	RequestInFlight       Reason = "REQUEST_IN_FLIGHT"
	Conflict              Reason = "CONFLICT"
	RateLimited           Reason = "RATE_LIMITED"
	TooLarge              Reason = "TOO_LARGE"
	StoreUnavailable      Reason = "STORE_UNAVAILABLE"
	ProviderUnavailable   Reason = "PROVIDER_UNAVAILABLE"
	DependencyUnavailable Reason = "DEPENDENCY_UNAVAILABLE"
	Overloaded            Reason = "OVERLOADED"
	Internal              Reason = "INTERNAL"
)

// kind is what the table holds for a reason. A sentence may use metadata as {key}; a part in [brackets] is left out
// when a key in it has no value, so that every sentence stands without any.
type kind struct {
	code   connect.Code
	retry  time.Duration // RetryInfo unless the refusal sets its own; 0: waiting does not help
	ja, en string
}

const (
	unauthenticated    = connect.CodeUnauthenticated
	permissionDenied   = connect.CodePermissionDenied
	notFound           = connect.CodeNotFound
	invalidArgument    = connect.CodeInvalidArgument
	failedPrecondition = connect.CodeFailedPrecondition
	aborted            = connect.CodeAborted
	resourceExhausted  = connect.CodeResourceExhausted
	unavailable        = connect.CodeUnavailable
)

// kinds is the one table from reason to code and text. A reason that is added here is added to the contract too.
var kinds = map[Reason]kind{
	TokenMissing: {unauthenticated, 0, "ログインしてから、もう一度お試しください。", "Log in and try again."},
	TokenInvalid: {unauthenticated, 0, "ログイン情報を確認できません。ログインし直してください。", "Your login could not be verified. Log in again."},
	TokenExpired: {unauthenticated, 0, "ログインの有効期限が切れました。ログインし直してください。", "Your login has expired. Log in again."},
	CallerNotAllowed: {permissionDenied, 0, "この操作は許可されていません。権限のあるアカウントでログインしてください。",
		"This account may not do that. Log in with one that may."},
	NotFound: {notFound, 0, "見つかりませんでした。一覧に戻って選び直してください。", "Not found. Go back to the list and choose again."},
	FieldInvalid: {invalidArgument, 0, "入力内容に誤りがあります。示された項目を直して、もう一度お試しください。",
		"Some of the input is not valid. Correct the fields shown and try again."},
	RequestIDMissing: {invalidArgument, 0, "request_id がありません。新しい値を付けて、もう一度お試しください。",
		"request_id is missing. Send the request again with a new one."},
	RequestIDReused: {invalidArgument, 0, "この request_id は別の内容で使われています。新しい値でもう一度お試しください。",
		"This request_id was used with other content. Send the request again with a new one."},
	PageTokenInvalid: {invalidArgument, 0, "ページの続きを開けません。最初のページから読み込み直してください。",
		"This page token is not valid here. Start again from the first page."},
	InviteInvalid: {invalidArgument, 0, "招待リンクが正しくありません。送ってくれた人にもう一度確認してください。",
		"This invite is not valid. Ask the sender for it again."},
	CardNumberRefused: {invalidArgument, 0, "カード番号は入力しないでください。お支払い画面で登録したカードをお使いください。",
		"Do not enter card numbers here. Use a card saved on the payment screen."},
	SoldOut: {failedPrecondition, 0, "売り切れました。ほかの商品またはグループをお選びください。", "Sold out. Choose another product or group."},
	GroupFull: {failedPrecondition, 0, "このグループは満員です。ほかのグループに参加するか、新しいグループを始めてください。",
		"This group is full. Join another one or start your own."},
	GroupOver: {failedPrecondition, 0, "このグループは終了しました。ほかのグループに参加するか、新しいグループを始めてください。",
		"This group is over. Join another one or start your own."},
	AlreadyJoined: {failedPrecondition, 0, "すでにこのキャンペーンのグループに参加しています。[注文 {order_id} をご確認ください。]",
		"You are already in a group of this campaign.[ See order {order_id}.]"},
	LimitReached: {failedPrecondition, 0, "購入できる上限[({limit})]に達しました。数量を減らすか、進行中の注文が終わってからお試しください。",
		"The limit[ of {limit}] is reached. Lower the quantity or wait until an open order has ended."},
	CampaignNotLive: {failedPrecondition, 0, "このキャンペーンは現在開催されていません。開催中のキャンペーンをお選びください。",
		"This campaign is not running now. Choose one that is."},
	PriceChanged: {failedPrecondition, 0, "価格が変わりました。[新しい合計は {total} 円です。]内容を確認して、もう一度ご注文ください。",
		"The price has changed.[ The new total is {total} yen.] Check it and order again."},
	CartChanged: {failedPrecondition, 0, "カートの内容が変わりました。[注文 {order_id} をご確認ください。]カートを読み込み直してください。",
		"The cart has changed.[ See order {order_id}.] Load it again."},
	CouponNotUsable: {failedPrecondition, 0, "このクーポンは使えません。外して、もう一度ご注文ください。", "This coupon cannot be used. Remove it and order again."},
	PointsNotEnough: {failedPrecondition, 0, "ポイントが足りません。[残高は {balance} ポイントです。]使うポイントを減らしてください。",
		"Not enough points.[ You have {balance}.] Use fewer."},
	PaymentDeclined: {failedPrecondition, 0, "お支払いが承認されませんでした。請求はされていません。別のお支払い方法でもう一度ご注文ください。",
		"The payment was declined and nothing was charged. Order again with another payment method."},
	OrderState: {failedPrecondition, 0, "現在の状態[({state})]ではこの操作はできません。注文を読み込み直してください。",
		"That cannot be done in its present state[ ({state})]. Load the order again."},
	StockReserved: {failedPrecondition, 0, "[{reserved} 個が]注文のために確保されています。それより少ない在庫数にはできません。",
		"[{reserved} units are ]Held for orders. Set the stock no lower than that."},
	RequestInFlight: {aborted, time.Second, "同じリクエストを処理中です。少し待ってから、もう一度お試しください。",
		"The same request is still being worked on. Try again in a moment."},
	Conflict: {aborted, 200 * time.Millisecond, "ほかの変更と重なりました。読み込み直して、もう一度お試しください。",
		"Something else changed this at the same moment. Load it again and retry."},
	RateLimited: {resourceExhausted, 10 * time.Second, "操作が多すぎます。少し待ってから、もう一度お試しください。",
		"Too many requests. Wait a little and try again."},
	TooLarge: {resourceExhausted, 0, "送信された内容が大きすぎます。分けて送ってください。", "The request is too large. Send less at a time."},
	StoreUnavailable: {unavailable, 2 * time.Second, "ただいま混み合っています。少し待ってから、もう一度お試しください。",
		"The service is briefly unavailable. Try again in a moment."},
	ProviderUnavailable: {unavailable, 5 * time.Second, "決済サービスに接続できません。少し待ってから、もう一度お試しください。",
		"The payment provider cannot be reached. Try again in a moment."},
	DependencyUnavailable: {unavailable, 2 * time.Second, "ただいま処理できません。少し待ってから、もう一度お試しください。",
		"Something this needs is briefly unavailable. Try again in a moment."},
	Overloaded: {unavailable, 3 * time.Second, "アクセスが集中しています。少し待ってから、もう一度お試しください。",
		"The service is busy. Try again in a moment."},
	Internal: {connect.CodeInternal, 0, "エラーが発生しました。時間をおいて、もう一度お試しください。続く場合はお問い合わせください。",
		"Something went wrong on our side. Try again later, and contact us if it goes on."},
}
